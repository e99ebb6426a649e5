import type { ChainSpec, Family, Hook, Scenario, Statement } from './scenario.ts'
import { addressOf } from './scenario.ts'

const CHAINS: Record<ChainSpec['table'], Partial<Record<Hook, string>>> = {
  raw: { in: 'PREROUTING', out: 'OUTPUT' },
  mangle: { in: 'INPUT', out: 'OUTPUT', forward: 'FORWARD' },
  filter: { in: 'INPUT', out: 'OUTPUT', forward: 'FORWARD' },
}
const BUILT_IN: Record<ChainSpec['table'], readonly string[]> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}
const ROUTER_ADDRESSES = { 4: ['10.99.0.1', '10.98.0.1'], 6: ['fd00:99::1', 'fd00:98::1'] }

/** Everybody whose packets may meet a rule. */
function everybody(scenario: Scenario): string[] {
  return [
    ...scenario.nodes.map(({ name }) => addressOf(scenario, name)),
    ...ROUTER_ADDRESSES[scenario.family],
  ]
}

/** What one host's chains of one iptables back end are in `iptables-restore` form. */
export function restoreText(scenario: Scenario, chains: readonly ChainSpec[]): string {
  const tables = [...new Set(chains.map(({ table }) => table))]
  return tables.map((table) => tableText(scenario, table, chains)).join('')
}

function tableText(scenario: Scenario, table: ChainSpec['table'], chains: readonly ChainSpec[]): string {
  const own = chains.filter((chain) => chain.table === table)
  const byName = new Map(own.map((chain) => [CHAINS[table][chain.hook] ?? '', chain]))
  const rendered = [...byName].map(([name, chain]) => new ChainText(scenario, name, chain))
  const policies = BUILT_IN[table].map((name) => {
    const chain = byName.get(name)
    return `:${name} ${chain?.otherwise && chain.byPolicy ? 'DROP' : 'ACCEPT'}`
  })
  const user = rendered.flatMap(({ userChains }) => userChains.map((name) => `:${name} -`))
  return [`*${table}`, ...policies, ...user, ...rendered.flatMap(({ rules }) => rules), 'COMMIT', ''].join(
    '\n',
  )
}

/** The rules of one built-in chain and of the chains that it calls. */
class ChainText {
  readonly rules: string[] = []
  readonly userChains: string[] = []
  readonly #scenario: Scenario
  readonly #name: string
  readonly #chain: ChainSpec

  constructor(scenario: Scenario, name: string, chain: ChainSpec) {
    this.#scenario = scenario
    this.#name = name
    this.#chain = chain
    const { established, otherwise, statements, byPolicy } = chain
    if (otherwise !== null) this.#spare(scenario.family)
    if (established) this.#add(name, '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')
    for (const statement of statements) this.#state(statement)
    if (otherwise !== null && !byPolicy) this.#add(name, `-j ${otherwise}`)
  }

  #add(chain: string, rule: string): void {
    this.rules.push(`-A ${chain} ${rule}`)
  }

  #spare(family: Family): void {
    if (this.#chain.hook === 'in') this.#add(this.#name, '-i lo -j ACCEPT')
    if (this.#chain.hook === 'out') this.#add(this.#name, '-o lo -j ACCEPT')
    if (family === 6) this.#add(this.#name, '-p ipv6-icmp -j ACCEPT')
  }

  #state(statement: Statement): void {
    const { effect, protocol, peers, shape, towards } = statement
    const towardsMatch = towards === null ? '' : `-d ${towards.join(',')}`
    const match = [`-p ${protocol}`, towardsMatch, firstMatch(statement)].filter(Boolean).join(' ')
    const ports = portMatches(statement)
    if (statement.noise) this.#add(this.#name, `${match} ${ports[0]} -m comment --comment "x -j DROP" -j LOG`)
    const inside = shape === 'chain' || shape === 'return' ? this.#call(statement, match) : this.#name
    if (shape === 'return' && peers !== null && !statement.negated) {
      // Whoever is not named goes back.
      const others = everybody(this.#scenario).filter((address) => !peers.includes(address))
      for (const other of others) this.#add(inside, `${this.#side(other)} -j RETURN`)
      for (const port of ports) this.#add(inside, `${match} ${port} -j ${effect}`)
      return
    }
    const sides = peers === null ? [''] : peers.map((peer) => this.#peerMatch(statement, peer))
    for (const side of sides) {
      for (const port of ports)
        this.#add(inside, [match, side, port, `-j ${effect}`].filter(Boolean).join(' '))
    }
  }

  #call(statement: Statement, match: string): string {
    const chain = `${this.#name.slice(0, 3)}-${this.userChains.length + 1}`
    this.userChains.push(chain)
    this.#add(
      this.#name,
      `${match} ${statement.shape === 'return' ? '-m comment --comment svc ' : ''}-j ${chain}`,
    )
    return chain
  }

  #side(address: string): string {
    return `${this.#chain.hook === 'out' ? '-d' : '-s'} ${address}`
  }

  #peerMatch({ shape, negated }: Statement, peer: string): string {
    const not = negated ? '! ' : ''
    if (shape !== 'range') return `${not}${this.#side(peer)}`
    return `-m iprange ${not}--${this.#chain.hook === 'out' ? 'dst' : 'src'}-range ${peer}-${peer}`
  }
}

function portMatches({ side, protocol, ports, shape }: Statement): string[] {
  const option = side === 'request' ? 'dport' : 'sport'
  if (shape === 'multiport') return [`-m multiport --${option}s ${ports.join(',')}`]
  return ports.map((port) => `-m ${protocol} --${option} ${port}`)
}

function firstMatch({ first }: Statement): string {
  switch (first) {
    case 'conntrack':
      return '-m conntrack --ctstate NEW'
    case 'state':
      return '-m state --state NEW'
    case 'syn':
      return '--syn'
    case null:
      return ''
  }
}
