import { type Case, caseOf, opened } from './case.ts'

const iptables = (tool: string, rules: readonly string[]) => `${tool}-restore <<'END'
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
${rules.map((rule) => `${rule}\n`).join('')}COMMIT
END
`

const NATIVE = `cat >/etc/host/nftables.conf <<'END'
flush ruleset
table inet site {
  chain in { type filter hook input priority 10; policy drop;
    ct state established accept
    meta l4proto icmp accept
  }
}
END
`
const BOOT = 'nft -f /etc/nftables.conf\n'
const DROP = ['-A INPUT -p icmp -j ACCEPT', '-A INPUT -j DROP']
const REJECT = ['-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT', '-A INPUT -j REJECT']
const BOTH = { backends: ['iptables', 'nft'], proven: true, note: /Several back ends block here/ }

/** Several back ends that hook into the same kernel. `iptables` is that of nft. */
export const MIXED_CASES: readonly Case[] = [
  caseOf(
    'iptables of both back ends',
    'mixed',
    { by: 'script', script: iptables('iptables', DROP) + iptables('iptables-legacy', REJECT) },
    opened('iptables', { lasts: false }),
  ),
  caseOf(
    'iptables-legacy beside open rules',
    'mixed',
    { by: 'script', script: iptables('iptables', []) + iptables('iptables-legacy', DROP) },
    opened('iptables', { lasts: false }),
  ),
  caseOf(
    'native rules and iptables',
    'mixed',
    { by: 'script', script: NATIVE + BOOT + iptables('iptables', REJECT), boot: BOOT },
    { ...BOTH, lasts: true },
  ),
  caseOf(
    'native rules beside open iptables',
    'mixed',
    {
      by: 'script',
      script: NATIVE + BOOT + iptables('iptables', []),
      boot: BOOT + iptables('iptables', []),
    },
    opened('nft'),
  ),
  caseOf(
    'native rules and iptables-legacy',
    'mixed',
    { by: 'script', script: NATIVE + BOOT + iptables('iptables-legacy', DROP), boot: BOOT },
    { ...BOTH, lasts: false },
  ),
]
