import { describe, expect, it } from 'vitest'
import { confirm } from '../../src/apply/confirm.ts'
import { endText, keptText, notAppliedReason, refutedReason } from '../../src/apply/sentences.ts'
import type { FlowStatus } from '../../src/verdict.ts'
import { flow, report } from '../report/reports.ts'

const IDS = ['n1->n2/galera', 'n1->n2/mysql'] as const
/** A report in which the flow that the change opens, and another one, are so. */
const run = (galera: FlowStatus, mysql: FlowStatus) =>
  report([
    flow({ from: 'n1', to: 'n2', status: galera, reason: 'dropped' }),
    flow({ from: 'n1', to: 'n2', service: 'mysql', status: mysql }),
  ])
const OPENS = new Set([IDS[0]])

describe('a change is confirmed only by what is proven open', () => {
  it.each<[FlowStatus, FlowStatus, FlowStatus, FlowStatus]>([
    ['DOWN', 'OK', 'OK', 'OK'],
    ['DOWN', 'OK', 'CLOSED', 'OK'],
    // A service that came or went meanwhile.
    ['DOWN', 'OK', 'OK', 'CLOSED'],
    ['DOWN', 'CLOSED', 'OK', 'OK'],
    // What was shut or unknown before may be so still.
    ['DOWN', 'DOWN', 'OK', 'DOWN'],
    ['DOWN', 'UNKNOWN', 'OK', 'DOWN'],
  ])('%s and %s, then %s and %s', (galera, mysql, galeraNow, mysqlNow) => {
    expect(confirm(run(galera, mysql), run(galeraNow, mysqlNow), OPENS)).toEqual({ kind: 'confirmed' })
  })

  it.each<[FlowStatus, FlowStatus, FlowStatus, FlowStatus, string[], string[]]>([
    ['DOWN', 'OK', 'DOWN', 'OK', [IDS[0]], []],
    ['DOWN', 'OK', 'UNKNOWN', 'OK', [IDS[0]], []],
    ['DOWN', 'OK', 'OK', 'DOWN', [], [IDS[1]]],
    ['DOWN', 'CLOSED', 'OK', 'UNKNOWN', [], [IDS[1]]],
    ['DOWN', 'OK', 'DOWN', 'DOWN', [IDS[0]], [IDS[1]]],
    // Open though it was to be opened: that counts once.
    ['OK', 'OK', 'DOWN', 'OK', [IDS[0]], []],
  ])('refuted: %s and %s, then %s and %s', (galera, mysql, galeraNow, mysqlNow, shut, worse) => {
    const found = confirm(run(galera, mysql), run(galeraNow, mysqlNow), OPENS)
    if (found.kind !== 'refuted') throw new Error(found.kind)
    expect(found.stillShut.map(({ id }) => id)).toEqual(shut)
    expect(found.worse.map(({ id }) => id)).toEqual(worse)
  })

  it('refuted by a second run that knows nothing of a flow', () => {
    const found = confirm(run('DOWN', 'OK'), report([]), OPENS)
    expect(found).toMatchObject({ stillShut: [{ id: IDS[0] }], worse: [{ id: IDS[1], status: 'UNKNOWN' }] })
  })
})

describe('what is told', () => {
  it('names the flows and what they are', () => {
    const found = confirm(run('DOWN', 'OK'), run('DOWN', 'UNKNOWN'), OPENS)
    if (found.kind !== 'refuted') throw new Error(found.kind)
    expect(refutedReason(found)).toBe(
      'it did not open n1->n2/galera (DOWN, dropped); no longer open is n1->n2/mysql (UNKNOWN, answered)',
    )
  })

  it('says of each node how it stands', () => {
    const words = [
      { node: 'n1', outcome: 'restored', detail: '' },
      { node: 'n2', outcome: 'kept', detail: '' },
      { node: 'n3', outcome: 'silent', detail: 'the session broke off' },
      { node: 'n4', outcome: 'not-restored', detail: 'not as before: iptables -t filter' },
    ] as const
    expect(endText(words, 41.2)).toBe(
      'The rules are as before on n1. The change is kept on n2. ' +
        'NOT RESTORED is n4, look at its rules: not as before: iptables -t filter. ' +
        'n3 did not answer (the session broke off): it restores its rules by itself, in 42 s at the latest.',
    )
  })

  it('shows nothing raw that a node said', () => {
    const hostile = '\x1b]0;x\x07\u202e\x1b[2J\nroot# '
    const texts = [
      notAppliedReason([{ node: 'n1', outcome: 'failed', detail: hostile }]),
      endText([{ node: 'n1', outcome: 'not-restored', detail: hostile }], 1),
      endText([{ node: 'n1', outcome: 'silent', detail: hostile }], 1),
    ]
    for (const text of texts) expect(text).toMatch(/^[ -~]*$/)
    const request = { script: '', snapshots: [], undoTables: [], undo: [] }
    const kept = keptText([{ node: 'n1', opens: [], persist: [hostile], request }])
    expect(kept).toMatch(/^[ -~\n]*$/)
  })
})
