import { describe, expect, it } from 'vitest'
import type { Signs } from '../src/signs.ts'
import { judge, TRUTH_TABLE } from '../src/verdict.ts'

/** Two hosts with raw sockets, a TCP service that always listens, and nothing seen yet. */
const NOTHING: Signs = {
  protocol: 'tcp',
  skipped: null,
  sent: 'yes',
  left: 'unknown',
  neighbour: 'unknown',
  answer: 'none',
  sender: null,
  icmp: null,
  unresolved: false,
  arrived: 'unknown',
  admitted: 'unknown',
  replied: 'unknown',
  later: 'unknown',
  returned: 'unknown',
  listening: 'no',
  ours: false,
  established: false,
  expects: 'always',
}
const witness = { left: 'yes', arrived: 'yes', admitted: 'yes', replied: 'yes', returned: 'yes' } as const
const stopped = { left: 'yes', arrived: 'yes', admitted: 'no', replied: 'no', returned: 'no' } as const
const lost = { left: 'yes', arrived: 'no', admitted: 'no', replied: 'no', returned: 'no' } as const
/** Our temporary listener stood there and got nothing. */
const unheard = { ours: true, admitted: 'no' } as const
const prohibited = { answer: 'icmp', icmp: 'icmp-host-prohibited' } as const
const port = { answer: 'icmp', icmp: 'icmp-port-unreachable' } as const

type Case = readonly [what: string, signs: Partial<Signs>, verdict: string]

// biome-ignore format: a table is read in columns
const CASES: readonly Case[] = [
  ['nobody could ask the source', { skipped: 'source-unreachable' }, 'UNKNOWN source-unreachable - none'],
  ['the name is unknown', { skipped: 'name-not-resolved' }, 'UNKNOWN name-not-resolved - none'],
  ['an SST waits there', { skipped: 'transfer-in-progress' }, 'UNKNOWN transfer-in-progress - none'],
  ['a live mysqld, no raw sockets', { skipped: 'live-service' }, 'UNKNOWN live-service - none'],
  ['a live mysqld with a connection', { skipped: 'live-service', established: true }, 'OK established - handshake'],
  ['an SST under way', { skipped: 'transfer-in-progress', established: true }, 'OK established - handshake'],
  ['a target nobody can look into', { skipped: 'target-not-inspected' }, 'UNKNOWN target-not-inspected - none'],
  ['interrupted', { skipped: 'not-probed' }, 'UNKNOWN not-probed - none'],

  ['own OUTPUT DROP', { sent: 'own-firewall' }, 'DOWN send-not-permitted source answer'],
  ['own OUTPUT REJECT', { sent: 'own-firewall', sender: 'self', ...prohibited }, 'DOWN icmp-host-prohibited source answer'],
  ['own OUTPUT tcp-reset', { sent: 'own-firewall', answer: 'rst' }, 'DOWN tcp-reset-by-firewall source answer'],
  ['no route', { sent: 'no-route' }, 'DOWN no-route source answer'],

  ['SYN/ACK from mysqld', { ...witness, answer: 'syn-ack', listening: 'yes' }, 'OK answered - witness'],
  ['only NEW is let in', { ...witness, answer: 'syn-ack', listening: 'yes', later: 'no' }, 'UNKNOWN payload-lost - none'],
  ['RST, mysqld stopped', { ...witness, answer: 'rst' }, 'CLOSED refused - witness'],
  ['RST on 4444', { ...witness, answer: 'rst', expects: 'during-transfer' }, 'OK witnessed - witness'],
  ['SYN/ACK of our own listener', { ...witness, answer: 'syn-ack', ours: true }, 'CLOSED witnessed - witness'],
  ['SYN/ACK of our own listener on 4444', { ...witness, answer: 'syn-ack', ours: true, expects: 'during-transfer' }, 'OK witnessed - witness'],
  ['UDP let in, nobody bound', { ...witness, protocol: 'udp', ...port, expects: 'never-answers' }, 'OK witnessed - witness'],
  ['UDP let in, the answer lost', { protocol: 'udp', arrived: 'yes', admitted: 'yes', listening: 'yes' }, 'OK witnessed - witness'],
  ['UDP let in where a service should be', { protocol: 'udp', arrived: 'yes', admitted: 'yes' }, 'CLOSED witnessed - witness'],
  ['echo of a live service', { answer: 'echo', listening: 'yes' }, 'OK echoed - echo'],
  ['echo on 3306', { ours: true, admitted: 'yes', answer: 'echo' }, 'CLOSED echoed - echo'],
  ['echo on 4444', { ours: true, admitted: 'yes', answer: 'echo', expects: 'during-transfer' }, 'OK echoed - echo'],

  ['handshake but no payload', { ours: true, admitted: 'yes', answer: 'connected' }, 'DOWN payload-lost - echo'],
  ['connected, but the FIN is never acknowledged', { answer: 'connected', listening: 'yes', later: 'no' }, 'DOWN payload-lost - handshake'],
  ['connected, and witnessed', { admitted: 'yes', arrived: 'yes', answer: 'connected', listening: 'yes' }, 'OK answered - witness'],
  ['let in, no answer left', { ...witness, replied: 'no', returned: 'no' }, 'DOWN reply-lost reply witness'],
  ['answered, stopped by own INPUT', { ...witness, answer: 'syn-ack', returned: 'no', listening: 'yes' }, 'DOWN reply-lost reply witness'],
  ['SYN_RECV on the target', { ours: true, admitted: 'yes' }, 'DOWN reply-lost reply witness'],

  ['answered behind a DNAT', { ...stopped, answer: 'syn-ack', returned: 'yes', listening: 'yes' }, 'OK answered - handshake'],
  ['connected behind a DNAT', { ...stopped, answer: 'connected', listening: 'yes' }, 'OK answered - handshake'],
  ['target REJECT', { ...stopped, sender: 'target', ...prohibited }, 'DOWN icmp-host-prohibited target witness'],
  ['the article: port-unreachable is a REJECT', { ...stopped, sender: 'target', ...port }, 'DOWN icmp-port-unreachable target witness'],
  ['target tcp-reset', { ...stopped, answer: 'rst' }, 'DOWN tcp-reset-by-firewall target witness'],
  ['target DROP', { ...stopped }, 'DOWN dropped target witness'],

  ['no ARP answer', { ...lost, answer: 'icmp', icmp: 'icmp-host-unreachable', sender: 'self', unresolved: true }, 'DOWN host-absent network answer'],
  ['no neighbour', { ...lost, answer: 'icmp', icmp: 'icmp6-addr-unreachable', sender: 'self', unresolved: true }, 'DOWN host-absent network answer'],
  ['own REJECT, seen by connect', { answer: 'icmp', icmp: 'icmp-host-unreachable', sender: 'self' }, 'DOWN icmp-host-unreachable source answer'],

  ['router REJECT', { ...lost, sender: 'other', ...prohibited }, 'DOWN icmp-host-prohibited network witness'],
  ['a middlebox answers for the target', { ...lost, sender: 'target', ...prohibited }, 'DOWN icmp-host-prohibited network witness'],
  ['router reset', { ...lost, answer: 'rst' }, 'DOWN tcp-reset-by-firewall network witness'],
  ['somebody else has the address', { ...lost, answer: 'syn-ack' }, 'UNKNOWN answered-elsewhere - witness'],
  ['never left, for nobody has the next hop', { ...lost, left: 'no', neighbour: 'no' }, 'DOWN host-absent network witness'],
  ['never left', { ...lost, left: 'no' }, 'DOWN dropped source witness'],
  ['lost on the way', { ...lost }, 'DOWN dropped network witness'],

  ['router, seen by connect', { ...unheard, sender: 'other', ...prohibited }, 'DOWN icmp-host-prohibited network answer'],
  ['target, seen by connect', { ...unheard, sender: 'target', ...prohibited }, 'DOWN icmp-host-prohibited target answer'],
  ['TCP port unreachable, nobody looks', { listening: 'unknown', sender: 'target', ...port }, 'DOWN icmp-port-unreachable target answer'],
  ['UDP port unreachable, nobody looks', { protocol: 'udp', listening: 'unknown', sender: 'target', ...port }, 'UNKNOWN icmp-port-unreachable - none'],
  ['UDP port unreachable, our listener', { ...unheard, protocol: 'udp', sender: 'target', ...port }, 'DOWN icmp-port-unreachable target answer'],
  ['UDP prohibited, nobody looks', { protocol: 'udp', listening: 'unknown', sender: 'target', ...prohibited }, 'DOWN icmp-host-prohibited target answer'],
  ['errno only', { answer: 'unreachable', icmp: 'icmp-net-unreachable' }, 'DOWN icmp-net-unreachable - answer'],
  ['errno only, late', { answer: 'unreachable', icmp: 'icmp-host-unreachable', unresolved: true }, 'DOWN host-absent network answer'],

  ['reset of our listener', { ...unheard, answer: 'rst' }, 'DOWN tcp-reset-by-firewall - answer'],
  ['reset of a live service', { answer: 'rst', listening: 'yes' }, 'DOWN tcp-reset-by-firewall - answer'],
  ['refused by errno, our listener', { ...unheard, answer: 'refused' }, 'DOWN refused - answer'],
  ['refused by errno, a live service', { answer: 'refused', listening: 'yes' }, 'DOWN refused - answer'],

  ['SYN/ACK, nobody looks', { answer: 'syn-ack', listening: 'unknown' }, 'OK answered - handshake'],
  ['connected, nobody looks', { answer: 'connected', listening: 'unknown' }, 'OK answered - handshake'],
  ['a refusal proves nothing', { answer: 'rst', listening: 'unknown' }, 'UNKNOWN refused - none'],
  ['a refusal by errno proves nothing', { answer: 'refused', listening: 'unknown' }, 'UNKNOWN refused - none'],
  ['not even where nothing listens', { answer: 'rst', listening: 'no' }, 'UNKNOWN refused - none'],
  ['out of file descriptors', { answer: 'errno' }, 'UNKNOWN probe-failed - none'],
  ['our listener heard nothing', { ...unheard }, 'DOWN dropped - witness'],
  ['UDP silence proves nothing', { protocol: 'udp', listening: 'unknown' }, 'UNKNOWN no-answer - none'],
  ['TCP silence', { listening: 'unknown' }, 'DOWN dropped - none'],
]

function verdict(signs: Partial<Signs>): string {
  const { status, reason, blockedAt, proof } = judge({ ...NOTHING, ...signs })
  return `${status} ${reason} ${blockedAt ?? '-'} ${proof}`
}

describe('the truth table', () => {
  it.each(CASES)('%s', (_what, signs, expected) => {
    expect(verdict(signs)).toBe(expected)
  })

  it('has no row without a case above, and none that an earlier row hides', () => {
    const decided = new Set(
      CASES.map(([, signs]) =>
        TRUTH_TABLE.indexOf(rowOf({ ...NOTHING, ...signs }) as (typeof TRUTH_TABLE)[number]),
      ),
    )
    const missing = TRUTH_TABLE.filter((_, index) => !decided.has(index)).map(([when]) => when)
    expect(missing).toEqual([])
  })
})

function rowOf(signs: Signs) {
  return TRUTH_TABLE.find(([when]) =>
    Object.entries(when).every(([name, wanted]) => {
      const value = signs[name as keyof Signs]
      return Array.isArray(wanted) ? wanted.includes(value) : wanted === value
    }),
  )
}
