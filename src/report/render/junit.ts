import type { Report } from '../report.ts'
import { casesOf, findingCase, type Outcome, type TestCase } from './junit-cases.ts'
import { unique } from './lists.ts'
import { safeReport } from './safe.ts'
import { type XmlElement, xmlDocument } from './xml.ts'

/**
 * The report as a test run, for a gate in Jenkins or GitLab: a suite for each node that sends, a test for each of its flows,
 * and the findings. Elements and attributes are those of Jenkins' schema (xunit-plugin, junit-10.xsd). What matters not to the
 * status of the run fails no gate: a flow that is known not to be needed and what an `--ignore` covers are skipped.
 */
export function renderJunit(unsafe: Report): string {
  const report = safeReport(unsafe)
  const { nodes, flows, findings, error } = report
  const names = unique([...nodes.map(({ name }) => name), ...flows.map(({ from }) => from)])
  const suites = [
    ...(error === undefined
      ? []
      : [
          {
            name: 'pxc-netcheck',
            cases: [
              { name: 'the check', outcome: 'error' as const, type: error.code, message: error.message },
            ],
          },
        ]),
    ...names.map((name) => ({ name, cases: casesOf(name, report) })),
    { name: 'findings', cases: findings.map(findingCase) },
  ].filter(({ cases }) => cases.length > 0)
  const all = suites.flatMap(({ cases }) => cases)
  return xmlDocument({
    name: 'testsuites',
    attributes: {
      name: 'pxc-netcheck',
      tests: all.length,
      failures: number(all, 'failure'),
      errors: number(all, 'error'),
      time: seconds(Math.max(0, report.durationMs)),
    },
    content: suites.map(({ name, cases }) => suite(name, cases, report)),
  })
}

function suite(name: string, cases: readonly TestCase[], { startedAt, nodes }: Report): XmlElement {
  const address = nodes.find((node) => node.name === name)?.address
  return {
    name: 'testsuite',
    attributes: {
      name,
      tests: cases.length,
      failures: number(cases, 'failure'),
      errors: number(cases, 'error'),
      skipped: number(cases, 'skipped'),
      time: seconds(cases.reduce((sum, { ms = 0 }) => sum + ms, 0)),
      // Of ISO 8601 readers take the form without a zone, as UTC.
      timestamp: startedAt.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length),
      ...(address === undefined ? {} : { hostname: address }),
    },
    content: cases.map((test) => testCase(name, test)),
  }
}

function testCase(
  suiteName: string,
  { name, outcome, type, message, text = '', ms = 0 }: TestCase,
): XmlElement {
  const child: XmlElement =
    outcome === 'passed'
      ? { name: 'system-out', attributes: {}, content: text }
      : {
          name: outcome,
          attributes: { ...(type !== undefined && { type }), ...(message !== undefined && { message }) },
          content: text,
        }
  return {
    name: 'testcase',
    attributes: { name, classname: `pxc-netcheck.${suiteName}`, time: seconds(ms) },
    content: outcome === 'passed' && text === '' ? [] : [child],
  }
}

function number(cases: readonly TestCase[], outcome: Outcome): number {
  return cases.filter((test) => test.outcome === outcome).length
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
