import type { Net } from '../firewall/address.ts'
import { chainIn, type HostDecision, type LoadedDump } from '../firewall/host.ts'
import type { Chain } from '../firewall/model.ts'
import { type Edit, isNftPlace, seesForwarded } from './edit.ts'
import { governorOf, placeOf, priorityOf, richRule, richRuleLines } from './firewalld.ts'
import { iptablesCanonical } from './idioms/iptables.ts'
import type { BlockedFlow } from './input.ts'
import type { Access } from './net-text.ts'
import { dnatOpeningOf, hookOf, type Opening, openingOf } from './opening.ts'
import { ownerOfTable } from './owners.ts'
import { ufwChain, ufwKnows, ufwLines } from './ufw.ts'

/** A block, and the rulesets in which it stands. */
export interface Blocked {
  readonly dumps: readonly LoadedDump[]
  readonly flow: BlockedFlow
  readonly blocker: HostDecision
  readonly networks: readonly Net[]
}

/** What would get the packets past a block, in the words of one owner of rules; empty where the block is not its own. */
type Propose = (blocked: Blocked) => Edit[]

/** Front ends first: what is written past them is gone when they write their rules again. */
export const PROPOSALS: readonly Propose[] = [
  throughFirewalld,
  throughUfw,
  throughDocker,
  throughIptables,
  throughNft,
]

function throughFirewalld({ flow, blocker, dumps, networks }: Blocked): Edit[] {
  const chains = blocker.path.map(({ chain }) => chain)
  const governor = governorOf(chains)
  const { tool, decidedBy } = blocker
  if (!governor || !tool || !decidedBy || flow.direction !== 'in') return []
  // firewalld itself makes no other names.
  if (!chains.every((chain) => /^[A-Za-z_][\w./-]*$/.test(chain))) return []
  const opening = openingOf(flow, { networks, withLocal: false })
  const access = accessOf(opening)
  const priority = priorityOf(chains, governor)
  const place = placeOf(governor, priority, chains.at(-1) ?? '')
  const rules = chainIn(dumps, { tool, table: decidedBy.table, chain: place.chain })?.rules
  if (!access || !rules) return []
  const rule = { governor, text: richRule(access, priority) }
  return [
    {
      idiom: 'firewalld',
      rule,
      ...richRuleLines(rule),
      hook: 'INPUT',
      op: place.at === 'first' ? 'insert' : 'append',
      tool,
      table: decidedBy.table,
      chain: place.chain,
      position: place.at === 'first' ? 1 : rules.length + 1,
      opening,
      before: decidedBy.rule,
    },
  ]
}

/**
 * ufw's own rules stand before its policy, and behind what it writes of itself (before.rules). A rule that it has for just
 * this, allowed too late or denied, is left alone: taken away or turned, its place and comment could not be put back. Ours
 * then names this host's address too, which makes it another one.
 */
function throughUfw({ flow, blocker, dumps, networks }: Blocked): Edit[] {
  const { tool, decidedBy } = blocker
  if (!tool || !decidedBy || tool === 'nft' || flow.direction !== 'in' || decidedBy.table !== 'filter')
    return []
  for (const withLocal of [false, true]) {
    const opening = openingOf(flow, { networks, withLocal })
    const access = ufwAccessOf(opening)
    if (!access) continue
    const name = ufwChain(access)
    const texts = chainIn(dumps, { tool, table: 'filter', chain: name })?.rules.map(({ text }) => text)
    if (!texts) return []
    if (ufwKnows(texts, access)) continue
    const place = { op: 'insert', hook: 'INPUT', tool, table: 'filter', chain: name, position: 1 } as const
    return [{ idiom: 'ufw', ...ufwLines(access), persist: [], ...place, opening, before: texts[0] ?? '' }]
  }
  return []
}

function ufwAccessOf({ source, destination, portIs, port, protocol }: Opening): Access | null {
  if (!source || portIs !== 'destination') return null
  return { source, port, protocol, ...(destination && { destination }) }
}

/** Docker's chain for rules of others: it asks it first, and leaves it alone. */
const DOCKER_USER = 'DOCKER-USER'

function throughDocker({ flow, blocker, dumps, networks }: Blocked): Edit[] {
  const { tool, decidedBy, path } = blocker
  const chain =
    tool && tool !== 'nft' ? chainIn(dumps, { tool, table: 'filter', chain: DOCKER_USER }) : undefined
  const opening = dnatOpeningOf(flow, networks)
  if (!tool || !chain || !opening || decidedBy?.table !== 'filter' || path[0]?.chain !== 'FORWARD') return []
  const position = path.find((step) => step.chain === DOCKER_USER)?.position ?? 1
  const before = chain.rules[position - 1]?.text
  const common = {
    idiom: 'iptables',
    hook: hookOf(flow),
    tool,
    table: 'filter',
    chain: DOCKER_USER,
    opening,
  } as const
  return before === undefined
    ? [{ ...common, op: 'append', position, before: `:${DOCKER_USER} -` }]
    : [{ ...common, op: 'insert', position, before }]
}

/** As firewalld takes it: who may come to which port. */
function accessOf({ source, destination, portIs, port, protocol }: Opening): Access | null {
  return source && !destination && portIs === 'destination' ? { source, port, protocol } : null
}

function throughIptables(blocked: Blocked): Edit[] {
  const place = baseChainOf(blocked)
  if (!place || place.tool === 'nft') return []
  const { chain, position, ...where } = place
  const opening = openingOf(blocked.flow, { networks: blocked.networks, withLocal: seesForwarded(chain) })
  const hook = hookOf(blocked.flow)
  const common = { ...where, idiom: 'iptables', hook, chain: chain.name, opening } as const
  const shadowed = shadowedCopy(chain, position, iptablesCanonical(opening))
  const deletion: Edit[] = shadowed
    ? [{ ...common, op: 'delete', position: shadowed.position, before: shadowed.text }]
    : []
  const before = chain.rules[position - 1]?.text ?? `:${chain.name} ${chain.policy}`
  return [
    ...deletion,
    { ...common, op: position > chain.rules.length ? 'append' : 'insert', position, before },
  ]
}

function throughNft(blocked: Blocked): Edit[] {
  const place = baseChainOf(blocked)
  if (place?.tool !== 'nft') return []
  const { chain, position, tool, table } = place
  const opening = openingOf(blocked.flow, {
    networks: blocked.networks,
    withLocal: seesForwarded(chain),
  })
  const next = chain.rules[position - 1]
  const hook = hookOf(blocked.flow)
  const common = { idiom: 'nft', hook, tool, table, chain: chain.name, position, opening } as const
  // A table of a front end is written again by it: nothing that is put there lasts.
  if (ownerOfTable(table) || !isNftPlace(table, chain.name)) return []
  if (!next) return [{ ...common, op: 'append', handle: null, before: `:${chain.name} ${chain.policy}` }]
  if (next.handle === undefined) return []
  const paraphrased = next.paraphrased === true
  return [
    { ...common, op: 'insert', handle: next.handle, before: next.text, ...(paraphrased && { paraphrased }) },
  ]
}

interface BasePlace {
  readonly tool: Edit['tool']
  readonly table: string
  readonly chain: Chain
  /** Of the rule of the base chain that leads to the block; one past the end for a bare policy. */
  readonly position: number
}

/** Where in its base chain the packet must be taken before it comes to the block. */
function baseChainOf({ dumps, blocker }: Blocked): BasePlace | null {
  const { tool, decidedBy } = blocker
  const [base] = blocker.path
  const table = decidedBy?.table ?? ''
  const chain = tool ? chainIn(dumps, { tool, table, chain: base?.chain ?? '' }) : undefined
  // An ACCEPT in nat does not let a packet through, it keeps it from being rewritten: not ours to decide.
  if (!tool || !base || !chain || chain.base?.type === 'nat') return null
  return { tool, table, chain, position: base.position ?? chain.rules.length + 1 }
}

/** An identical rule behind the blocker does nothing but make `iptables -C` say that all is well. */
function shadowedCopy(chain: Chain, position: number, canonical: string) {
  return chain.rules.find(
    (rule) => rule.position >= position && rule.text === `-A ${chain.name} ${canonical}`,
  )
}
