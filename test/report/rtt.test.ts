import { describe, expect, it } from 'vitest'
import { renderTable, type TableStyle } from '../../src/report/render/table.ts'
import type { Report, ReportPath } from '../../src/report/report.ts'
import { flow, report } from './reports.ts'

const OK: Partial<Report> = { status: 'OK', exitCode: 0 }

function names(count: number, prefix = 'n'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
}

function pairs(of: readonly string[]): { from: string; to: string }[] {
  return of.flatMap((from) => of.filter((to) => to !== from).map((to) => ({ from, to })))
}

const path = (from: string, to: string, part: Partial<ReportPath> = {}): ReportPath => ({
  from,
  to,
  address: '10.0.0.9',
  port: 4568,
  samples: 20,
  lost: 0,
  minMs: 0.18,
  avgMs: 0.21,
  maxMs: 0.35,
  jitterMs: 0.03,
  ...part,
})

/** A mesh of these, in which nothing is wrong, and what was measured of it. */
function measured(
  of: readonly string[],
  measure: (from: string, to: string) => ReportPath[],
  part = {},
): Report {
  const paths = pairs(of).flatMap(({ from, to }) => measure(from, to))
  return report(
    pairs(of).map((pair) => flow(pair)),
    { ...OK, ...part, paths },
  )
}

async function render(given: Report, part: Partial<TableStyle> = {}): Promise<string> {
  const style = { columns: 80, color: false, ascii: true, quiet: 0, view: 'check' as const, ...part }
  return renderTable(given, style)
}

/** A near and a far data centre, a lossy way, and one that nobody answers on. */
function wan(of: readonly string[]): Report {
  const far = of.at(-1) ?? ''
  return measured(of, (from, to) => {
    if (from === of[0] && to === of[1]) return [path(from, to, { lost: 1 })]
    if (from === of[1] && to === of[0])
      return [path(from, to, { lost: 20, minMs: null, avgMs: null, maxMs: null, jitterMs: null })]
    return from === far || to === far
      ? [path(from, to, { minMs: 598.02, avgMs: 612.4, maxMs: 1240, jitterMs: 12.53 })]
      : [path(from, to)]
  })
}

describe('round trips', () => {
  it.each([
    ['3 nodes', wan(names(3)), '3'],
    ['9 nodes', wan(names(9)), '9'],
    ['9 nodes with long names', wan(names(9, 'galera-node-')), '9-long'],
    ['20 nodes', wan(names(20)), '20'],
  ])('%s, as wide as they may be', async (_, given, name) => {
    for (const [kind, part] of [
      ['80', { ascii: false }],
      ['200', { columns: 200, ascii: false }],
      ['pipe', {}],
    ] as const) {
      const text = await render(given, part)
      const width = Math.max(...text.split('\n').map((line) => line.length))
      expect(width).toBeLessThanOrEqual(kind === '200' ? 200 : 80)
      await expect(text).toMatchFileSnapshot(`rendered/rtt.${name}.${kind}.txt`)
    }
  })

  it('colour only repeats what the words say', async () => {
    const given = wan(names(9))
    const coloured = await render(given, { color: true, ascii: false })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(await render(given, { ascii: false }))
    expect(coloured).toContain('\u001b[31m')
  })

  it('a matrix is drawn for any loss, and a little loss is not rounded away', async () => {
    const given = measured(names(3), (from, to) => [path(from, to, { samples: 1000, lost: 1 })])
    expect(await render(given)).toContain('0.21 (0.18-0.35) 1%')
  })

  it('why a pair was not measured: no rights at the source, or no open port', async () => {
    const given = measured(names(3), (from, to) => (from === 'n1' && to === 'n2' ? [path(from, to)] : []))
    const nodes = given.nodes.map((node) => ({ ...node, privileged: node.name !== 'n3' }))
    const text = await render({ ...given, nodes })
    expect(text).toContain('-: not measured')
    expect(text).toContain('Not measured: from n3, which takes raw sockets.')
    expect(text).toContain('Next: Log in there as root, or use --become.')
    expect(text).toContain('Not measured: n1 -> n3, n2 -> n1, n2 -> n3, where no TCP port')
  })

  it('nothing but why, where no pair could be measured', async () => {
    const given = measured(names(3), () => [])
    const nodes = given.nodes.map((node) => ({ ...node, privileged: false }))
    const text = await render({ ...given, nodes })
    expect(text).toContain(
      '\n\nRound trips not measured: from n1, n2, n3, which takes raw sockets.\n  Next: Log in there as root, or use --become.\n\n',
    )
    expect(text).not.toMatch(/half-open|round trip, ms/)
  })

  it('nothing of it without --rtt, for fix, and where quiet', async () => {
    const { paths, ...without } = wan(names(3))
    expect(await render(without)).not.toContain('round trip')
    expect(await render({ ...without, paths: paths ?? [] }, { quiet: 1 })).toBe('')
    expect(await render({ ...without, paths: paths ?? [] }, { view: 'fix' })).not.toContain('round trip')
  })

  it('the PMM server and its ways are no part of it', async () => {
    const given = measured(names(2), (from, to) => [path(from, to)])
    const flows = [...given.flows, flow({ from: 'n1', to: 'pmm', service: 'pmm-server' })]
    const [node] = given.nodes
    if (node === undefined) throw new Error('no nodes')
    const nodes = [...given.nodes, { ...node, name: 'pmm', role: 'pmm' as const, privileged: false }]
    const [, rtt = ''] = (await render({ ...given, flows, nodes })).split('round trip')
    expect(rtt).not.toContain('pmm')
    expect(rtt).not.toContain('not measured')
  })
})
