import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { errorReport } from '../../src/report/render/json.ts'
import { renderJunit } from '../../src/report/render/junit.ts'
import type { Finding, Report } from '../../src/report/report.ts'
import { escapeText } from '../../src/terminal/escape.ts'
import { describeUnless } from '../lab/require.ts'
import { ATTACKS, attack } from './attack.ts'
import { FIXTURES, flow, readReport, report } from './reports.ts'

interface Case {
  readonly name: string
  readonly classname: string
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped'
  readonly type: string | null
  readonly message: string | null
  readonly text: string
}

interface Suite {
  readonly name: string
  readonly cases: readonly Case[]
}

/**
 * Reads each document with a real parser, and refuses what Jenkins' schema (xunit-plugin, junit-10.xsd) does: elements, attributes, the form of
 * times. And counts what the suites say they hold.
 */
const READER = String.raw`
import json, re, sys
import xml.etree.ElementTree as tree
ALLOWED = {
    'testsuites': {'name', 'time', 'tests', 'failures', 'errors'},
    'testsuite': {'name', 'tests', 'failures', 'errors', 'group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'},
    'testcase': {'name', 'time', 'classname', 'group'},
    'failure': {'type', 'message'}, 'error': {'type', 'message'}, 'skipped': {'type', 'message'},
    'system-out': set(), 'system-err': set(),
}
INSIDE = {
    'testsuites': {'testsuite'}, 'testsuite': {'testcase', 'system-out', 'system-err'},
    'testcase': {'failure', 'error', 'skipped', 'system-out', 'system-err'},
}
def check(element):
    assert set(element.attrib) <= ALLOWED[element.tag], (element.tag, element.attrib)
    if element.tag != 'testcase' and 'time' in element.attrib:
        assert re.fullmatch(r'(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?', element.get('time')), element.get('time')
    for child in element:
        assert child.tag in INSIDE.get(element.tag, ()), (element.tag, child.tag)
        check(child)
def counted(element, cases):
    for attribute, tag in ('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped'):
        if attribute in element.attrib or attribute != 'skipped':
            assert int(element.get(attribute)) == sum(1 for case in cases if case.find(tag) is not None), attribute
    assert int(element.get('tests')) == len(cases)
def case(element):
    child = next((each for each in element if each.tag in ('failure', 'error', 'skipped')), None)
    out = element.find('system-out')
    return {
        'name': element.get('name'), 'classname': element.get('classname'),
        'outcome': 'passed' if child is None else child.tag,
        'type': None if child is None else child.get('type'), 'message': None if child is None else child.get('message'),
        'text': (child if child is not None else out if out is not None else element).text or '',
    }
result = []
for document in json.load(sys.stdin):
    root = tree.fromstring(document)
    assert root.tag == 'testsuites'
    check(root)
    counted(root, root.findall('testsuite/testcase'))
    for suite in root:
        counted(suite, suite.findall('testcase'))
    result.append([{'name': suite.get('name'), 'cases': [case(each) for each in suite]} for suite in root])
json.dump(result, sys.stdout)
`

function read(documents: readonly string[]): Suite[][] {
  const { stdout, stderr } = spawnSync('python3', ['-c', READER], {
    input: JSON.stringify(documents),
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const suitesOf = (given: Report) => read([renderJunit(given)])[0] ?? []
const caseOf = (given: Report, index = 1) => suitesOf(given)[0]?.cases[index]

const python = spawnSync('python3', ['--version'])
const missing = python.error === undefined ? [] : ['python3 is missing: apt-get install python3']

describeUnless(missing, 'junit', () => {
  it('a suite for each node, with a test for each flow that it sends', () => {
    const given = readReport('node-unreachable')
    const suites = suitesOf(given)
    expect(suites.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
    for (const { name, cases } of suites) {
      expect(cases[0]?.name).toBe(`${name} can be inspected`)
      expect(cases.slice(1)).toHaveLength(given.flows.filter(({ from }) => from === name).length)
      expect(new Set(cases.map((test) => test.classname))).toEqual(new Set([`pxc-netcheck.${name}`]))
    }
    expect(suites[2]?.cases[0]).toMatchObject({
      outcome: 'error',
      message: expect.stringMatching(/^n3 .* could not be inspected/),
    })
  })

  it('DOWN fails, and says why and what to do', () => {
    const rule = '-A INPUT -m comment --comment "<&>" -j DROP'
    const blockedBy = { node: 'b', table: 'filter', chain: 'INPUT', position: 3, rule }
    const down = flow({
      from: 'a',
      to: 'b',
      status: 'DOWN',
      reason: 'dropped',
      blockedAt: 'target',
      blockedBy,
    })
    const fixes = [
      {
        node: 'b',
        backend: 'iptables',
        commands: ['x'],
        persist: [],
        undo: [],
        opens: [down.id],
        proven: true,
      },
    ] as const
    expect(caseOf(report([down], { fixes }))).toEqual({
      name: 'a to b: 4567/tcp galera',
      classname: 'pxc-netcheck.a',
      outcome: 'failure',
      type: 'dropped',
      message: 'b is blocked on 4567/tcp from 1 of 1 peer (a) by its own INPUT rule 3:',
      text: `b is blocked on 4567/tcp from 1 of 1 peer (a) by its own INPUT rule 3:\n    ${rule}\nNext: On b, paste what pxc-netcheck fix prints for it.`,
    })
  })

  it('DOWN that nobody needs, or that is ignored, fails no gate', () => {
    const down = flow({ from: 'a', to: 'b', status: 'DOWN', reason: 'dropped', required: false })
    expect(caseOf(report([down]))).toMatchObject({ outcome: 'failure' })
    expect(caseOf(report([{ ...down, needed: false }]))).toMatchObject({
      outcome: 'skipped',
      message: expect.stringMatching(/^DOWN, but needed only with multicast/),
    })
    expect(caseOf(report([{ ...down, acknowledged: 'a,b,galera' }]))).toMatchObject({
      outcome: 'skipped',
      message: expect.stringMatching(/^Ignored by --ignore a,b,galera: b is not reached/),
    })
  })

  it('UNKNOWN is skipped with its reason, CLOSED and OK pass', () => {
    const unknown = flow({ from: 'a', to: 'b', status: 'UNKNOWN', reason: 'no-answer' })
    expect(caseOf(report([unknown]))).toMatchObject({
      outcome: 'skipped',
      type: 'no-answer',
      message: expect.stringMatching(/^UNKNOWN: without root, 1 flow to live services cannot be told/),
    })
    expect(caseOf(report([flow({ from: 'a', to: 'b' })]))).toMatchObject({ outcome: 'passed', text: '' })
    expect(caseOf(report([flow({ from: 'a', to: 'b', status: 'CLOSED' })]))).toMatchObject({
      outcome: 'passed',
      text: expect.stringMatching(/nothing listens/),
    })
  })

  it('findings are tests of their own', () => {
    const finding = (severity: Finding['severity'], node?: string): Finding => ({
      code: 'clock-drift',
      severity,
      args: {},
      message: 'Off.',
      ...(node !== undefined && { node }),
    })
    const findings = [
      finding('critical', 'a'),
      finding('warning'),
      finding('info'),
      { ...finding('warning'), acknowledged: 'clock-drift' },
    ]
    const suite = suitesOf(report([flow({ from: 'a', to: 'b' })], { findings })).find(
      ({ name }) => name === 'findings',
    )
    expect(suite?.cases).toMatchObject([
      { name: 'clock-drift on a', outcome: 'failure', type: 'critical', message: 'Off.' },
      { name: 'clock-drift', outcome: 'failure', type: 'warning' },
      { name: 'clock-drift', outcome: 'passed', text: 'Off.' },
      { outcome: 'skipped', message: 'Ignored by --ignore clock-drift: Off.' },
    ])
  })

  it('a run that could not be made is one error', () => {
    const given = errorReport(readReport('healthy'), { code: 'no-nodes', message: 'No nodes.' })
    expect(suitesOf(given)).toMatchObject([
      { cases: [{ outcome: 'error', type: 'no-nodes', message: 'No nodes.' }] },
    ])
  })

  it('any fixture, with any attack in every string, is what the schema allows', () => {
    const reports = FIXTURES.flatMap((name) =>
      [...ATTACKS, ']]>', '<!--', '&amp;', '"\'', '\u0000', '\ufffe', '\ud800'].map(
        (by) => attack(readReport(name), by) as Report,
      ),
    )
    const suites = read(reports.map(renderJunit))
    expect(suites.map(({ length }) => length)).toEqual(
      reports.map(({ nodes, findings }) => nodes.length + (findings.length > 0 ? 1 : 0)),
    )
  })

  it('any message comes through, with what a terminal acts on shown by its number', () => {
    const character = fc.oneof(
      fc.constantFrom(...'<>&"\'];! ', '\n', '\u0001', 'é', '節'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    )
    const message = fc.array(character, { maxLength: 40 }).map((all) => all.join(''))
    fc.assert(
      fc.property(fc.array(message, { minLength: 50, maxLength: 50 }), (messages) => {
        const documents = messages.map((each) =>
          renderJunit(errorReport(readReport('healthy'), { code: 'x', message: each })),
        )
        expect(read(documents).map((suites) => suites[0]?.cases[0]?.message)).toEqual(
          messages.map((each) => escapeText(each)),
        )
      }),
      { numRuns: 10 },
    )
  })
})
