/** What the article's two listings of its firewall end in. */
export type ArticleReject = 'icmp-host-prohibited' | 'icmp-port-unreachable'

/**
 * The firewall of the article "PXC loves firewalls" as `iptables-restore` reads it: only SSH and MySQL are let in, so
 * a second cluster node cannot join. The first listing rejects with icmp-host-prohibited, the second, printed after
 * the fix, with icmp-port-unreachable.
 *
 * The first listing has one more row before the REJECT, `0 0 ACCEPT tcp -- any any anywhere anywhere`, which as
 * printed accepts all of TCP. An address was blanked out of it when the article was published (its zero counters
 * agree: on that host it had matched nothing). It is left out here, for with it nothing is blocked.
 */
export const articleRuleset = ({ rejectWith }: { rejectWith: ArticleReject }): string => `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 3306 -j ACCEPT
-A INPUT -j REJECT --reject-with ${rejectWith}
-A FORWARD -j REJECT --reject-with ${rejectWith}
COMMIT
`

const GALERA = [3306, 4567, 4568, 4444]

/** The article once its five Galera rules are there: only PMM is still shut out. */
export const AFTER_FIVE_RULES = articleRuleset({ rejectWith: 'icmp-host-prohibited' }).replace(
  /(?=-A INPUT -j REJECT)/,
  [
    ...GALERA.map((port) => `-A INPUT -s 10.99.0.0/28 -p tcp -m tcp --dport ${port} -j ACCEPT`),
    '-A INPUT -s 10.99.0.0/28 -p udp -m udp --dport 4567 -j ACCEPT',
    '',
  ].join('\n'),
)
