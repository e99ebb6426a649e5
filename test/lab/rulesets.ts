/** Which program of which back end reads or prints a ruleset. */
export type IptablesTool = 'iptables' | 'iptables-legacy' | 'ip6tables' | 'ip6tables-legacy'

/** `iptables-save` output without its comments and counters: two equal rulesets are equal texts. */
export const withoutCounters = (saved: string): string =>
  saved
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => `${line.replace(/^(:\S+ \S+) \[\d+:\d+\]$/, '$1')}\n`)
    .join('')

/**
 * Empties a host's firewall, every back end of it. The legacy tables are looked at only where they exist: listing
 * one creates it, and a test may be about exactly that.
 */
export const FLUSH_COMMAND = `set -e
nft flush ruleset
for v in ip ip6; do
  for t in $(cat /proc/net/\${v}_tables_names 2>/dev/null); do
    case $t in
      filter) chains='INPUT FORWARD OUTPUT' ;;
      nat) chains='PREROUTING INPUT OUTPUT POSTROUTING' ;;
      mangle) chains='PREROUTING INPUT FORWARD OUTPUT POSTROUTING' ;;
      raw) chains='PREROUTING OUTPUT' ;;
      *) chains='INPUT FORWARD OUTPUT' ;;
    esac
    { echo "*$t"; for c in $chains; do echo ":$c ACCEPT [0:0]"; done; echo COMMIT; } | \${v}tables-legacy-restore
  done
done`

/**
 * Every bridged frame that carries IP is lost with this probability, in both directions. The kernels that tests run
 * on often lack netem. ARP and its IPv6 counterpart are spared: a lost probe is meant, not an absent host.
 */
export const lossRuleset = (percent: number): string => {
  const drop = `numgen random mod 100 < ${percent} counter drop`
  return `table bridge loss
delete table bridge loss
${
  percent > 0
    ? `table bridge loss {
  chain forward {
    type filter hook forward priority 0
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert } accept
    ether type ip ${drop}
    ether type ip6 ${drop}
  }
}`
    : ''
}
`
}
