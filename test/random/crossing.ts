import type { ChainSpec, Effect, Hook, Scenario, ServiceSpec, Statement } from './scenario.ts'

/** The place of a packet's crossing: which host's chains, and what a rule there can name it by. */
export interface Crossing {
  readonly host: string
  readonly hook: Hook
  readonly side: 'request' | 'answer'
  readonly peer: string
  readonly towards: string | null
  /** The host sees both directions of the connection: only then its conntrack knows an answer for one. */
  readonly whole: boolean
  readonly protocol: ServiceSpec['protocol']
  readonly port: number
}

/** What a pasted ACCEPT has opened since: in the words of a crossing. */
export type Opened = ReadonlySet<string>

export function openingKey(crossing: Omit<Crossing, 'towards' | 'whole'>): string {
  const { host, hook, side, peer, protocol, port } = crossing
  return [host, hook, side, peer, protocol, port].join(' ')
}

/** What all chains that stop the packet do to it; a chain that stops nothing adds nothing. */
export function stops(scenario: Scenario, crossing: Crossing, opened: Opened): Effect[] {
  if (opened.has(openingKey(crossing))) return []
  return scenario.chains
    .filter(({ host, hook }) => host === crossing.host && hook === crossing.hook)
    .map((chain) => effectOf(chain, crossing))
    .filter((effect) => effect !== 'ACCEPT')
}

function effectOf(chain: ChainSpec, crossing: Crossing): Effect {
  if (chain.established && crossing.whole && crossing.side === 'answer') return 'ACCEPT'
  const statement = chain.statements.find((each) => names(each, crossing))
  return statement?.effect ?? chain.otherwise ?? 'ACCEPT'
}

function names(statement: Statement, { side, protocol, port, peer, towards }: Crossing): boolean {
  if (statement.side !== side || statement.protocol !== protocol || !statement.ports.includes(port))
    return false
  const named = statement.peers === null || statement.peers.includes(peer) !== statement.negated
  return named && (statement.towards === null || towards === null || statement.towards.includes(towards))
}

/** The chain lets the connection's first packet in and not its later ones. */
export function onlyFirst(chain: ChainSpec, crossing: Crossing): boolean {
  if (chain.host !== crossing.host || chain.hook !== crossing.hook) return false
  if (chain.established && crossing.whole) return false
  const later = chain.statements.filter(({ first }) => first === null)
  return effectOf({ ...chain, statements: later }, crossing) !== 'ACCEPT'
}
