import { describe, expect, it } from 'vitest'
import type { Dump } from '../../src/firewall/host.ts'
import type { BlockedFlow, NodeInput } from '../../src/fix/input.ts'
import { planFixes, planNode } from '../../src/fix/plan-fixes.ts'
import { fixScript } from '../../src/fix/script.ts'
import { filter, fixture, flow, galeraFlows, node, read } from './support.ts'

const REJECT = '-A INPUT -j REJECT --reject-with icmp-host-prohibited'
const ESTABLISHED = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
/** Neighbour discovery, without which IPv6 is mute. */
const ND = '-A INPUT -p ipv6-icmp -j ACCEPT'
const ACCEPT_4567 = '--protocol tcp --match tcp --dport 4567 --source 10.99.0.11 --jump ACCEPT'

function only(input: NodeInput) {
  const fixes = planFixes(input)
  expect(fixes).toHaveLength(1)
  const [fix] = fixes
  if (!fix) throw new Error('no fix')
  return fix
}

describe('the commands', () => {
  it('open the article before its fix, in its form and ready to paste top to bottom', () => {
    const flows = galeraFlows(['10.99.0.11']).map((each) => ({ ...each, measured: each.port !== 3306 }))
    const fix = only(node(fixture('article-before'), flows))
    expect(fix.commands).toEqual([
      // 3306 is open to everybody there, but only for NEW behind ESTABLISHED: nothing to do.
      'iptables -I INPUT 6 --protocol tcp --match tcp --dport 4567 --source 10.99.0.11 --jump ACCEPT',
      'iptables -I INPUT 7 --protocol tcp --match tcp --dport 4568 --source 10.99.0.11 --jump ACCEPT',
      'iptables -I INPUT 8 --protocol tcp --match tcp --dport 4444 --source 10.99.0.11 --jump ACCEPT',
      'iptables -I INPUT 9 --protocol udp --match udp --dport 4567 --source 10.99.0.11 --jump ACCEPT',
    ])
    expect(fix.undo).toEqual([
      'iptables -D INPUT --protocol udp --match udp --dport 4567 --source 10.99.0.11 --jump ACCEPT',
      'iptables -D INPUT --protocol tcp --match tcp --dport 4444 --source 10.99.0.11 --jump ACCEPT',
      'iptables -D INPUT --protocol tcp --match tcp --dport 4568 --source 10.99.0.11 --jump ACCEPT',
      'iptables -D INPUT --protocol tcp --match tcp --dport 4567 --source 10.99.0.11 --jump ACCEPT',
    ])
    expect(fix.persist).toEqual(['iptables-save > /etc/sysconfig/iptables'])
    expect(fix).toMatchObject({ node: 'n1', backend: 'iptables', proven: true })
    expect(fix.opens).toHaveLength(4)
    expect(fix.note).toBeUndefined()
  })

  it('are none for the article after its fix, and two for its PMM server', () => {
    const rules = fixture('article-after')
    const known = galeraFlows(['10.99.0.11']).map((each) => ({ ...each, measured: false }))
    expect(planFixes(node(rules, known))).toEqual([])
    const pmm = [42000, 42002].map((port) => flow({ port, peer: '192.168.1.7' }))
    const { commands, proven } = only(node(rules, pmm))
    expect(commands).toEqual([
      'iptables -I INPUT 10 --protocol tcp --match tcp --dport 42000 --source 192.168.1.7 --jump ACCEPT',
      'iptables -I INPUT 11 --protocol tcp --match tcp --dport 42002 --source 192.168.1.7 --jump ACCEPT',
    ])
    expect(proven).toBe(true)
  })

  it('come by service, then by peer address', () => {
    const rules = filter([ESTABLISHED, REJECT])
    const ports = [3306, 4567]
    const flows = ['10.99.0.12', '10.99.0.2'].flatMap((peer) => ports.map((port) => flow({ peer, port })))
    const { commands } = only(node(rules, flows))
    expect(
      commands.map((line) => line.replace(/.*INPUT (\d+).*dport (\d+) --source (\S+).*/, '$1 $2 $3')),
    ).toEqual(['2 3306 10.99.0.2', '3 3306 10.99.0.12', '4 4567 10.99.0.2', '5 4567 10.99.0.12'])
  })

  it('name one rule once when two flows need it', () => {
    const twice = [flow({ id: 'a' }), flow({ id: 'b' })]
    const fix = only(node(filter([REJECT]), twice))
    expect(fix.commands).toEqual([`iptables -I INPUT 1 ${ACCEPT_4567}`])
    expect(fix.opens).toEqual(['a', 'b'])
  })

  const placed: [string, string, string][] = [
    ['a DROP', filter([ESTABLISHED, '-A INPUT -p tcp -j DROP']), '-I INPUT 2'],
    ['a bare policy: append', filter([ESTABLISHED], { INPUT: 'DROP' }), '-A INPUT'],
    [
      'a jump into the chain that drops',
      filter([ESTABLISHED, '-A INPUT -p tcp -j SITE', '-A SITE -s 10.0.0.0/8 -j DROP']),
      '-I INPUT 2',
    ],
    [
      'a jump into a chain that jumps on',
      filter(['-A INPUT -j A', '-A A -p udp -j DROP', '-A A -j B', '-A B -j REJECT']),
      '-I INPUT 1',
    ],
    [
      'the REJECT, not the LOG before it',
      filter([ESTABLISHED, '-A INPUT -j LOG --log-prefix "in "', REJECT]),
      '-I INPUT 3',
    ],
    [
      'a RETURN that leads to the policy',
      filter([ESTABLISHED, '-A INPUT -s 10.99.0.0/24 -j RETURN', '-A INPUT -j ACCEPT'], { INPUT: 'DROP' }),
      '-I INPUT 2',
    ],
    [
      'a goto that comes back to the policy',
      filter(
        [
          '-A INPUT -p udp -j ACCEPT',
          '-A INPUT -p tcp -g SITE',
          '-A INPUT -j ACCEPT',
          '-A SITE -p udp -j DROP',
        ],
        {
          INPUT: 'DROP',
        },
      ),
      '-I INPUT 2',
    ],
    ['the goto into a chain that drops', filter(['-A INPUT -g SITE', '-A SITE -j DROP']), '-I INPUT 1'],
    [
      'the first rule that may drop, where limits make it unsure',
      filter([
        ESTABLISHED,
        '-A INPUT -p tcp -m limit --limit 5/min -j ACCEPT',
        '-A INPUT -m recent --name x --update -j DROP',
        REJECT,
      ]),
      '-I INPUT 3',
    ],
    [
      'what blocks later packets, where that comes first',
      filter(['-A INPUT -m conntrack --ctstate ESTABLISHED -j DROP', '-A INPUT -p icmp -j ACCEPT', REJECT]),
      '-I INPUT 1',
    ],
    [
      'the end of a chain that accepts only the first packet',
      filter(['-A INPUT -p tcp -m conntrack --ctstate NEW -j ACCEPT'], { INPUT: 'DROP' }),
      '-A INPUT',
    ],
  ]
  it.each(placed)('stand before %s', (_, rules, where) => {
    const fix = only(node(rules, [flow()]))
    expect(fix.commands).toEqual([`iptables ${where} ${ACCEPT_4567}`])
    expect(fix.undo).toEqual([`iptables -D INPUT ${ACCEPT_4567}`])
    expect(fix.proven).toBe(true)
  })

  it('move up within a chain when later packets turn out to be blocked before', () => {
    const raw = '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n'
    const rules = filter([
      '-A INPUT -m conntrack --ctstate ESTABLISHED -j DROP',
      '-A INPUT -p icmp -j ACCEPT',
      REJECT,
    ])
    const { commands, proven } = only(node(raw + rules, [flow()]))
    expect(commands).toEqual([
      'iptables -t raw -I PREROUTING 1 --protocol tcp --match tcp --dport 4567 --source 10.99.0.11 --destination 10.99.0.1 --jump ACCEPT',
      `iptables -I INPUT 1 ${ACCEPT_4567}`,
    ])
    expect(proven).toBe(true)
  })

  it('go into every table and back end that blocks', () => {
    const mangle =
      '*mangle\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j ACCEPT\n-A INPUT -s 10.99.0.0/24 -j DROP\nCOMMIT\n'
    const dumps: Dump[] = [
      { tool: 'iptables', text: mangle + filter([REJECT]) },
      { tool: 'iptables-legacy', text: filter(['-A INPUT -p tcp -j DROP']) },
      { tool: 'ip6tables', text: filter([], { INPUT: 'DROP' }) },
    ]
    const { commands, proven, persist } = only(node(dumps, [flow()]))
    expect(commands).toEqual([
      `iptables -t mangle -I INPUT 2 ${ACCEPT_4567}`,
      `iptables -I INPUT 1 ${ACCEPT_4567}`,
      `iptables-legacy -I INPUT 1 ${ACCEPT_4567}`,
    ])
    expect(proven).toBe(true)
    expect(persist).toContainEqual(expect.stringContaining('# iptables-legacy'))
  })

  it('remove a copy of the rule that stands behind the blocker, and undo puts it back', () => {
    const fix = only(node(fixture('rhel-shadowed'), [flow()]))
    expect(fix.commands).toEqual([`iptables -D INPUT ${ACCEPT_4567}`, `iptables -I INPUT 5 ${ACCEPT_4567}`])
    expect(fix.undo).toEqual([`iptables -D INPUT ${ACCEPT_4567}`, `iptables -I INPUT 6 ${ACCEPT_4567}`])
    expect(fix.proven).toBe(true)
  })

  it('use ip6tables for IPv6, with the address as the kernel prints it', () => {
    const six = flow({ family: 6, peer: 'FD99:0:0::0011', local: 'fd99::1' })
    const { commands, persist, proven } = only(
      node(filter([ND, REJECT.replace('icmp-host', 'icmp6-adm')]), [six], {}, 'ip6tables'),
    )
    expect(commands).toEqual([
      'ip6tables -I INPUT 2 --protocol tcp --match tcp --dport 4567 --source fd99::11 --jump ACCEPT',
    ])
    expect(persist).toEqual(['ip6tables-save > /etc/sysconfig/ip6tables'])
    expect(proven).toBe(true)
  })

  it('are not proven over IPv6 where neighbours cannot be found, and it is said', () => {
    const six = flow({ family: 6, peer: 'fd99::11', local: 'fd99::1' })
    const rules = filter(['-A INPUT -p tcp --dport 22 -j ACCEPT'], { INPUT: 'DROP' })
    const fix = only(node(rules, [six], {}, 'ip6tables'))
    expect(fix.proven).toBe(false)
    expect(fix.note).toContain('IPv6 neighbour discovery')
    const solicitations = filter([ND, '-A OUTPUT -p ipv6-icmp -j DROP'], { INPUT: 'DROP' })
    expect(only(node(solicitations, [six], {}, 'ip6tables')).note).toContain('IPv6 neighbour discovery')
  })

  it('let only answers in where datagrams of the service come back', () => {
    const answer = flow({ protocol: 'udp', direction: 'reply-in', peer: '10.99.0.11' })
    const fix = only(node(filter(['-A INPUT -p udp -j DROP']), [answer]))
    expect(fix.commands).toEqual([
      'iptables -I INPUT 1 --protocol udp --match udp --sport 4567 --match conntrack --ctstate ESTABLISHED --source 10.99.0.11 --jump ACCEPT',
    ])
    expect(fix.proven).toBe(true)
  })

  const directions: [BlockedFlow['direction'], string, string][] = [
    [
      'out',
      '-A OUTPUT -p tcp -j DROP',
      'OUTPUT 1 --protocol tcp --match tcp --dport 4567 --destination 10.99.0.11',
    ],
    [
      'reply-out',
      '-A OUTPUT -p tcp -j DROP',
      'OUTPUT 1 --protocol tcp --match tcp --sport 4567 ! --syn --destination 10.99.0.11',
    ],
    [
      'reply-in',
      '-A INPUT -p tcp -j DROP',
      'INPUT 1 --protocol tcp --match tcp --sport 4567 ! --syn --source 10.99.0.11',
    ],
  ]
  it.each(directions)('open the direction %s', (direction, rule, command) => {
    const { commands, proven } = only(node(filter([rule]), [flow({ direction })]))
    expect(commands).toEqual([`iptables -I ${command} --jump ACCEPT`])
    expect(proven).toBe(true)
  })

  it('do not let a host name or an option pass for an address', () => {
    for (const peer of [
      'db1',
      '10.99.0.11 -j DROP',
      '10.99.0.11;id',
      '10.99.0.0/24',
      'fd99::11',
      'fe80::1%eth0',
      '',
    ]) {
      expect(() => planFixes(node(filter([REJECT]), [flow({ peer })])), peer).toThrow(RangeError)
    }
    for (const port of [0, 65536, 1.5, Number.NaN]) {
      expect(() => planFixes(node(filter([REJECT]), [flow({ port })]))).toThrow(RangeError)
    }
  })
})

describe('the back ends', () => {
  const nft = (name: string): Dump[] => [
    { tool: 'nft', text: read(`nft/${name}.json`) },
    { tool: 'nft-text', text: read(`nft/${name}.nft`) },
  ]
  const from = (peer: string, local = '10.99.0.11') => flow({ peer, local })

  it('of native nft: before the rule that blocks, by its handle', () => {
    const hints = { nftConf: '/etc/nftables.conf', nftTables: ['inet filter'] }
    const fix = only(node(nft('workstation'), [from('10.99.0.12')], hints))
    const rule =
      'ip saddr 10.99.0.12 tcp dport 4567 counter accept comment "pxc-netcheck tcp 4567 from 10.99.0.12"'
    expect(fix.backend).toBe('nft')
    expect(fix.commands).toEqual([`nft 'insert rule inet filter input handle 12 ${rule}'`])
    expect(fix.persist).toContain(
      `echo 'insert rule inet filter input index 5 ${rule}' >> /etc/nftables.conf.new &&`,
    )
    expect(fix.undo).toEqual([
      expect.stringMatching(/^nft delete rule inet filter input handle "\$\(nft -a list/),
      String.raw`# if it was made to last: sed -i '/ comment "pxc-netcheck tcp 4567 from 10\.99\.0\.12"$/d' /etc/nftables.conf`,
    ])
    expect(fix.proven).toBe(true)
  })

  it('of devices below the interface that has the address', () => {
    const place = { family: 'netdev', table: 't' }
    const dport = { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 4567 } }
    const objects = [
      { table: { family: 'netdev', name: 't', handle: 1 } },
      {
        chain: { ...place, name: 'c', handle: 2, dev: 'ens1', type: 'filter', hook: 'ingress', prio: 0 },
      },
      { rule: { ...place, chain: 'c', handle: 3, expr: [dport, { drop: null }] } },
    ]
    const dumps: Dump[] = [{ tool: 'nft', text: JSON.stringify({ nftables: objects }) }]
    for (const name of ['ens1', 'bond0', null]) {
      const fix = only(node(dumps, [flow({ interface: name })]))
      expect(fix).toMatchObject({ backend: 'nft', proven: true })
    }
  })

  it('of firewalld: a rich rule in the zone that governs the packet, for now and for good', () => {
    const rich = `'rule family="ipv4" source address="10.99.0.12" port port="4567" protocol="tcp" accept'`
    const fix = only(node(nft('firewalld-default'), [from('10.99.0.12')], { firewalldActive: true }))
    expect(fix).toMatchObject({
      backend: 'firewalld',
      commands: [`firewall-cmd --zone=public --add-rich-rule=${rich}`],
      persist: [`firewall-cmd --permanent --zone=public --add-rich-rule=${rich}`],
      proven: true,
    })
    expect(fix.note).toBeUndefined()
  })

  it('of ufw: beside its own rule for just this, which has a place and perhaps a comment', () => {
    const rules = ['-A INPUT -j ufw-user-input', '-A ufw-user-input -s 10.99.0.0/24 -j DROP']
    const late = '-A ufw-user-input -s 10.99.0.11/32 -p tcp -m tcp --dport 4567 -j ACCEPT'
    const here = 'from 10.99.0.11 to 10.99.0.1 port 4567 proto tcp'
    const dump = filter([...rules, late, '-A ufw-user-input -p tcp -m tcp --dport 9 -j ACCEPT'])
    expect(only(node(dump, [flow()], { ufwActive: true }))).toMatchObject({
      backend: 'ufw',
      commands: [`ufw prepend allow ${here}`],
      undo: [`ufw delete allow ${here}`],
      proven: true,
    })
    expect(only(node(dump, [flow({ local: null })], { ufwActive: true })).backend).not.toBe('ufw')
  })

  it('of firewalld: the zone that a network is bound to', () => {
    const fix = only(node(nft('firewalld-rich'), [from('10.99.0.250')], { firewalldActive: true }))
    expect(fix.commands).toEqual([expect.stringContaining('--zone=drop')])
  })

  it('of ufw: before the rules that are there', () => {
    const dumps: Dump[] = [
      { tool: 'iptables', text: read('ufw-full.rules') },
      { tool: 'nft', text: read('nft/ufw-nft.json') },
    ]
    expect(only(node(dumps, [from('10.99.0.12')], { ufwActive: true }))).toMatchObject({
      backend: 'ufw',
      commands: ['ufw prepend allow from 10.99.0.12 to any port 4567 proto tcp'],
      proven: true,
    })
  })

  it('are all told where several block', () => {
    const dumps = [...nft('workstation'), { tool: 'iptables', text: filter([REJECT]) } as const]
    const fixes = planFixes(node(dumps, [from('10.99.0.12')]))
    expect(fixes.map(({ backend, proven }) => [backend, proven])).toEqual([
      ['iptables', true],
      ['nft', true],
    ])
    for (const { note } of fixes) expect(note).toContain('the commands of all of them are needed')
  })

  it('of Docker: in the chain that it leaves to others, by the port before DNAT', () => {
    const docker = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 4567 -j DNAT --to-destination 172.17.0.2:14567
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 14567 -j ACCEPT
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A DOCKER-USER -s 10.99.0.12/32 -j DROP
-A DOCKER-USER -j RETURN
COMMIT
`
    const fix = only(node(docker, [from('10.99.0.12')]))
    expect(fix.commands).toEqual([
      'iptables -I DOCKER-USER 1 --protocol tcp --match conntrack --ctorigdst 10.99.0.11 --ctorigdstport 4567 --ctdir ORIGINAL --source 10.99.0.12 --jump ACCEPT',
    ])
    expect(fix.proven).toBe(true)
  })

  it('never write into the table of a front end', () => {
    const json = read('nft/workstation.json')
      .replaceAll('"filter"', '"f2b-table"')
      .replaceAll('"type": "f2b-table"', '"type": "filter"')
    const fix = only(node([{ tool: 'nft', text: json }], [from('10.99.0.12')]))
    expect(fix).toMatchObject({ backend: 'none', commands: [], proven: false })
    expect(fix.note).toContain('fail2ban')
  })
})

describe('a source network', () => {
  const networks = [{ family: 4, network: 0x0a63_0000n, mask: 0xffff_ff00n }] as const
  const rules = filter([ESTABLISHED, REJECT])

  it('is opened once for all peers in it, and a peer outside of it on its own', () => {
    const flows = ['10.99.0.12', '10.99.0.13', '10.98.0.5'].map((peer) => flow({ peer }))
    const fix = only({ ...node(rules, flows), networks })
    expect(fix.commands).toEqual([
      'iptables -I INPUT 2 --protocol tcp --match tcp --dport 4567 --source 10.98.0.5 --jump ACCEPT',
      'iptables -I INPUT 3 --protocol tcp --match tcp --dport 4567 --source 10.99.0.0/24 --jump ACCEPT',
    ])
    expect(fix.opens).toHaveLength(3)
    expect(fix.proven).toBe(true)
  })

  it('is what the guarded script looks for as well', () => {
    const plan = planNode({ ...node(rules, [flow()]), networks })
    expect(fixScript(plan)).toContain("'-s 10.99.0.0/24 -p tcp -m tcp --dport 4567 -j ACCEPT'")
  })
})

describe('what the fix says of itself', () => {
  it('is not proven, and goes first, where the rules could not be read', () => {
    const fix = only(node(null, [flow(), flow({ port: 4568 }), flow({ direction: 'out' })]))
    expect(fix.commands).toEqual([
      `iptables -I INPUT 1 ${ACCEPT_4567}`,
      `iptables -I INPUT 2 ${ACCEPT_4567.replace('4567', '4568')}`,
      'iptables -I OUTPUT 1 --protocol tcp --match tcp --dport 4567 --destination 10.99.0.11 --jump ACCEPT',
    ])
    expect(fix.proven).toBe(false)
    expect(fix.note).toContain('--become')
  })

  it('names the line of a dump that cannot be understood', () => {
    const fix = only(node('*filter\n:INPUT DROP [0:0]\n', [flow()]))
    expect(fix.proven).toBe(false)
    expect(fix.note).toContain('line 2: table filter has no COMMIT')
  })

  it('offers no command where the iptables rules accept what was measured to be dropped here', () => {
    const fix = only(node(filter([ESTABLISHED]), [flow()]))
    expect(fix).toMatchObject({
      backend: 'none',
      commands: [],
      undo: [],
      persist: [],
      proven: false,
      opens: [],
    })
    expect(fix.note).toContain('nft')
    expect(only(node(filter([]), [flow()], { firewalldActive: true })).note).toContain('firewall-cmd')
  })

  it('offers no command where nat may send the packet elsewhere', () => {
    const nat =
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 4567 -j DNAT --to-destination 172.17.0.2-172.17.0.9\nCOMMIT\n'
    const fix = only(node(nat + filter([]), [flow()]))
    expect(fix).toMatchObject({ backend: 'none', commands: [], proven: false })
    expect(fix.note).toContain('DNAT')
  })

  it('is not misled by the nat rules of Docker, and warns of saving them', () => {
    const fix = only(
      node(fixture('docker'), [flow()], { sysconfigIptables: false, netfilterPersistent: true }),
    )
    expect(fix.commands).toEqual([`iptables -I INPUT 3 ${ACCEPT_4567}`])
    expect(fix.proven).toBe(true)
    expect(fix.persist).toEqual([expect.stringMatching(/^# .*Docker/), 'netfilter-persistent save'])
  })

  it('tells ufw, which keeps the rule', () => {
    const fix = only(
      node(fixture('ufw'), [flow()], { ufwActive: true, osId: 'ubuntu', sysconfigIptables: false }),
    )
    expect(fix.backend).toBe('ufw')
    expect(fix.commands).toEqual(['ufw prepend allow from 10.99.0.11 to any port 4567 proto tcp'])
    expect(fix.undo).toEqual(['ufw delete allow from 10.99.0.11 to any port 4567 proto tcp'])
    expect(fix.note).toBeUndefined()
    expect(fix.persist).toEqual([expect.stringMatching(/^# .*ufw/)])
    expect(fix.proven).toBe(true)
  })

  it.each([
    'ufw-before-input',
    'DOCKER-ISOLATION-STAGE-1',
    'KUBE-FIREWALL',
    'cali-INPUT',
    'f2b-mysql',
    'LIBVIRT_INP',
    'IN_public',
    'fwknop',
  ])('names the owner of chain %s, and places the rule in the base chain', (chain) => {
    const fix = only(node(filter([`-A INPUT -j ${chain}`, `-A ${chain} -j DROP`]), [flow()]))
    expect(fix.commands).toEqual([`iptables -I INPUT 1 ${ACCEPT_4567}`])
    expect(fix.note).toContain(`owns the chain ${chain}`)
  })

  it('is never proven where native nft tables decide too', () => {
    for (const hints of [{ firewalldActive: true }, { nativeNft: true }]) {
      expect(only(node(filter([REJECT]), [flow()], hints)).proven).toBe(false)
    }
    const table = "# Table `filter' contains incompatible base-chains, use 'nft' tool to list them.\n"
    expect(only(node(table + filter([REJECT]), [flow()])).proven).toBe(false)
  })

  it('is not proven where a rule in PREROUTING would open forwarded packets as well', () => {
    const raw = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j DROP\nCOMMIT\n'
    expect(only(node(raw + filter([]), [flow({ local: null })])).proven).toBe(false)
    expect(only(node(raw + filter([]), [flow()])).proven).toBe(true)
  })

  it('shows no control characters of the host', () => {
    const rules =
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m comment --comment "\u001b[2J\u202e" -j DNAT\nCOMMIT\n'
    expect(only(node(rules + filter([]), [flow()])).note).toMatch(/^[\x20-\x7e]+$/)
  })

  const stores: [string, Parameters<typeof node>[2], string[]][] = [
    [
      'Debian with iptables-persistent',
      { osId: 'debian', netfilterPersistent: true },
      ['netfilter-persistent save'],
    ],
    ['rules.v4 alone', { osId: 'debian', rulesV4: true }, ['iptables-save > /etc/iptables/rules.v4']],
    ['Debian with neither', { osId: 'debian' }, [expect.stringMatching(/^# .*iptables-persistent/)]],
    ['RHEL without iptables-services', { osId: 'rocky' }, [expect.stringMatching(/^# .*iptables-services/)]],
    ['SUSE', { osId: 'sles' }, [expect.stringMatching(/^# .*SUSE/)]],
    ['who knows what', { osId: null }, [expect.stringMatching(/^# .*not known/)]],
  ]
  it.each(stores)('tells how rules last on %s', (_, hints, persist) => {
    expect(only(node(filter([REJECT]), [flow()], { sysconfigIptables: false, ...hints })).persist).toEqual(
      persist,
    )
  })
})
