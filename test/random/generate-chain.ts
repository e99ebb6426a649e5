import type { Random } from '../firewall/lab/random.ts'
import {
  addressOf,
  type BackEnd,
  type ChainSpec,
  type Effect,
  type Hook,
  type Protocol,
  type Scenario,
  type Shape,
  type Statement,
  seenFrom,
} from './scenario.ts'

const REJECTS = {
  4: ['port-unreachable', 'host-prohibited', 'admin-prohibited', 'net-unreachable', 'host-unreachable'],
  6: ['port-unreachable', 'adm-prohibited', 'addr-unreachable'],
}
const SHAPES: readonly Shape[] = ['direct', 'direct', 'multiport', 'chain', 'return', 'range']

export function randomChain(
  scenario: Scenario,
  host: string,
  hook: Hook,
  table: ChainSpec['table'],
  backEnd: BackEnd,
  random: Random,
): ChainSpec {
  const closed = table === 'filter' && random.chance(0.35)
  const established = table === 'filter' && random.chance(closed ? 0.8 : 0.3)
  const byPolicy = random.chance(0.6)
  const effect = () => (table === 'filter' ? randomEffect(scenario, null, random) : 'DROP')
  const accepts = closed ? 2 + random.below(4) : random.below(2)
  const blocks = closed ? random.below(2) : 1 + random.below(2)
  const wanted = [...Array(accepts).fill(true), ...Array(blocks).fill(false)] as boolean[]
  const shuffled = wanted.map((accept) => ({ accept, at: random.next() })).sort((a, b) => a.at - b.at)
  const stateful = table === 'filter'
  return {
    host,
    hook,
    backEnd,
    table,
    statements: shuffled.map(({ accept }) =>
      randomStatement(scenario, host, hook, { accept, stateful, established, closed }, random),
    ),
    established,
    otherwise: closed ? (byPolicy ? 'DROP' : effect()) : null,
    byPolicy,
  }
}

function randomEffect({ family }: Scenario, protocol: Protocol | null, random: Random): Effect {
  if (random.chance(0.5)) return 'DROP'
  if (protocol === 'tcp' && random.chance(0.2)) return 'REJECT --reject-with tcp-reset'
  const prefix = family === 4 ? 'icmp' : 'icmp6'
  return random.chance(0.3) ? 'REJECT' : `REJECT --reject-with ${prefix}-${random.pick(REJECTS[family])}`
}

interface Wish {
  readonly accept: boolean
  /** conntrack works in the chain. */
  readonly stateful: boolean
  readonly established: boolean
  readonly closed: boolean
}

function randomStatement(
  scenario: Scenario,
  host: string,
  hook: Hook,
  { accept, stateful, established, closed }: Wish,
  random: Random,
): Statement {
  const { services } = scenario
  const side = random.chance(hook === 'out' ? 0.55 : 0.8) ? 'request' : 'answer'
  const { protocol } = random.pick(services)
  const ports = services.filter((each) => each.protocol === protocol && random.chance(0.6))
  const few = ports.length > 0 ? ports : services.filter((each) => each.protocol === protocol).slice(0, 1)
  // By a chain that accepts nothing but first packets, a connection is opened and never used.
  const canBeFirst = side === 'request' && (!accept || established || (closed && hook === 'in'))
  const rare = accept && closed && !established
  const first = stateful && canBeFirst && random.chance(rare ? 0.15 : 0.3)
  const peers = random.chance(0.3) ? null : randomPeers(scenario, host, hook, side, random)
  const onlyPeer = peers?.length === 1
  const forward = hook === 'forward' && random.chance(0.4)
  return {
    effect: accept ? 'ACCEPT' : stateful ? randomEffect(scenario, protocol, random) : 'DROP',
    side,
    protocol,
    ports: few.map(({ port }) => port),
    peers,
    negated: onlyPeer && random.chance(0.3),
    towards: forward ? [addressOf(scenario, random.pick(scenario.nodes).name)] : null,
    shape: random.pick(SHAPES),
    first: first
      ? random.pick(protocol === 'tcp' ? ['conntrack', 'state', 'syn'] : ['conntrack', 'state'])
      : null,
    noise: random.chance(0.2),
  }
}

function randomPeers(
  scenario: Scenario,
  host: string,
  hook: Hook,
  side: 'request' | 'answer',
  random: Random,
): string[] {
  const others = scenario.nodes.filter(({ name }) => name !== host).map(({ name }) => name)
  // Towards those who connect to this host, their address is the one this host sees.
  const clients = (hook === 'in' && side === 'request') || (hook === 'out' && side === 'answer')
  const known = others.map((peer) => (clients ? seenFrom(scenario, peer, host) : addressOf(scenario, peer)))
  const some = known.filter(() => random.chance(0.5))
  return [...new Set(some.length > 0 ? some : [random.pick(known)])]
}
