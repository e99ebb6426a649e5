import { isIP } from 'node:net'
import { isLoopback } from '../inventory/host-address.ts'
import { nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import { advertisedBy } from './advertised.ts'
import { hostsOf } from './cluster-list.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { clusterNodes, knownMembers, ownersOf } from './known-addresses.ts'

/** What one node makes of a name. */
interface Answer {
  readonly node: NodeView
  readonly addresses: readonly string[]
}

/** Host names of the cluster's settings that do not mean the same everywhere, or are not known everywhere. */
export function clusterNames(view: ClusterView): Finding[] {
  const names = unique(
    view.nodes.flatMap(({ inspection }) => (inspection?.resolved ?? []).map(({ name }) => name)),
  )
  return names.flatMap((name) => {
    const answers = clusterNodes(view).flatMap((node): Answer[] => {
      const found = node.inspection?.resolved.find((each) => each.name === name)
      return found === undefined ? [] : [{ node, addresses: found.addresses }]
    })
    return [...differing(view, name, answers), ...unresolved(view, name, answers)]
  })
}

function differing(view: ClusterView, name: string, answers: readonly Answer[]): Finding[] {
  const known = answers.filter(({ addresses }) => addresses.length > 0)
  // A host that takes its own name for loopback is Debian's usual way; it matters where the name is advertised.
  const owners = unique(known.flatMap(({ addresses }) => addresses.flatMap((each) => ownersOf(view, each))))
  const judged = known.filter(
    ({ node, addresses }) => !(owners.includes(node) && addresses.every((each) => isLoopback(each))),
  )
  if (!([4, 6] as const).some((family) => isSplit(judged, family))) return []
  const [owner] = owners
  const isOneHost =
    owners.length === 1 &&
    judged.every(({ addresses }) => addresses.every((each) => ownersOf(view, each).length > 0))
  const lost = view.flows.some(
    ({ to, address, status }) =>
      status === 'DOWN' && to === owner?.name && judged.some(({ addresses }) => addresses.includes(address)),
  )
  if (isOneHost && !lost) return []
  const bySet = unique(judged.map(({ addresses }) => addresses.toSorted().join(', '))).map((set) => {
    const nodes = judged.filter(({ addresses }) => addresses.toSorted().join(', ') === set)
    return `${set} on ${nameList(nodes.map(({ node }) => node.name))}`
  })
  return [
    {
      code: 'name-resolves-differently',
      severity: 'warning',
      args: { name, answers: bySet.join('; ') },
      message:
        `the name ${name} leads to ${nameList(bySet)}: nodes look for different hosts under it. ` +
        `Next: on each run "getent ahosts ${shellQuote(name)}" and correct /etc/hosts or its DNS server, or write addresses in the settings.`,
    },
  ]
}

/** Whether nodes got different sets of one family: a host without IPv6 is told no IPv6 addresses. */
function isSplit(answers: readonly Answer[], family: 4 | 6): boolean {
  const sets = answers
    .map(({ addresses }) =>
      addresses
        .filter((each) => isIP(each.split('%')[0] ?? '') === family)
        .toSorted()
        .join(','),
    )
    .filter((set) => set !== '')
  return unique(sets).length > 1
}

/** That there is none, by a resolver that had an answer: any other error says nothing of the name. */
export function isNoSuchName(error: string | null): boolean {
  return error === 'EAI_NONAME' || error === 'EAI_NODATA' || error === 'EAI_ADDRFAMILY'
}

/** Where no node at all knows a name of a cluster address, `cluster-address-unknown` tells of it. */
function unresolved(view: ClusterView, name: string, answers: readonly Answer[]): Finding[] {
  const without = answers.filter(({ addresses }) => addresses.length === 0).map(({ node }) => node)
  const errors = without.flatMap(
    ({ inspection }) => inspection?.resolved.find((each) => each.name === name)?.error ?? [],
  )
  const isAdvertised = knownMembers(view).some((node) => advertisedBy(node).some(({ host }) => host === name))
  const noAnswer = errors.some((error) => !isNoSuchName(error))
  const isUnknown = without.length === answers.length && !noAnswer
  const using = without.filter(
    ({ settings }) =>
      isAdvertised || (settings?.wsrep === true && hostsOf(settings).some(({ host }) => host === name)),
  )
  const [only] = using
  if (only === undefined || (isUnknown && !isAdvertised)) return []
  const addresses = unique(answers.flatMap((each) => each.addresses)).filter((each) => !isLoopback(each))
  const elsewhere = addresses.length === 0 ? '' : `, elsewhere it is ${nameList(addresses)}`
  const line = addresses[0] === undefined ? '' : `, e.g. the line "${addresses[0]} ${name}"`
  const nodes = nameList(using.map((node) => node.name))
  return [
    {
      code: 'name-not-resolved',
      // Whose turn had not come in time may have been found all the same.
      severity: isAdvertised && errors.some((error) => error !== 'TIMEOUT') ? 'critical' : 'warning',
      ...(using.length === 1 && { node: only.name }),
      args: { name, nodes: using.map((node) => node.name).join(','), errors: unique(errors).join(',') },
      message:
        `${nodes} cannot resolve ${name}${elsewhere}${noAnswer ? ' (the name server does not answer)' : ''}: ` +
        `${isAdvertised ? 'as a donor it cannot send a state transfer there' : 'it cannot look for its cluster there'}. ` +
        `Next: on ${nodes} run "getent ahosts ${shellQuote(name)}", and correct DNS or add it to /etc/hosts${line}.`,
    },
  ]
}
