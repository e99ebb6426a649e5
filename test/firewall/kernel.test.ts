import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Family } from '../../src/firewall/address.ts'
import { evaluate, type Hook } from '../../src/firewall/evaluate.ts'
import { parseIptablesSave, printIptablesSave } from '../../src/firewall/iptables-save.ts'
import type { Decision, Fate, Packet, Ruleset } from '../../src/firewall/model.ts'
import { far, LOCAL, port, randomRuleset } from './lab/generate.ts'
import { Lab, type OpenFlow, type Shot, whyNoLab } from './lab/lab.ts'
import { Random } from './lab/random.ts'

const SEED = Number(process.env.NETCHECK_SEED ?? 20180718)
const RULESETS = Number(process.env.NETCHECK_RULESETS ?? 80)
const PACKETS = 18

interface Verdict {
  readonly fate: Fate
  readonly rejectWith: string | null
  readonly rule: string
}

const ICMP_ERRORS: Record<string, string> = {
  '4/3/0': 'icmp-net-unreachable',
  '4/3/3': 'icmp-port-unreachable',
  '4/3/10': 'icmp-host-prohibited',
  '4/3/13': 'icmp-admin-prohibited',
  '6/1/1': 'icmp6-adm-prohibited',
  '6/1/3': 'icmp6-addr-unreachable',
  '6/1/4': 'icmp6-port-unreachable',
}

/** The one rejecting answer in what the host sent: an ICMP error or a RST. */
function rejectSeen(frames: readonly string[]): string | null {
  for (const frame of frames.map((hex) => Buffer.from(hex, 'hex'))) {
    const family = frame.readUInt16BE(0) === 0x0800 ? 4 : 6
    const at = 2 + (family === 4 ? 20 : 40)
    const protocol = frame[2 + (family === 4 ? 9 : 6)]
    if (protocol === 6 && ((frame[at + 13] ?? 0) & 4) !== 0) return 'tcp-reset'
    if (protocol === (family === 4 ? 1 : 58)) {
      const error = ICMP_ERRORS[`${family}/${frame[at]}/${frame[at + 1]}`]
      if (error) return error
    }
  }
  return null
}

/** Which rules counted the packet, as `table chain position`. */
function counted({ before, after }: Shot): Set<string> {
  const read = (lines: readonly string[]) => {
    const counts = new Map<string, string>()
    const positions = new Map<string, number>()
    let table = ''
    for (const line of lines) {
      if (line.startsWith('*')) table = line.slice(1)
      const found = /^\[(\d+):\d+\] -A (\S+)/.exec(line)
      if (!found) continue
      const chain = `${table} ${found[2]}`
      positions.set(chain, (positions.get(chain) ?? 0) + 1)
      counts.set(`${chain} ${positions.get(chain)}`, found[1] ?? '')
    }
    return counts
  }
  const old = read(before)
  return new Set([...read(after)].filter(([key, count]) => old.get(key) !== count).map(([key]) => key))
}

const TERMINAL = new Set(['accept', 'drop', 'reject'])

/** The deciding rule of a table by its counters: the only counted rule that ends the packet's way, else the policy. */
function decider(ruleset: Ruleset, table: string, base: string, hits: ReadonlySet<string>): string {
  const all = [...(ruleset.tables.get(table)?.chains.values() ?? [])]
  const chains = all.filter((chain) => chain.name === base || chain.policy === null)
  const ends = chains.flatMap((chain) =>
    chain.rules
      .filter(
        (rule) =>
          TERMINAL.has(rule.target?.kind ?? '') && hits.has(`${table} ${chain.name} ${rule.position}`),
      )
      .map((rule) => `${table} ${chain.name} ${rule.position}`),
  )
  expect(ends.slice(1), `one packet, but ${ends} counted`).toEqual([])
  return ends[0] ?? `${table} ${base} policy`
}

function kernelVerdict(ruleset: Ruleset, hook: Hook, shot: Shot, decision: Decision): Verdict {
  const table = decision.decidedBy?.table ?? 'filter'
  const base = decision.path[0]?.chain ?? hook
  const rule = decider(ruleset, table, base, counted(shot))
  if (shot.passed) return { fate: 'accept', rejectWith: null, rule }
  if (hook === 'INPUT') {
    const rejectWith = rejectSeen(shot.frames)
    return { fate: rejectWith ? 'reject' : 'drop', rejectWith, rule }
  }
  // A locally generated packet that is rejected leaves no frame on the wire: its rule's target tells.
  const [, chain = '', position] = rule.split(' ')
  const target = ruleset.tables.get(table)?.chains.get(chain)?.rules[Number(position) - 1]?.target
  if (target?.kind === 'reject') return { fate: 'reject', rejectWith: target.with, rule }
  return { fate: 'drop', rejectWith: null, rule }
}

function ourVerdict({ fate, rejectWith, decidedBy }: Decision): Verdict {
  const rule = decidedBy
    ? `${decidedBy.table} ${decidedBy.chain} ${decidedBy.position ?? 'policy'}`
    : 'nothing'
  return { fate, rejectWith: rejectWith ?? null, rule }
}

interface Bullet {
  readonly packet: Packet
  /** TCP numbers of an established flow. */
  readonly numbers: { readonly seq?: number; readonly ack?: number }
}

class Magazine {
  private readonly random: Random
  private readonly used = new Set<number>()

  constructor(random: Random) {
    this.random = random
  }

  /** A packet as it crosses the given hook: from outside for INPUT, from the host for OUTPUT. */
  next(family: Family, hook: Hook, flows: readonly OpenFlow[]): Bullet {
    const random = this.random
    const own = LOCAL[family]
    const other = far(random, family)
    const common = {
      family,
      source: hook === 'INPUT' ? other : own,
      destination: hook === 'INPUT' ? own : other,
      inInterface: hook === 'INPUT' ? 'vb' : null,
      outInterface: hook === 'OUTPUT' ? 'vb' : null,
      tcpFlags: [],
    }
    const kind = random.pick([
      'new',
      'new',
      'new',
      'new',
      'udp',
      'established',
      'established',
      'invalid',
      'icmp',
    ] as const)
    switch (kind) {
      case 'established': {
        const flow = random.pick(flows)
        const reply = hook === 'OUTPUT'
        const packet: Packet = {
          ...common,
          protocol: flow.protocol,
          source: reply ? flow.destination : flow.source,
          destination: reply ? flow.source : flow.destination,
          sourcePort: reply ? flow.destinationPort : flow.sourcePort,
          destinationPort: reply ? flow.sourcePort : flow.destinationPort,
          tcpFlags: flow.protocol === 'tcp' ? ['ACK'] : [],
          ctState: 'ESTABLISHED',
        }
        const { seq = 0, ack = 0 } = flow
        return { packet, numbers: reply ? { seq: ack, ack: seq } : { seq, ack } }
      }
      case 'icmp': {
        const icmp = { type: family === 4 ? 8 : 128, code: 0 }
        const packet: Packet = {
          ...common,
          protocol: 'icmp',
          sourcePort: null,
          destinationPort: null,
          ctState: 'NEW',
          icmp,
        }
        return { packet, numbers: { seq: this.freshPort() } }
      }
      default: {
        const protocol = kind === 'udp' ? 'udp' : 'tcp'
        const tcpFlags =
          kind === 'invalid' ? (['SYN', 'ACK'] as const) : kind === 'new' ? (['SYN'] as const) : []
        const ports = { sourcePort: this.freshPort(), destinationPort: port(random) }
        const ctState = kind === 'invalid' ? 'INVALID' : 'NEW'
        return { packet: { ...common, ...ports, protocol, tcpFlags, ctState }, numbers: {} }
      }
    }
  }

  /** A tuple used twice would be known to conntrack. */
  private freshPort(): number {
    let candidate: number
    do candidate = 1 + this.random.below(60_000)
    while (this.used.has(candidate) || (candidate > 19_999 && candidate < 30_000))
    this.used.add(candidate)
    return candidate
  }
}

const why = whyNoLab()

describe.skipIf(why !== null)('the evaluator and the kernel', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start()
  })
  afterAll(async () => lab?.stop())

  it(`agree on fate, reject type and deciding rule (seed ${SEED})`, async () => {
    console.info(`NETCHECK_SEED=${SEED}`)
    const random = new Random(SEED)
    const magazine = new Magazine(random)
    const fates = new Map<string, number>()
    let doubtful = 0
    for (let i = 0; i < RULESETS; i++) {
      const family: Family = random.chance(0.7) ? 4 : 6
      const hook: Hook = random.chance(0.65) ? 'INPUT' : 'OUTPUT'
      const tool = `${family === 4 ? 'iptables' : 'ip6tables'}-${random.pick(['nft', 'legacy'])}`
      const text = randomRuleset(random, family, hook)
      const establish = [
        { family, protocol: 'tcp' as const, source: far(random, family), port: 4567 },
        { family, protocol: 'tcp' as const, source: far(random, family), port: 3306 },
        { family, protocol: 'udp' as const, source: far(random, family), port: 4567 },
      ]
      const { ok, output, flows } = await lab.load(tool, text, establish)
      expect(ok, `${output}\n${text}`).toBe(true)
      const saved = await lab.save(tool)
      const ruleset = parseIptablesSave(saved)
      const asWritten = parseIptablesSave(text)
      expect(parseIptablesSave(printIptablesSave(ruleset))).toEqual(ruleset)
      for (let n = 0; n < PACKETS; n++) {
        const { packet, numbers } = magazine.next(family, hook, flows)
        const decision = evaluate(ruleset, hook, packet)
        const shot = await lab.shoot(tool, hook, { ...packet, ...numbers, icmpId: numbers.seq })
        const kernel = kernelVerdict(ruleset, hook, shot, decision)
        const context = `seed ${SEED}, ruleset ${i} (${tool}), packet ${n}: ${JSON.stringify(packet)}\n${saved}`
        if (decision.doubts.length > 0) {
          doubtful++
          expect(['unknown', kernel.fate], context).toContain(decision.fate)
          continue
        }
        expect(ourVerdict(decision), context).toEqual(kernel)
        const written = ourVerdict(evaluate(asWritten, hook, packet))
        expect(written, `as written\n${text}\n${context}`).toEqual(kernel)
        // Knowing less must never turn into another answer.
        const vague = {
          ...packet,
          sourcePort: null,
          destination: hook === 'INPUT' ? null : packet.destination,
        }
        const guess = evaluate(ruleset, hook, { ...vague, inInterface: null, outInterface: null }).fate
        expect(['unknown', kernel.fate], context).toContain(guess)
        fates.set(kernel.fate, (fates.get(kernel.fate) ?? 0) + 1)
      }
    }
    console.info(
      `${RULESETS * PACKETS} packets agree: ${JSON.stringify(Object.fromEntries(fates))}, ${doubtful} left open by the dump`,
    )
    expect(doubtful).toBeGreaterThan(0)
    expect(doubtful).toBeLessThan((RULESETS * PACKETS) / 4)
    expect([...fates.keys()].sort()).toEqual(['accept', 'drop', 'reject'])
  })
})
