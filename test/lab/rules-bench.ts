import { evaluateHost, type LoadedDump, loadDumps } from '../../src/firewall/host.ts'
import type { Packet } from '../../src/firewall/model.ts'
import type { BlockedFlow, NodeInput } from '../../src/fix/input.ts'
import { planNode } from '../../src/fix/plan-fixes.ts'

/** Seconds for 10,000 flows through 10,000 rules that the project promises, on any machine of today. */
const PROMISED = 2

interface Shape {
  readonly name: string
  readonly load: (rules: number) => LoadedDump[]
  /** The flow of this number: each meets another rule. */
  readonly packet: (at: number, rules: number) => Packet
}

const SOURCE = { protocol: 'ip', field: 'saddr' }
const PORT = { protocol: 'tcp', field: 'dport' }

const SHAPES: readonly Shape[] = [
  {
    name: 'a source and a port in each rule',
    load: (rules) => loadFilter(times(rules, (i) => `-A INPUT -s ${host(i)}/32 ${port(4567)} -j ACCEPT`)),
    packet: (at, rules) => syn(host(spread(at, rules)), 4567),
  },
  {
    name: 'one source, many ports',
    load: (rules) => loadFilter(times(rules, (i) => `-A INPUT -s 10.99.0.11/32 ${port(1 + i)} -j ACCEPT`)),
    packet: (at, rules) => syn('10.99.0.11', 1 + spread(at, rules)),
  },
  {
    name: 'a tree of chains',
    load: (rules) =>
      loadFilter([
        ...times(Math.ceil(rules / 100), (i) => `-A INPUT -s ${leaf(i, 0)}/24 -j C${i}`),
        ...times(
          rules,
          (i) =>
            `-A C${Math.floor(i / 100)} -s ${leaf(Math.floor(i / 100), i % 100)}/32 ${port(4567)} -j ACCEPT`,
        ),
      ]),
    packet: (at, rules) => {
      const i = spread(at, rules)
      return syn(leaf(Math.floor(i / 100), i % 100), 4567)
    },
  },
  {
    name: 'a set of nft with as many elements',
    load: (rules) => loadNft({ payload: SOURCE }, times(rules, host)),
    packet: (at, rules) => syn(host(spread(at, rules)), 4567),
  },
  {
    name: 'a set of addresses with ports',
    load: (rules) =>
      loadNft(
        { concat: [{ payload: SOURCE }, { payload: PORT }] },
        times(rules, (i) => ({ concat: [host(i), 4567] })),
      ),
    packet: (at, rules) => syn(host(spread(at, rules)), 4567),
  },
]

/** Prints how long evaluation and planning take, and how that grows with the ruleset. */
export function benchRules(): void {
  const flows = 10_000
  console.log(`${flows} flows through a ruleset of …, in ms:`)
  for (const { name, load, packet } of SHAPES) {
    const figures = [1000, 3000, 10_000, 30_000].map((rules) => {
      const startedAt = performance.now()
      const dumps = load(rules)
      const loadedAt = performance.now()
      const accepted = times(flows, (at) => evaluateHost(dumps, 'INPUT', packet(at, rules)).fate).filter(
        (fate) => fate === 'accept',
      ).length
      if (accepted !== flows) throw new Error(`${name}: ${accepted} of ${flows} flows are accepted`)
      const took = performance.now() - loadedAt
      const misses = rules === 10_000 && took > PROMISED * 1000 ? ` MISSES the promised ${PROMISED} s` : ''
      return `${rules}: ${took.toFixed(0)}${misses} (parsed in ${(loadedAt - startedAt).toFixed(0)})`
    })
    console.log(`  ${name}: ${figures.join(', ')}`)
  }
  console.log('A plan for 8 blocked flows on a ruleset of …, in ms:')
  const plans = [1000, 10_000, 50_000].map((rules) => {
    const startedAt = performance.now()
    const { fixes } = planNode(blockedNode(rules))
    if (fixes.length !== 1 || !fixes[0]?.proven) throw new Error('the plan is not proven')
    return `${rules}: ${(performance.now() - startedAt).toFixed(0)}`
  })
  console.log(`  ${plans.join(', ')}`)
}

function times<T>(count: number, each: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => each(i))
}

function host(i: number): string {
  return `10.${i >> 14}.${(i >> 7) & 127}.${1 + (i & 127)}`
}

function leaf(branch: number, i: number): string {
  return `10.${branch >> 8}.${branch & 255}.${i}`
}

function port(number: number): string {
  return `-p tcp -m tcp --dport ${number}`
}

/** Over all rules alike, and not in their order. */
function spread(at: number, rules: number): number {
  return (at * 7919) % rules
}

function loadFilter(lines: readonly string[]): LoadedDump[] {
  return loadDumps([{ tool: 'iptables', text: filterOf(lines) }])
}

function filterOf(lines: readonly string[]): string {
  const users = [...new Set(lines.map((line) => line.split(' ')[1]))].filter((name) => name !== 'INPUT')
  const head = ['*filter', ':INPUT DROP [0:0]', ...users.map((name) => `:${name} - [0:0]`)]
  return [...head, ...lines, 'COMMIT', ''].join('\n')
}

function loadNft(left: object, elem: readonly unknown[]): LoadedDump[] {
  const table = { family: 'inet', table: 'filter' }
  const match = { op: '==', left, right: '@peers' }
  const base = { type: 'filter', hook: 'input', prio: 0, policy: 'drop' }
  const nftables = [
    { table: { family: 'inet', name: 'filter' } },
    { set: { ...table, name: 'peers', type: 'ipv4_addr', elem } },
    { chain: { ...table, name: 'input', ...base } },
    { rule: { ...table, chain: 'input', handle: 3, expr: [{ match }, { accept: null }] } },
  ]
  return loadDumps([{ tool: 'nft', text: JSON.stringify({ nftables }) }])
}

function syn(source: string, destinationPort: number): Packet {
  return {
    family: 4,
    protocol: 'tcp',
    source,
    destination: '10.99.0.1',
    sourcePort: null,
    destinationPort,
    ctState: 'NEW',
    inInterface: null,
    outInterface: null,
    tcpFlags: ['SYN'],
  }
}

function blockedNode(rules: number): NodeInput {
  const others = times(rules - 1, (i) => `-A INPUT -s ${host(i)}/32 ${port(1 + (i % 60_000))} -j ACCEPT`)
  const text = filterOf([...others, '-A INPUT -j REJECT --reject-with icmp-port-unreachable'])
  const flows = ['10.99.0.11', '10.99.0.12'].flatMap((peer) =>
    [3306, 4444, 4567, 4568].map(
      (number): BlockedFlow => ({
        id: `${peer} ${number}`,
        protocol: 'tcp',
        port: number,
        peer,
        family: 4,
        direction: 'in',
        local: '10.99.0.1',
        measured: true,
      }),
    ),
  )
  const hints = {
    osId: 'rhel',
    sysconfigIptables: true,
    rulesV4: false,
    netfilterPersistent: false,
    firewalldActive: false,
    ufwActive: false,
    nativeNft: false,
  }
  return { name: 'n1', dumps: [{ tool: 'iptables', text }], hints, flows }
}
