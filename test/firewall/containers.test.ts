import { describe, expect, it } from 'vitest'
import { type Dump, evaluateHost, loadDumps } from '../../src/firewall/host.ts'
import type { Packet } from '../../src/firewall/model.ts'

const SYN: Packet = {
  family: 4,
  protocol: 'tcp',
  source: '10.99.0.11',
  destination: '10.99.0.1',
  sourcePort: null,
  destinationPort: 3306,
  ctState: 'NEW',
  inInterface: 'eth0',
  outInterface: null,
  tcpFlags: ['SYN'],
}

const ANSWER: Packet = {
  ...SYN,
  source: '10.99.0.1',
  destination: '10.99.0.11',
  sourcePort: 3306,
  destinationPort: null,
  ctState: 'ESTABLISHED',
  inInterface: null,
  outInterface: 'eth0',
  tcpFlags: ['SYN', 'ACK'],
}

/** nat and filter tables: INPUT drops all, FORWARD what no rule takes. */
function host(
  nat: readonly string[],
  forward: readonly string[] = [],
  tool: Dump['tool'] = 'iptables',
): Dump {
  const users = [...nat, ...forward]
    .map((rule) => rule.split(' ')[1] ?? '')
    .filter((name) => !/^(PREROUTING|OUTPUT|FORWARD|INPUT)$/.test(name))
  const chains = (rules: readonly string[]) =>
    [...new Set(users)]
      .filter((name) => rules.some((rule) => rule.startsWith(`-A ${name} `)))
      .map((name) => `:${name} - [0:0]`)
  const text = [
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains(nat),
    ...nat,
    'COMMIT',
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains(forward),
    ...forward,
    'COMMIT',
    '',
  ].join('\n')
  return { tool, text }
}

function decide(dump: Dump, over: Partial<Packet> = {}) {
  const packet = { ...SYN, ...over }
  return evaluateHost(loadDumps([dump]), packet.sourcePort === 3306 ? 'OUTPUT' : 'INPUT', packet)
}

const ON = '-A PREROUTING -p tcp -m tcp --dport 3306'
const TO = '-j DNAT --to-destination 172.17.0.2:13306'

describe('a packet for a container', () => {
  it('goes to FORWARD with the address and port that it has then', () => {
    const nat = [`${ON} ${TO}`]
    expect(
      decide(host(nat, ['-A FORWARD -d 172.17.0.2/32 -p tcp -m tcp --dport 13306 -j ACCEPT'])),
    ).toMatchObject({
      fate: 'accept',
      decidedBy: { chain: 'FORWARD', position: 1 },
    })
    expect(decide(host(nat, ['-A FORWARD -p tcp -m tcp --dport 3306 -j ACCEPT']))).toMatchObject({
      fate: 'drop',
      decidedBy: { chain: 'FORWARD', position: null },
    })
    expect(decide(host(nat), { destinationPort: 4567 }).decidedBy?.chain).toBe('INPUT')
  })

  it('is one for the address that is published alone', () => {
    const nat = [`-A PREROUTING -d 10.99.0.1/32 -p tcp -m tcp --dport 3306 ${TO}`]
    const forward = ['-A FORWARD -d 172.17.0.2/32 -j ACCEPT']
    expect(decide(host(nat, forward)).fate).toBe('accept')
    expect(decide(host(nat, forward), { destination: '10.98.0.1' }).decidedBy?.chain).toBe('INPUT')
    expect(decide(host(nat, forward), { destination: null }).fate).toBe('unknown')
  })

  it('is known by what it was before: ctstate DNAT, ctorigdst, ctorigdstport', () => {
    const nat = [`${ON} ${TO}`]
    const forwarded = (match: string) =>
      decide(host(nat, [`-A FORWARD -m conntrack ${match} -j ACCEPT`])).fate
    expect(forwarded('--ctstate DNAT')).toBe('accept')
    expect(forwarded('--ctorigdst 10.99.0.1/32 --ctorigdstport 3306 --ctdir ORIGINAL')).toBe('accept')
    expect(forwarded('--ctorigdstport 13306')).toBe('drop')
    expect(forwarded('--ctorigdst 172.17.0.2/32')).toBe('drop')
    expect(forwarded('--ctdir REPLY')).toBe('drop')
    expect(decide(host(nat, ['-A FORWARD -m conntrack ! --ctstate DNAT -j ACCEPT'])).fate).toBe('drop')
  })

  it('leaves by the bridge that Docker names, and by no other', () => {
    const nat = [`${ON.replace('-p', '! -i docker0 -p')} ${TO}`]
    expect(decide(host(nat, ['-A FORWARD -o docker0 -j ACCEPT'])).fate).toBe('accept')
    expect(decide(host(nat, ['-A FORWARD -o br0 -j ACCEPT'])).fate).toBe('drop')
    expect(decide(host([`${ON} ${TO}`], ['-A FORWARD -o br0 -j ACCEPT'])).fate).toBe('unknown')
    expect(decide(host(nat, ['-A FORWARD -i docker0 -j DROP', '-A FORWARD -i eth0 -j ACCEPT'])).fate).toBe(
      'accept',
    )
  })

  it('in chains of CNI and netavark', () => {
    const nat = [
      '-A PREROUTING -m addrtype --dst-type LOCAL -j NETAVARK-HOSTPORT-DNAT',
      '-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 3306 -m comment --comment "dnat name: podman" -j NETAVARK-DN-1D8721804F16F',
      '-A NETAVARK-DN-1D8721804F16F -s 10.88.0.0/16 -p tcp -m tcp --dport 3306 -j NETAVARK-HOSTPORT-SETMARK',
      '-A NETAVARK-DN-1D8721804F16F -s 127.0.0.1/32 -p tcp -m tcp --dport 3306 -j NETAVARK-HOSTPORT-SETMARK',
      '-A NETAVARK-DN-1D8721804F16F -p tcp -m tcp --dport 3306 -j DNAT --to-destination 10.88.0.9:3306',
      '-A NETAVARK-HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000',
    ]
    const forward = [
      '-A FORWARD -m comment --comment "netavark firewall rules" -j NETAVARK_FORWARD',
      '-A NETAVARK_FORWARD -d 10.88.0.0/16 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ]
    expect(decide(host(nat, forward)).fate).toBe('drop')
    expect(decide(host(nat, forward), { ctState: 'ESTABLISHED', tcpFlags: ['ACK'] })).toMatchObject({
      fate: 'accept',
      decidedBy: { chain: 'NETAVARK_FORWARD' },
    })
  })

  it('over IPv6', () => {
    const nat = [`${ON} -j DNAT --to-destination [fd00:d::2]:13306`]
    const dump = host(nat, ['-A FORWARD -d fd00:d::2/128 -p tcp -m tcp --dport 13306 -j ACCEPT'], 'ip6tables')
    const six = { family: 6, source: 'fd99::11', destination: 'fd99::1' } as const
    expect(decide(dump, six)).toMatchObject({ fate: 'accept', decidedBy: { chain: 'FORWARD' } })
  })

  it('of several addresses, or by chance, is not judged', () => {
    expect(decide(host([`${ON} -j DNAT --to-destination 172.17.0.2-172.17.0.4`])).fate).toBe('unknown')
    const chance = '-m statistic --mode random --probability 0.5'
    const both = [`${ON} ${chance} ${TO}`, `${ON} -j DNAT --to-destination 172.17.0.3:13306`]
    expect(decide(host(both)).fate).toBe('unknown')
  })

  it('that is this host itself stays with INPUT', () => {
    const nat = [`${ON} -j DNAT --to-destination 10.99.0.1:13306`]
    expect(decide(host(nat)).decidedBy).toMatchObject({ chain: 'INPUT' })
    const open = {
      ...host(nat),
      text: host(nat).text.replace(':FORWARD', '-A INPUT -p tcp --dport 13306 -j ACCEPT\n:FORWARD'),
    }
    expect(decide(open).fate).toBe('accept')
  })
})

describe('the answers of a container', () => {
  const nat = [`${ON.replace('-p', '! -i docker0 -p')} ${TO}`]

  it('are forwarded from its own address and port', () => {
    const decided = (rule: string) => decide(host(nat, [rule]), ANSWER)
    expect(decided('-A FORWARD -s 172.17.0.2/32 -p tcp -m tcp --sport 13306 -j ACCEPT')).toMatchObject({
      fate: 'accept',
      decidedBy: { chain: 'FORWARD' },
    })
    expect(decided('-A FORWARD -p tcp -m tcp --sport 3306 -j ACCEPT').fate).toBe('drop')
    expect(decided('-A FORWARD -i docker0 -o eth0 -j ACCEPT').fate).toBe('accept')
    expect(
      decided('-A FORWARD -m conntrack --ctorigdst 10.99.0.1/32 --ctorigdstport 3306 --ctdir REPLY -j ACCEPT')
        .fate,
    ).toBe('accept')
    expect(decided('-A FORWARD -m conntrack --ctdir ORIGINAL -j ACCEPT').fate).toBe('drop')
  })

  it('of what is not published leave by OUTPUT', () => {
    expect(decide(host([`${ON.replace('3306', '4567')} ${TO}`]), ANSWER)).toMatchObject({
      fate: 'accept',
      decidedBy: { chain: 'OUTPUT' },
    })
  })
})
