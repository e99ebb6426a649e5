import type { BlockedBy } from '../report.ts'

/** The rule as its own back end writes it: a policy of native nft is `policy drop`, one of iptables `:INPUT DROP`. */
export function ruleText({ rule, table, position }: BlockedBy): string {
  const isNative = table.includes(' ')
  return position === null && isNative ? `policy ${rule.split(' ').at(-1)?.toLowerCase() ?? ''}` : rule
}
