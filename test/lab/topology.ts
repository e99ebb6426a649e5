/** A host of the lab: a network namespace with its own addresses, firewall, and sshd if asked for. */
interface HostSpec {
  name: string
  /** 10.99.0.N on the near segment, 10.98.0.N on the far one, behind the router. */
  address: string
  /** A second interface, eth1: 10.97.0.N on a segment that has no router. */
  second?: string
  /** It has its IPv6 addresses alone; `address` still says which they are. */
  only6?: boolean
  /** For a host on the far segment: 10.99.0.N, which the router translates to it, and it to that, one to one. */
  public?: string
  /** Overrides the lab's `ssh`. */
  ssh?: boolean
}

export interface TopologyOptions {
  /** Default n1, n2, n3 = 10.99.0.11-13. `admin` is always there as well. */
  hosts?: HostSpec[]
  /** A host that is no cluster member: 10.99.0.200. */
  stranger?: boolean
  /** A router at 10.99.0.1 and 10.98.0.1; there anyway when a host is on the far segment. */
  router?: boolean
  /** The router hides the far segment behind its near address (masquerade). */
  nat?: boolean
}

export interface Host extends HostSpec {
  /** fd00:99::N or fd00:98::N, N being the decimal digits of the IPv4 address's last byte. */
  address6: string
}

/** What an address of a host is in IPv6. */
export function ipv6Of(address: string): string | null {
  const [, net, last] = /^10\.(9[789])\.0\.(\d{1,3})$/.exec(address) ?? []
  return last ? `fd00:${net}::${last}` : null
}

const FAR = '10.98.0.'
const NODES = [11, 12, 13].map((n, i) => ({ name: `n${i + 1}`, address: `10.99.0.${n}` }))

/** Every host of the lab in a fixed order, the router last. */
export function resolveHosts(options: TopologyOptions): Host[] {
  const members = options.hosts ?? NODES
  const routed = options.router || options.nat || members.some((host) => host.address.startsWith(FAR))
  const specs: HostSpec[] = [
    ...members,
    { name: 'admin', address: '10.99.0.100', ssh: false },
    ...(options.stranger ? [{ name: 'stranger', address: '10.99.0.200', ssh: false }] : []),
    ...(routed ? [{ name: 'router', address: '10.99.0.1', ssh: false }] : []),
  ]
  return specs.map((host) => {
    // Names become interface names (15 characters) and shell words.
    if (!/^[a-z][a-z0-9-]{0,12}$/.test(host.name)) throw new Error(`not a host name for a lab: ${host.name}`)
    const address6 = /^10\.9[89]\./.test(host.address) ? ipv6Of(host.address) : null
    if (!address6) throw new Error(`${host.name}: ${host.address} is on no segment of the lab`)
    return { ...host, address6 }
  })
}

/** The shell script that makes the network; it runs in the holder's namespaces. */
export function networkScript(hosts: readonly Host[], options: { nat?: boolean; ipv6: boolean }): string {
  const routed = hosts.some((host) => host.name === 'router')
  const far = (host: Host) => host.address.startsWith(FAR)
  const translated = hosts.filter((host) => host.public !== undefined)
  return [
    'set -e',
    ...hosts.map((host) => `ip netns add ${host.name}`),
    'ip -batch - <<END',
    'link add br0 type bridge',
    'link set br0 up',
    ...(routed ? ['link add br1 type bridge', 'link set br1 up', ...cable('router', 'br1', 'eth1')] : []),
    ...hosts.flatMap((host) => cable(host.name, far(host) ? 'br1' : 'br0', 'eth0')),
    ...(hosts.some(({ second }) => second) ? ['link add br2 type bridge', 'link set br2 up'] : []),
    ...hosts.flatMap((host) => (host.second ? cable(host.name, 'br2', 'eth1') : [])),
    'END',
    ...hosts.flatMap((host) => [
      `ip netns exec ${host.name} sh -e <<'SH'`,
      ...(options.ipv6 ? [NO_DAD] : []),
      `ip -batch - <<END`,
      'link set lo up',
      ...address('eth0', host.only6 ? null : host.address, host.address6, options.ipv6),
      ...(host.second ? address('eth1', host.second, ipv6Of(host.second), options.ipv6) : []),
      ...(host.name === 'router' ? address('eth1', '10.98.0.1', 'fd00:98::1', options.ipv6) : []),
      // Behind a translation one to one the far segment is reached by nothing but the public addresses.
      ...(routed && host.name !== 'router' && (far(host) || translated.length === 0)
        ? routes(far(host), options.ipv6)
        : []),
      'END',
      'SH',
    ]),
    ...(routed ? [routerSwitches(options), ...translated.map(translationScript)] : []),
  ].join('\n')
}

/** The holder's end of a host's cable; taking it down is pulling the plug. */
export const plugOf = (host: string, dev = 'eth0') => `${dev === 'eth0' ? 'v' : 'w'}-${host}`

const cable = (host: string, bridge: string, dev: string) => [
  `link add ${plugOf(host, dev)} type veth peer name ${dev} netns ${host}`,
  `link set ${plugOf(host, dev)} master ${bridge} up`,
]

// No duplicate address detection: an address that is still tentative cannot be bound, and a router whose link-local
// address is tentative asks for nobody: it would forward no IPv6 for the first two seconds.
const NO_DAD = 'for f in /proc/sys/net/ipv6/conf/eth*/accept_dad; do echo 0 >$f; done'

const address = (dev: string, v4: string | null, v6: string | null, ipv6: boolean) => [
  `link set ${dev} up`,
  ...(v4 ? [`addr add ${v4}/24 dev ${dev}`] : []),
  ...(ipv6 && v6 ? [`addr add ${v6}/64 dev ${dev} nodad`] : []),
]

function routes(far: boolean, ipv6: boolean): string[] {
  const [to, via] = far ? ['99', '98'] : ['98', '99']
  return [
    `route add 10.${to}.0.0/24 via 10.${via}.0.1`,
    ...(ipv6 ? [`route add fd00:${to}::/64 via fd00:${via}::1`] : []),
  ]
}

const routerSwitches = ({ nat, ipv6 }: { nat?: boolean; ipv6: boolean }) =>
  `ip netns exec router sh -ec '
echo 1 >/proc/sys/net/ipv4/ip_forward
${ipv6 ? 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding' : ''}
${nat ? 'iptables -t nat -A POSTROUTING -s 10.98.0.0/24 -o eth0 -j MASQUERADE' : ''}'`

// As a cloud's translation does it, the host reaches itself by its public address too.
const translationScript = (host: Host) => `ip netns exec router sh -ec '
ip addr add ${host.public}/32 dev eth0
iptables -t nat -A POSTROUTING -s ${host.address} -d ${host.address} -j SNAT --to-source ${host.public}
iptables -t nat -A PREROUTING -d ${host.public} -j DNAT --to-destination ${host.address}
iptables -t nat -I POSTROUTING -s ${host.address} -o eth0 -j SNAT --to-source ${host.public}'`
