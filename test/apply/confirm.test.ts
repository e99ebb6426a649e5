import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/apply/change.ts'
import { confirm } from '../../src/apply/confirm.ts'
import {
  applyingText,
  endText,
  keptText,
  notAppliedReason,
  question,
  refutedReason,
} from '../../src/apply/sentences.ts'
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

  it('says for each node and back end what a reboot leaves of it', () => {
    const request = { script: '', snapshots: [], undoTables: [], nftRules: [], undo: [], keep: [] }
    const change = (node: string, ...lasting: Change['lasting']): Change => ({
      node,
      opens: [],
      lasting,
      request,
    })
    const changes = [
      change('n1', { backend: 'iptables', persist: ['# frozen', 'netfilter-persistent save'] }),
      change('n2', { backend: 'iptables', persist: ['# nothing loads them at boot'] }),
      change('n3', { backend: 'ufw', persist: ['# nothing to do: ufw keeps its rules'] }),
      change('n4', { backend: 'firewalld', persist: ['firewall-cmd --permanent'] }),
      change('n5', { backend: 'firewalld', persist: ['firewall-cmd --permanent'] }),
    ]
    const words = changes.map(({ node }) => ({
      node,
      outcome: 'kept' as const,
      detail: node === 'n5' ? 'read-only' : '',
    }))
    const kept = keptText(changes, words)
    expect(kept.split('\n').slice(1)).toEqual([
      'On n1 a reboot undoes it, unless you run there, as root:',
      '  # frozen',
      '  netfilter-persistent save',
      'On n2 a reboot undoes it: nothing loads them at boot.',
      'On n3 a reboot keeps what ufw was told: it has saved it.',
      'On n4 a reboot keeps what firewalld was told: it has saved it.',
      'On n5 the next reload or reboot undoes it: firewalld did not take it as permanent: read-only. Run there, as root:',
      '  firewall-cmd --permanent',
      '',
      '',
    ])
  })

  it('asks in lines that no terminal breaks within a word, with room for the answer', () => {
    const request = { script: '', snapshots: [], undoTables: [], nftRules: [], undo: [], keep: [] }
    const changes = ['n1', 'n2', 'n3', 'n4'].map((node) => ({ node, opens: [], lasting: [], request }))
    const asked = question(changes, 60, 80)
    expect(asked).toMatch(/^Apply this on n1, n2, n3, n4\? .*\n?.* \[y\/N\] $/s)
    expect(asked.split('\n').length).toBeGreaterThan(1)
    for (const line of asked.split('\n')) expect(line.length + 'yes'.length).toBeLessThanOrEqual(80)
    for (const line of applyingText(changes, 60, 80).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  it('shows nothing raw that a node said', () => {
    const hostile = '\x1b]0;x\x07\u202e\x1b[2J\nroot# '
    const texts = [
      notAppliedReason([{ node: 'n1', outcome: 'failed', detail: hostile }]),
      endText([{ node: 'n1', outcome: 'not-restored', detail: hostile }], 1),
      endText([{ node: 'n1', outcome: 'silent', detail: hostile }], 1),
    ]
    for (const text of texts) expect(text).toMatch(/^[ -~]*$/)
    const request = { script: '', snapshots: [], undoTables: [], nftRules: [], undo: [], keep: [] }
    for (const persist of [[hostile], [`# ${hostile}`]]) {
      for (const backend of ['iptables', 'firewalld'] as const) {
        const change = { node: hostile, opens: [], lasting: [{ backend, persist }], request }
        const words = [{ node: hostile, outcome: 'kept' as const, detail: hostile }]
        expect(keptText([change], words)).toMatch(/^[ -~\n]*$/)
      }
    }
  })
})
