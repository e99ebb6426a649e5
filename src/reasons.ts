/** Why a flow has its status: a closed list, in nmap's spirit. */
export type Reason =
  | 'answered'
  | 'witnessed'
  | 'echoed'
  | 'established'
  | 'scraped'
  | 'refused'
  | 'dropped'
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'icmp6-no-route'
  | 'icmp6-adm-prohibited'
  | 'icmp6-addr-unreachable'
  | 'icmp6-port-unreachable'
  | 'icmp6-policy-fail'
  | 'icmp6-reject-route'
  | 'icmp-other'
  | 'tcp-reset-by-firewall'
  | 'send-not-permitted'
  | 'no-route'
  | 'host-absent'
  | 'name-not-resolved'
  | 'reply-lost'
  | 'payload-lost'
  | 'new-connections-blocked'
  | 'no-answer'
  | 'answered-elsewhere'
  | 'source-unreachable'
  | 'transfer-in-progress'
  | 'live-service'
  | 'target-not-inspected'
  | 'probe-failed'
  | 'not-probed'
  | 'rules-accept'
  | 'rules-undecided'
  | 'source-rules-missing'
  | 'target-rules-missing'

/** ICMP destination unreachable codes, RFC 792 and RFC 1812 5.2.7.1, and ICMPv6 codes, RFC 4443 3.1. */
const ICMP_REASONS: Readonly<Record<4 | 6, Readonly<Record<number, Reason>>>> = {
  4: {
    0: 'icmp-net-unreachable',
    1: 'icmp-host-unreachable',
    2: 'icmp-proto-unreachable',
    3: 'icmp-port-unreachable',
    9: 'icmp-net-prohibited',
    10: 'icmp-host-prohibited',
    13: 'icmp-admin-prohibited',
  },
  6: {
    0: 'icmp6-no-route',
    1: 'icmp6-adm-prohibited',
    3: 'icmp6-addr-unreachable',
    4: 'icmp6-port-unreachable',
    5: 'icmp6-policy-fail',
    6: 'icmp6-reject-route',
  },
}

/** The reason an ICMP error names; `icmp-other` for a code that no firewall or router in use sends. */
export function icmpReason(icmp: { readonly family: 4 | 6; readonly code: number }): Reason {
  return ICMP_REASONS[icmp.family][icmp.code] ?? 'icmp-other'
}

const REJECT_REASONS: ReadonlySet<Reason> = new Set([
  ...Object.values(ICMP_REASONS[4]),
  ...Object.values(ICMP_REASONS[6]),
])

/** What nft's icmpx is in each family (net/netfilter/nft_reject.c). */
const ICMPX_REASONS: Readonly<Record<string, Readonly<Record<4 | 6, Reason>>>> = {
  'icmpx-no-route': { 4: 'icmp-net-unreachable', 6: 'icmp6-no-route' },
  'icmpx-port-unreachable': { 4: 'icmp-port-unreachable', 6: 'icmp6-port-unreachable' },
  'icmpx-host-unreachable': { 4: 'icmp-host-unreachable', 6: 'icmp6-addr-unreachable' },
  'icmpx-admin-prohibited': { 4: 'icmp-admin-prohibited', 6: 'icmp6-adm-prohibited' },
}

/**
 * The reason that `--reject-with NAME` makes of a packet of the family, or nft's `icmpx-NAME`; `icmp-other` where the name
 * tells nothing.
 */
export function rejectReason(name: string | undefined, family: 4 | 6): Reason {
  if (name === undefined) return 'icmp-other'
  if (name === 'tcp-reset') return 'tcp-reset-by-firewall'
  if (Object.hasOwn(ICMPX_REASONS, name)) return ICMPX_REASONS[name]?.[family] ?? 'icmp-other'
  return [...REJECT_REASONS].find((reason) => reason === name) ?? 'icmp-other'
}
