import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderPrometheus } from '../../src/report/render/prometheus.ts'
import type { Report } from '../../src/report/report.ts'
import { describeUnless } from '../lab/require.ts'
import { FIXTURES, flow, readReport, report } from './reports.ts'

interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = '[a-zA-Z_][a-zA-Z0-9_]*'
const LABELS = `(?:${NAME}="(?:[^"\\\\\\n]|\\\\[\\\\"n])*",?)*`

/** Reads the exposition format 0.0.4 by its grammar; fails where a reader would, and on a timestamp. */
function parse(text: string): Series[] {
  expect(text.endsWith('\n')).toBe(true)
  const series: Series[] = []
  const closed = new Set<string>()
  const seen = new Set<string>()
  let open = ''
  let described = { help: '', type: '' }
  for (const line of text.split('\n').slice(0, -1)) {
    const about = /^# (?<kind>HELP|TYPE) (?<name>\S+) (?<rest>.+)$/.exec(line)?.groups
    if (about?.name !== undefined) {
      if (about.kind === 'HELP') {
        closed.add(open)
        open = about.name
        expect(closed.has(open), line).toBe(false)
        described = { help: about.rest ?? '', type: '' }
      } else {
        expect({ name: about.name, type: described.type }).toEqual({ name: open, type: '' })
        described = { ...described, type: about.rest ?? '' }
      }
      continue
    }
    const sample = new RegExp(
      `^(?<name>${NAME})(?:\\{(?<labels>${LABELS})\\})? (?<value>-?[0-9.e+-]+)$`,
    ).exec(line)
    const { name = '', labels = '', value } = sample?.groups ?? {}
    expect(name, line).toBe(open)
    expect(described.type).toBe('gauge')
    expect(seen.has(`${name}{${labels}}`), line).toBe(false)
    seen.add(`${name}{${labels}}`)
    const pairs = [...labels.matchAll(new RegExp(`(${NAME})="((?:[^"\\\\]|\\\\.)*)"`, 'g'))].map(
      ([, key, text]) => [key, (text ?? '').replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c))],
    )
    series.push({ name, labels: Object.fromEntries(pairs), value: Number(value) })
  }
  return series
}

const of = (given: Report, name: string) =>
  parse(renderPrometheus(given))
    .filter((series) => series.name === `pxc_netcheck_${name}`)
    .map(({ labels, value }) => [labels, value] as const)

describe('the metrics', () => {
  it('an open path is 1, a blocked one 0, and one that is not known is left out', () => {
    const given = report([
      flow({ from: 'a', to: 'b' }),
      flow({ from: 'a', to: 'b', service: 'mysql', port: 3306, status: 'CLOSED' }),
      flow({ from: 'b', to: 'a', status: 'DOWN', required: false }),
      flow({ from: 'b', to: 'c', status: 'UNKNOWN' }),
      flow({ from: 'c', to: 'a', status: 'DOWN', acknowledged: 'c,a,galera' }),
    ])
    const labels = (src: string, dst: string, service = 'galera', port = '4567') => ({
      src,
      dst,
      service,
      proto: 'tcp',
      port,
    })
    expect(of(given, 'probe_success')).toEqual([
      [labels('a', 'b'), 1],
      [labels('a', 'b', 'mysql', '3306'), 1],
      [labels('b', 'a'), 0],
      [labels('c', 'a'), 0],
    ])
    expect(of(given, 'probe_required').map(([, value]) => value)).toEqual([1, 1, 0, 1, 0])
  })

  it('times are in seconds, and only where something answered', () => {
    const given = report([flow({ from: 'a', to: 'b', rttMs: 0.4 }), flow({ from: 'b', to: 'a' })])
    expect(of(given, 'probe_duration_seconds').map(([, value]) => value)).toEqual([0.0004])
    expect(of(given, 'run_duration_seconds')).toEqual([[{}, 2]])
    expect(of(given, 'last_run_timestamp_seconds')).toEqual([[{}, Date.parse(given.finishedAt) / 1000]])
  })

  it('of the nodes that somebody tried to reach', () => {
    const node = { address: 'x', via: 'ssh', reachable: true, privileged: true }
    const nodes = [
      { ...node, name: 'a' },
      { ...node, name: 'b', reachable: false },
      { ...node, name: 'pmm', role: 'pmm' as const, reachable: false },
      { ...node, name: 'here', via: 'none', reachable: false },
    ]
    expect(of(report([], { nodes }), 'node_ssh_up')).toEqual([
      [{ node: 'a' }, 1],
      [{ node: 'b' }, 0],
    ])
  })

  it('findings of every severity, none of them too, the status, and the version', () => {
    const given = report([], {
      findings: [
        { code: 'clock-drift', severity: 'warning', args: {}, message: '' },
        { code: 'clock-drift', severity: 'warning', acknowledged: 'clock-drift', args: {}, message: '' },
      ],
    })
    expect(of(given, 'findings')).toEqual([
      [{ severity: 'critical' }, 0],
      [{ severity: 'warning' }, 1],
      [{ severity: 'info' }, 0],
    ])
    expect(of(given, 'status')).toEqual([[{}, 2]])
    expect(of(given, 'build_info')).toEqual([[{ version: '0.1.0' }, 1]])
  })
})

const HOSTILE = ['a"b', 'a\\', 'a\\n', 'a\nb', 'a"} 1 2\nx{y="', '\u001b[2J', '節点', '']

describe('hostile names', () => {
  it.each(HOSTILE)('%j is one label, and makes no line of its own', (name) => {
    const given = report([flow({ from: name, to: 'b', rttMs: 1 }), flow({ from: 'b', to: name })])
    expect(of(given, 'probe_success')).toHaveLength(2)
    expect(of(given, 'probe_duration_seconds')).toHaveLength(1)
  })

  it('nothing that a node calls itself makes the file unreadable', () => {
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom(...HOSTILE))
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { maxLength: 8 }), (pairs) => {
        parse(renderPrometheus(report(pairs.map(([from, to]) => flow({ from, to })))))
      }),
    )
  })

  it('two that look the same are one series: a reader refuses a file with the same one twice', () => {
    const given = report([flow({ from: '\u0001', to: 'b' }), flow({ from: '\\x01', to: 'b' })])
    expect(of(given, 'probe_success')).toHaveLength(1)
  })
})

const promtool = spawnSync('promtool', ['--version'])
const missing = promtool.error === undefined ? [] : ['promtool is missing: apt-get install prometheus']

describeUnless(missing, 'promtool check metrics', () => {
  const check = (text: string) => {
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    return { status, said: stdout + stderr }
  }
  it.each(FIXTURES)('has nothing to say about %s', (name) => {
    expect(check(renderPrometheus(readReport(name)))).toEqual({ status: 0, said: '' })
  })
  it('nor about hostile names', () => {
    const flows = HOSTILE.map((name) => flow({ from: name, to: 'b' }))
    expect(check(renderPrometheus(report(flows)))).toEqual({ status: 0, said: '' })
  })
  it('and does not take everything', () => {
    const text = renderPrometheus(readReport('healthy'))
    expect(check(text.replace(/"n1"/, '"n1')).status).not.toBe(0)
  })
})
