import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Family } from '../../src/firewall/address.ts'
import type { Hook } from '../../src/firewall/evaluate.ts'
import { evaluateHost, type HostDecision, type LoadedDump, loadDumps } from '../../src/firewall/host.ts'
import { dumpOfListing } from '../../src/firewall/listing.ts'
import type { Packet } from '../../src/firewall/model.ts'
import { randomRuleset } from './lab/generate.ts'
import { far, LOCAL, port } from './lab/hosts.ts'
import { Lab, whyNoLab } from './lab/lab.ts'
import { Random } from './lab/random.ts'

const SEED = Number(process.env.NETCHECK_SEED ?? 20180720)
const RULESETS = Number(process.env.NETCHECK_RULESETS ?? 60)
const PACKETS = 60
const LISTINGS = ['-L -n -v', '-L -n -v --line-numbers', '-L -v', '-v -L -x']
const FIXTURES = ['article-before', 'article-after', 'docker', 'rhel-shadowed', 'ufw']

function randomPacket(random: Random, family: Family, hook: Hook): Packet {
  const [near, away] = [LOCAL[family], far(random, family)]
  const protocol = random.pick(['tcp', 'tcp', 'tcp', 'udp', 'icmp'] as const)
  const ctState = random.pick(['NEW', 'NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const)
  const flags = [['SYN'], ['SYN', 'ACK'], ['ACK'], ['RST'], ['FIN', 'ACK'], ['PSH', 'ACK']] as const
  return {
    family,
    protocol,
    source: hook === 'INPUT' ? away : near,
    destination: hook === 'INPUT' ? near : away,
    sourcePort: protocol === 'icmp' ? null : random.pick([port(random), 1 + random.below(65_535)]),
    destinationPort: protocol === 'icmp' ? null : random.pick([port(random), 1 + random.below(65_535)]),
    ctState,
    inInterface: hook === 'INPUT' ? random.pick(['vb', 'eth0']) : null,
    outInterface: hook === 'OUTPUT' ? random.pick(['vb', 'eth0']) : null,
    tcpFlags: protocol === 'tcp' ? random.pick(flags) : [],
    ...(protocol === 'icmp' ? { icmp: { type: family === 4 ? random.pick([8, 13]) : 128, code: 0 } } : {}),
  }
}

function told({ fate, rejectWith, decidedBy }: HostDecision) {
  return { fate, rejectWith, chain: decidedBy?.chain, position: decidedBy?.position }
}

const why = whyNoLab()

describe.skipIf(why !== null)('a listing and iptables-save of the same rules', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start()
  })
  afterAll(async () => lab?.stop())

  async function pictures(tool: string, listing: string) {
    const saved = await lab.sh(`${tool}-save -t filter`)
    const listed = await lab.sh(`${tool} ${listing}`)
    expect([saved.code, listed.code], saved.stderr + listed.stderr).toEqual([0, 0])
    const load = (text: string) =>
      loadDumps([{ tool: tool.startsWith('ip6') ? 'ip6tables' : 'iptables', text }])
    return {
      saved: load(saved.stdout),
      listed: load(dumpOfListing(listed.stdout)),
      context: `seed ${SEED}, ${tool} ${listing}\n${saved.stdout}\n${listed.stdout}\n${dumpOfListing(listed.stdout)}`,
    }
  }

  /** True when the dump itself leaves the packet open, or the listing may: it has names for types of ICMP. */
  function compare(
    saved: readonly LoadedDump[],
    listed: readonly LoadedDump[],
    hook: Hook,
    packet: Packet,
    context: string,
  ): boolean {
    const [truth, read] = [evaluateHost(saved, hook, packet), evaluateHost(listed, hook, packet)]
    const where = `${hook} ${JSON.stringify(packet)}\n${context}`
    if (truth.doubts.length > 0 || packet.protocol === 'icmp') {
      expect(['unknown', truth.fate], where).toContain(read.fate)
      return true
    }
    expect(told(read), where).toEqual(told(truth))
    return false
  }

  it(`decide alike, by the same rule (seed ${SEED})`, async () => {
    console.info(`NETCHECK_SEED=${SEED}`)
    const random = new Random(SEED)
    const fates = new Map<string, number>()
    let open = 0
    for (let i = 0; i < RULESETS; i++) {
      const family: Family = random.chance(0.7) ? 4 : 6
      const hook: Hook = random.chance(0.7) ? 'INPUT' : 'OUTPUT'
      const tool = `${family === 4 ? 'iptables' : 'ip6tables'}-${random.pick(['nft', 'legacy'])}`
      const { ok, output } = await lab.load(tool, randomRuleset(random, family, hook))
      expect(ok, output).toBe(true)
      const { saved, listed, context } = await pictures(tool, random.pick(LISTINGS))
      for (let n = 0; n < PACKETS; n++) {
        const packet = randomPacket(random, family, hook)
        if (compare(saved, listed, hook, packet, context)) open++
        const { fate } = evaluateHost(listed, hook, packet)
        fates.set(fate, (fates.get(fate) ?? 0) + 1)
      }
    }
    console.info(
      `${RULESETS * PACKETS} packets: ${JSON.stringify(Object.fromEntries(fates))}, ${open} left open by the dump`,
    )
    expect([...fates.keys()]).toEqual(expect.arrayContaining(['accept', 'drop', 'reject']))
    expect(open).toBeLessThan((RULESETS * PACKETS) / 2)
  })

  it.each(FIXTURES.flatMap((name) => LISTINGS.map((listing) => [name, listing] as const)))(
    'decide alike: %s, iptables %s',
    async (name, listing) => {
      const text = readFileSync(new URL(`../../fixtures/rulesets/${name}.rules`, import.meta.url), 'utf8')
      const { ok, output } = await lab.load('iptables-nft', text)
      expect(ok, output).toBe(true)
      const { saved, listed, context } = await pictures('iptables-nft', listing)
      const random = new Random(SEED)
      for (let n = 0; n < PACKETS; n++) {
        for (const hook of ['INPUT', 'OUTPUT'] as const) {
          compare(saved, listed, hook, randomPacket(random, 4, hook), context)
        }
      }
    },
  )

  it(`never decide against one another, whatever a comment says (seed ${SEED})`, async () => {
    const random = new Random(SEED)
    const bits = [
      '*/',
      '/*',
      ' ',
      'tcp dpt:22',
      'state NEW',
      'reject-with tcp-reset',
      '[goto]',
      '\\"',
      '-j DROP',
      'x',
    ]
    const text = () => Array.from({ length: 1 + random.below(5) }, () => random.pick(bits)).join(' ')
    let open = 0
    for (let i = 0; i < 40; i++) {
      const rules = Array.from({ length: 8 }, () => {
        const comment = `-m comment --comment "${text()}"`
        const match = random.pick([`-m tcp --dport ${port(random)}`, `-m state --state ESTABLISHED`])
        const [before, after] = random.chance(0.5) ? [comment, match] : [match, comment]
        const log = `-A INPUT -p tcp ${comment} -j LOG --log-prefix "${text().slice(0, 24).replace(/\\+$/, '')}"`
        return random.chance(0.2)
          ? log
          : `-A INPUT -p tcp ${before} ${after} -j ${random.pick(['ACCEPT', 'DROP', 'REJECT', 'RETURN'])}`
      })
      const dump = [
        '*filter',
        ':INPUT DROP [0:0]',
        ':FORWARD ACCEPT [0:0]',
        ':OUTPUT ACCEPT [0:0]',
        ...rules,
        'COMMIT',
        '',
      ]
      const { ok, output } = await lab.load('iptables-nft', dump.join('\n'))
      expect(ok, `${output}\n${dump.join('\n')}`).toBe(true)
      const { saved, listed, context } = await pictures('iptables-nft', random.pick(LISTINGS))
      for (let n = 0; n < PACKETS; n++) {
        const packet = randomPacket(random, 4, 'INPUT')
        const [truth, read] = [evaluateHost(saved, 'INPUT', packet), evaluateHost(listed, 'INPUT', packet)]
        if (read.fate === 'unknown') open++
        else expect(read.fate, `${JSON.stringify(packet)}\n${context}`).toBe(truth.fate)
      }
    }
    expect(open).toBeGreaterThan(0)
    expect(open).toBeLessThan((40 * PACKETS) / 2)
  })

  it('decide alike with every match that iptables prints in a way of its own', async () => {
    const { ok, output } = await lab.load('iptables-nft', EVERY_MATCH)
    expect(ok, output).toBe(true)
    for (const listing of LISTINGS) {
      const { saved, listed, context } = await pictures('iptables-nft', listing)
      const rules = (dumps: readonly LoadedDump[]) =>
        [...(dumps[0]?.ruleset.tables.get('filter')?.chains.values() ?? [])].map(({ name, rules }) => [
          name,
          rules.map(({ matches, target }) => ({
            target: target?.kind === 'continue' || target?.kind === 'reject' ? target.kind : target,
            understood: matches.filter(({ kind }) => kind !== 'unknown'),
            // What a listing prints of a rule that lets every packet go on is no matter.
            open: target?.kind !== 'continue' && matches.some(({ kind }) => kind === 'unknown'),
          })),
        ])
      expect(rules(listed), context).toEqual(rules(saved))
    }
  })
})

const EVERY_MATCH = `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:USR - [0:0]
:tcp - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT ! -i eth+ -j USR
-A INPUT
-A INPUT -p tcp
-A INPUT -j tcp
-A INPUT -g USR
-A INPUT ! -p tcp -j DROP
-A INPUT -p 47 -j DROP
-A INPUT -f -j DROP
-A INPUT ! -f -s 10.0.0.1 -j DROP
-A INPUT ! -s 10.0.0.1 ! -d 10.0.0.0/255.0.255.0 -j DROP
-A INPUT -m conntrack ! --ctstate INVALID,UNTRACKED,DNAT -j USR
-A INPUT -m state --state NEW -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m tcp ! --dport 4567:4568 --sport 1024: -j ACCEPT
-A INPUT -p udp -m udp ! --sport 53 -j ACCEPT
-A INPUT -p tcp -m multiport --dports 3306,4444,4567:4568 -j ACCEPT
-A INPUT -p udp -m multiport ! --sports 53,4567 -j ACCEPT
-A INPUT -p tcp -m multiport --ports 3306 -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
-A INPUT -p tcp -m tcp --tcp-flags ALL NONE -j REJECT --reject-with tcp-reset
-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.0.0.1-10.0.0.7 -j DROP
-A INPUT -m addrtype ! --src-type BROADCAST --dst-type LOCAL -j DROP
-A INPUT -m addrtype --dst-type LOCAL --limit-iface-in -j DROP
-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type 13/1 -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type any -j ACCEPT
-A INPUT -p icmp -m icmp ! --icmp-type 8/0 -j ACCEPT
-A INPUT -m pkttype ! --pkt-type unicast -j DROP
-A INPUT -m limit --limit 5/min --limit-burst 7 -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -m mark --mark 0x1/0xff -p tcp -m tcp --dport 3306 -j ACCEPT
-A INPUT -m mac --mac-source 00:11:22:33:44:55 -j ACCEPT
-A INPUT -m length --length 0:9 -j ACCEPT
-A INPUT -p tcp -m comment --comment "tcp dpt:22" -m tcp --dport 4567 -j ACCEPT
-A INPUT -m limit --limit 5/min -j LOG --log-prefix "tcp dpt:22 */ "
-A INPUT -j NFLOG --nflog-prefix "state NEW"
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A USR -j RETURN
COMMIT
`
