import type { Reason } from './reasons.ts'

export type { Reason } from './reasons.ts'

import type { Signs } from './signs.ts'

export type FlowStatus = 'OK' | 'CLOSED' | 'DOWN' | 'UNKNOWN'

/** Where the path is blocked. */
export type BlockedAt = 'source' | 'network' | 'target' | 'reply'

/** How a verdict was proven, strongest first. */
export type Proof = 'witness' | 'echo' | 'handshake' | 'answer' | 'rules' | 'none'

export interface Verdict {
  readonly status: FlowStatus
  readonly reason: Reason
  /** null: not blocked, or nothing tells where. */
  readonly blockedAt: BlockedAt | null
  readonly proof: Proof
}

/** A row holds when each sign it names has the value, or one of the values, that it gives. */
type Pattern = { readonly [K in keyof Signs]?: Signs[K] | readonly Signs[K][] }
/** `as-icmp`: the reason that the ICMP error names. */
type Conclusion = readonly [FlowStatus, Reason | 'as-icmp', BlockedAt | null, Proof]
type Row = readonly [when: Pattern, then: Conclusion]

/**
 * The truth table. The first row that holds decides; the last one always holds. A verdict says no more than its row's
 * signs prove: a refusal is "open" only where the target itself was seen to let the packet in, and `blockedAt` is given
 * only where somebody stood there and saw it.
 */
// biome-ignore format: a table is read in columns
export const TRUTH_TABLE: readonly Row[] = [
  // Nothing was sent, since a connection that stands tells as much.
  [{ skipped: ['live-service', 'transfer-in-progress'], established: true },
                                                         ['OK', 'established', null, 'handshake']],

  // Nothing was sent.
  [{ skipped: 'source-unreachable' },                    ['UNKNOWN', 'source-unreachable', null, 'none']],
  [{ skipped: 'name-not-resolved' },                     ['UNKNOWN', 'name-not-resolved', null, 'none']],
  [{ skipped: 'transfer-in-progress' },                  ['UNKNOWN', 'transfer-in-progress', null, 'none']],
  [{ skipped: 'live-service' },                          ['UNKNOWN', 'live-service', null, 'none']],
  [{ skipped: 'target-not-inspected' },                  ['UNKNOWN', 'target-not-inspected', null, 'none']],
  [{ skipped: 'not-probed' },                            ['UNKNOWN', 'not-probed', null, 'none']],

  // The source's own kernel did not let it out.
  [{ sent: 'own-firewall', answer: 'icmp' },             ['DOWN', 'as-icmp', 'source', 'answer']],
  [{ sent: 'own-firewall', answer: 'rst' },              ['DOWN', 'tcp-reset-by-firewall', 'source', 'answer']],
  [{ sent: 'own-firewall' },                             ['DOWN', 'send-not-permitted', 'source', 'answer']],
  [{ sent: 'no-route' },                                 ['DOWN', 'no-route', 'source', 'answer']],

  // The round trip is complete.
  [{ answer: 'echo', listening: 'yes' },                 ['OK', 'echoed', null, 'echo']],
  [{ answer: 'echo', expects: 'always' },                ['CLOSED', 'echoed', null, 'echo']],
  [{ answer: 'echo' },                                   ['OK', 'echoed', null, 'echo']],
  [{ protocol: 'udp', admitted: 'yes', listening: 'no', expects: 'always' },
                                                         ['CLOSED', 'witnessed', null, 'witness']],
  [{ protocol: 'udp', admitted: 'yes' },                 ['OK', 'witnessed', null, 'witness']],
  // The first packet gets in and its RST does not: the chain stops all later packets, or only RSTs. The rules may tell.
  [{ admitted: 'yes', returned: 'yes', answer: 'syn-ack', later: 'no' },
                                                         ['UNKNOWN', 'payload-lost', null, 'none']],
  // A SYN/ACK of the agent's own listener proves the path, not the service.
  [{ admitted: 'yes', returned: 'yes', answer: 'syn-ack', ours: true, expects: 'always' },
                                                         ['CLOSED', 'witnessed', null, 'witness']],
  [{ admitted: 'yes', returned: 'yes', answer: 'syn-ack', ours: true },
                                                         ['OK', 'witnessed', null, 'witness']],
  [{ admitted: 'yes', returned: 'yes', answer: 'syn-ack' }, ['OK', 'answered', null, 'witness']],
  [{ admitted: 'yes', returned: 'yes', answer: 'rst', expects: 'always' },
                                                         ['CLOSED', 'refused', null, 'witness']],
  [{ admitted: 'yes', returned: 'yes', answer: 'rst' },  ['OK', 'witnessed', null, 'witness']],

  // It got in, and what came back did not arrive.
  [{ ours: true, answer: 'connected' },                  ['DOWN', 'payload-lost', null, 'echo']],
  [{ answer: 'connected', later: 'no' },                 ['DOWN', 'payload-lost', null, 'handshake']],
  [{ admitted: 'yes', answer: 'connected' },             ['OK', 'answered', null, 'witness']],
  [{ admitted: 'yes' },                                  ['DOWN', 'reply-lost', 'reply', 'witness']],

  // It was answered although the target's INPUT never saw it: the target passes it on (DNAT to a container, a proxy).
  [{ arrived: 'yes', admitted: 'no', answer: 'syn-ack', returned: 'yes' }, ['OK', 'answered', null, 'handshake']],
  [{ arrived: 'yes', admitted: 'no', answer: 'connected' }, ['OK', 'answered', null, 'handshake']],

  // It reached the target's interface and not the target.
  [{ arrived: 'yes', admitted: 'no', answer: 'icmp' },   ['DOWN', 'as-icmp', 'target', 'witness']],
  [{ arrived: 'yes', admitted: 'no', answer: 'rst' },    ['DOWN', 'tcp-reset-by-firewall', 'target', 'witness']],
  [{ arrived: 'yes', admitted: 'no' },                   ['DOWN', 'dropped', 'target', 'witness']],

  // The source itself said why: nobody has the address, or its own firewall refused.
  [{ answer: 'icmp', sender: 'self', unresolved: true, icmp: ['icmp-host-unreachable', 'icmp6-addr-unreachable'] },
                                                         ['DOWN', 'host-absent', 'network', 'answer']],
  [{ answer: 'icmp', sender: 'self' },                   ['DOWN', 'as-icmp', 'source', 'answer']],

  // It never reached the target's interface.
  [{ arrived: 'no', answer: 'icmp' },                    ['DOWN', 'as-icmp', 'network', 'witness']],
  [{ arrived: 'no', answer: 'rst' },                     ['DOWN', 'tcp-reset-by-firewall', 'network', 'witness']],
  [{ arrived: 'no', answer: ['syn-ack', 'connected'] },  ['UNKNOWN', 'answered-elsewhere', null, 'witness']],
  [{ arrived: 'no', left: 'no', neighbour: 'no' },        ['DOWN', 'host-absent', 'network', 'witness']],
  [{ arrived: 'no', left: 'no' },                        ['DOWN', 'dropped', 'source', 'witness']],
  [{ arrived: 'no' },                                    ['DOWN', 'dropped', 'network', 'witness']],

  // Nobody stood at the target's interface. An ICMP error names its sender; UDP's port unreachable is also what a
  // host without a listener sends, so it is a firewall's only where our own listener stood there.
  [{ answer: 'icmp', sender: 'other' },                  ['DOWN', 'as-icmp', 'network', 'answer']],
  [{ answer: 'icmp', protocol: 'udp', ours: false, icmp: ['icmp-port-unreachable', 'icmp6-port-unreachable'] },
                                                         ['UNKNOWN', 'as-icmp', null, 'none']],
  [{ answer: 'icmp' },                                   ['DOWN', 'as-icmp', 'target', 'answer']],
  [{ answer: 'unreachable', unresolved: true, icmp: 'icmp-host-unreachable' },
                                                         ['DOWN', 'host-absent', 'network', 'answer']],
  [{ answer: 'unreachable' },                            ['DOWN', 'as-icmp', null, 'answer']],

  // Something listened there, so a refusal is a firewall's.
  [{ answer: 'rst', ours: true },                        ['DOWN', 'tcp-reset-by-firewall', null, 'answer']],
  [{ answer: 'rst', listening: 'yes' },                  ['DOWN', 'tcp-reset-by-firewall', null, 'answer']],
  [{ answer: 'refused', ours: true },                    ['DOWN', 'refused', null, 'answer']],
  [{ answer: 'refused', protocol: 'tcp', listening: 'yes' }, ['DOWN', 'refused', null, 'answer']],

  // Nobody but the source saw anything.
  [{ answer: ['syn-ack', 'connected'] },                 ['OK', 'answered', null, 'handshake']],
  [{ answer: ['rst', 'refused'] },                       ['UNKNOWN', 'refused', null, 'none']],
  [{ answer: 'errno' },                                  ['UNKNOWN', 'probe-failed', null, 'none']],
  [{ ours: true },                                       ['DOWN', 'dropped', null, 'witness']],
  [{ protocol: 'udp' },                                  ['UNKNOWN', 'no-answer', null, 'none']],
  [{},                                                   ['DOWN', 'dropped', null, 'none']],
]

function holds(pattern: Pattern, signs: Signs): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const value = signs[name as keyof Signs]
    return Array.isArray(wanted) ? wanted.includes(value) : wanted === value
  })
}

/** Judges a flow by its signs: the first row of the truth table that holds. */
export function judge(signs: Signs): Verdict {
  const row = TRUTH_TABLE.find(([when]) => holds(when, signs))
  if (row === undefined) throw new Error('the last row of the truth table holds for everything')
  const [status, reason, blockedAt, proof] = row[1]
  return { status, reason: reason === 'as-icmp' ? (signs.icmp ?? 'icmp-other') : reason, blockedAt, proof }
}
