import type { Base, NetfilterHook } from './model.ts'

/** In the order in which packets come to them. */
export const HOOKS: readonly NetfilterHook[] = [
  'ingress',
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'egress',
]

/** Priorities of include/uapi/linux/netfilter_ipv4.h (enum nf_ip_hook_priorities). */
const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['nat', -100],
  ['filter', 0],
  ['security', 50],
])
/** `NF_IP_PRI_NAT_SRC`: nat has another priority where it rewrites the source. */
export const NAT_SOURCE = 100

/** The conntrack hook itself (`NF_IP_PRI_CONNTRACK`): before it every packet is INVALID to ct matches. */
export const CONNTRACK_PRIORITY = -200

const BUILT_IN: ReadonlyMap<string, NetfilterHook> = new Map([
  ['PREROUTING', 'prerouting'],
  ['INPUT', 'input'],
  ['FORWARD', 'forward'],
  ['OUTPUT', 'output'],
  ['POSTROUTING', 'postrouting'],
])

/** The tables of the kernel: iptables-restore takes no others. */
export function isTableName(name: string): boolean {
  return PRIORITIES.has(name)
}

/** Where the kernel enters a built-in chain of iptables; null for a chain that it does not know. */
export function builtinBase(table: string, chain: string): Base | null {
  const hook = BUILT_IN.get(chain)
  if (hook === undefined) return null
  const early = PRIORITIES.get(table) ?? 0
  const source = table === 'nat' && (hook === 'input' || hook === 'postrouting')
  return {
    hook,
    priority: source ? NAT_SOURCE : early,
    type: table === 'nat' ? 'nat' : 'filter',
    devices: null,
  }
}
