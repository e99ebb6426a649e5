import { type Case, caseOf, FLOWS, opened, tcp, udp, type Wanted } from './case.ts'

const NET = '10.99.0.0/24'
const P1 = '10.99.0.11'

/** firewall-cmd takes a third of a second for each line. */
const ONE = [tcp('p1')]

const zone = (inside: string, target = '') => `<zone${target && ` target="${target}"`}>${inside}</zone>`
const SOURCES = `<source address="${NET}"/>`
const rich = (rule: string) => `<rule family="ipv4"${rule}</rule>`
const deny = (attributes = '') =>
  rich(`${attributes}><source address="${NET}"/><port port="4000-5000" protocol="tcp"/><reject/>`) +
  rich(`${attributes}><source address="${NET}"/><port port="4000-5000" protocol="udp"/><drop/>`)

interface Kind {
  readonly name: string
  readonly files?: Record<string, string>
  readonly script?: string
  readonly family?: 4 | 6
  readonly rest?: Parameters<typeof caseOf>[4]
  readonly wanted?: Wanted
  /** Played with firewalld's nftables back end alone: each case takes seconds. */
  readonly nftablesOnly?: true
}

const FIREWALLD: readonly Kind[] = [
  { name: 'default zone', rest: { flows: [tcp('p1'), udp('p1'), tcp('p2')] } },
  { name: 'default zone', family: 6 },
  { name: 'zone of the interface', files: { 'zones/db.xml': zone('<interface name="eth0"/>') } },
  { name: 'zone of a network', files: { 'zones/cluster.xml': zone(SOURCES) } },
  {
    name: 'zone of a network',
    family: 6,
    files: { 'zones/cluster.xml': zone('<source address="fd00:99::/64"/>') },
    nftablesOnly: true,
  },
  {
    name: 'zone that rejects',
    files: { 'zones/cluster.xml': zone(SOURCES, '%%REJECT%%') },
    nftablesOnly: true,
  },
  { name: 'zone that drops', files: { 'zones/cluster.xml': zone(SOURCES, 'DROP') }, nftablesOnly: true },
  { name: 'deny rules', files: { 'zones/cluster.xml': zone(SOURCES + deny(), 'ACCEPT') } },
  {
    name: 'deny rules of a negative priority',
    files: { 'zones/cluster.xml': zone(SOURCES + deny(' priority="-100"'), 'ACCEPT') },
    nftablesOnly: true,
  },
  {
    name: 'policy before all zones',
    files: {
      'policies/in-block.xml': `<policy priority="-10" target="DROP"><ingress-zone name="ANY"/><egress-zone name="HOST"/></policy>`,
    },
  },
  {
    name: 'source network',
    rest: { networks: [NET], flows: [tcp('p1'), tcp('stranger')] },
    nftablesOnly: true,
  },
  {
    name: 'direct rule',
    files: {
      'direct.xml': `<direct><rule ipv="ipv4" table="filter" chain="INPUT" priority="0">-p tcp -m tcp --dport 4000:5000 -j REJECT</rule></direct>`,
      'zones/cluster.xml': zone(SOURCES, 'ACCEPT'),
    },
    rest: {
      flows: [tcp('p1'), tcp('p1', 4444), tcp('p2')],
      open: [udp('p1', 4569), udp('stranger')],
    },
    wanted: opened('iptables', { lasts: false, note: /firewalld/ }),
  },
]

const UFW: readonly (Omit<Kind, 'files'> & { readonly commands: readonly string[] })[] = [
  { name: 'default', commands: [] },
  { name: 'default', family: 6, commands: [] },
  { name: 'default reject', commands: ['default reject'] },
  { name: 'earlier deny', commands: [`deny from ${NET}`, `allow from ${P1} to any port 9999 proto tcp`] },
  {
    name: 'allow that comes too late',
    commands: [`deny from ${NET}`, `allow from ${P1} to any port 4567 proto tcp`],
  },
  {
    name: 'deny of just this',
    commands: [`deny from ${P1} to any port 4567 proto tcp`, 'allow 23/tcp'],
  },
  {
    name: 'reject of just this',
    family: 6,
    commands: ['reject from fd00:99::11 to any port 4567 proto tcp', 'deny from fd00:99::/64'],
  },
  {
    name: 'application that is denied',
    commands: ['deny OpenSSH', `reject from ${NET}`],
  },
  {
    name: 'source network',
    commands: [],
    rest: { networks: [NET], flows: [...FLOWS, tcp('p2', 4444), tcp('stranger'), udp('stranger')] },
  },
  {
    name: 'limit of just this',
    commands: [`limit from ${P1} to any port 4567 proto tcp`, `deny from ${NET}`],
    rest: { flows: [tcp('p2'), tcp('p1', 4444), udp('p1')], open: [tcp('p1')] },
  },
  {
    name: 'before.rules',
    commands: [],
    script: `sed -i 's|^# End required lines|&\\n-A ufw-before-input -s ${NET} -p tcp --dport 4000:5000 -j DROP|' /etc/ufw/before.rules
ufw reload`,
    rest: { flows: [tcp('p1'), tcp('p1', 4444), tcp('p2')] },
    wanted: opened('iptables', { lasts: false, note: /ufw/ }),
  },
]

const ESTABLISHED = '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'

/** As Docker writes it, with three published ports of a container. */
const docker = (user: readonly string[]) => {
  const ports = ['tcp 4567', 'tcp 4444', 'udp 4567'].map((text) => text.split(' '))
  return [
    '*nat',
    ...['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => `:${name} ACCEPT [0:0]`),
    ':DOCKER - [0:0]',
    '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
    '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
    '-A DOCKER -i docker0 -j RETURN',
    ...ports.map(
      ([protocol, port]) =>
        `-A DOCKER ! -i docker0 -p ${protocol} -m ${protocol} --dport ${port} -j DNAT --to-destination 172.17.0.2:${port}`,
    ),
    'COMMIT',
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':DOCKER - [0:0]',
    ':DOCKER-USER - [0:0]',
    '-A FORWARD -j DOCKER-USER',
    `-A FORWARD -o docker0 ${ESTABLISHED}`,
    '-A FORWARD -o docker0 -j DOCKER',
    '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
    ...ports.map(
      ([protocol, port]) =>
        `-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p ${protocol} -m ${protocol} --dport ${port} -j ACCEPT`,
    ),
    ...user.map((rule) => `-A DOCKER-USER ${rule}`),
    'COMMIT',
    '',
  ].join('\n')
}

const DOCKER: readonly (readonly [string, Case['direction'], readonly string[]])[] = [
  ['DOCKER-USER drops', 'in', [`-s ${NET} -j DROP`, '-j RETURN']],
  [
    'DOCKER-USER rejects what comes in',
    'in',
    [`-o docker0 ${ESTABLISHED}`, '-i eth0 -j REJECT', '-j RETURN'],
  ],
  ['DOCKER-USER drops answers', 'reply-out', [`-i docker0 -d ${NET} -j DROP`, '-j RETURN']],
]

export const FRONT_CASES: readonly Case[] = [
  ...(['fwnft', 'fwipt'] as const).flatMap((host) =>
    FIREWALLD.filter(({ nftablesOnly }) => host === 'fwnft' || !nftablesOnly).map(
      ({ name, files = {}, family = 4, rest, wanted = opened('firewalld') }) =>
        caseOf(name, host, { by: 'firewalld', files }, wanted, { family, flows: ONE, ...rest }),
    ),
  ),
  ...UFW.map(({ name, commands, script = '', family = 4, rest, wanted = opened('ufw') }) =>
    caseOf(name, 'ufw', { by: 'ufw', commands: ['allow 22/tcp', ...commands], script }, wanted, {
      family,
      ...rest,
    }),
  ),
  ...DOCKER.map(([kind, direction, user]) =>
    caseOf(
      kind,
      'docker',
      { by: 'script', script: `iptables-restore <<'END'\n${docker(user)}END` },
      opened('iptables'),
      { direction, open: [tcp('p1', 4569), udp('p1', 4569)] },
    ),
  ),
]
