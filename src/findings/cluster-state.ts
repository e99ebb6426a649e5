import { componentsOf } from '../galera/components.ts'
import type { ClusterState } from '../galera/node-settings.ts'
import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { knownMembers } from './known-addresses.ts'

/** A node whose server runs and told of the cluster. */
interface Told {
  readonly name: string
  readonly cluster: string | null
  readonly state: ClusterState
}

/** What the running servers themselves say of the cluster's health. */
export function clusterState(view: ClusterView): Finding[] {
  const told = knownMembers(view).flatMap(({ name, settings }): Told[] =>
    settings.running && settings.state !== null
      ? [{ name, cluster: settings.clusterName?.value ?? null, state: settings.state }]
      : [],
  )
  const primary = told.filter(({ state }) => state.status === 'Primary')
  return [
    ...nonPrimary(told.filter(({ state }) => state.status !== 'Primary')),
    ...groupBy(primary, ({ cluster }) => cluster ?? '').flatMap(split),
    ...notSynced(primary.filter(({ state }) => state.state !== 'Synced')),
  ]
}

function nonPrimary(nodes: readonly Told[]): Finding[] {
  if (nodes.length === 0) return []
  const names = nodes.map(({ name }) => name)
  const texts = nodes.map(({ name, state }) => `${name} (${state.status})`)
  return [
    {
      code: 'non-primary',
      severity: 'critical',
      ...one(names),
      args: { nodes: names.join(',') },
      message:
        `the server runs and is in no primary component: ${nameList(texts)}. It answers queries with "WSREP has not yet prepared node for application use". ` +
        'Next: see to it that the nodes reach one another on the port of group communication; they then join again by themselves. Only when no node anywhere is Primary, run ' +
        `"SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'" on one node, the one with the largest wsrep_last_committed.`,
    },
  ]
}

/** In one primary component every node is told the same list of members; two lists without a common member are two components. */
function split(primary: readonly Told[]): Finding[] {
  const known = primary.filter(({ state }) => state.incoming.length > 0)
  const parts = componentsOf(
    known.map(({ name }) => name),
    known.flatMap((a) => known.filter((b) => shares(a, b)).map((b) => [a.name, b.name] as const)),
  )
  if (parts.length < 2) return []
  const texts = parts.map((names) => names.slice(0, 8).join(', ')).join(' | ')
  return [
    {
      code: 'cluster-split',
      severity: 'critical',
      args: { parts: parts.length, nodes: parts.map((names) => names.join(',')).join('|') },
      message:
        `the cluster runs as ${parts.length} clusters of the same name, each primary by its own account and each taking writes: ${texts}. Their data go different ways. ` +
        'Next: let clients write to one part only, then stop the nodes of the other, and start them again with a wsrep_cluster_address that names nodes of the first: they take its data by SST and lose their own.',
    },
  ]
}

function shares(a: Told, b: Told): boolean {
  const key = ({ host, port }: ClusterState['incoming'][number]) => `${host} ${port}`
  const others = new Set(b.state.incoming.map(key))
  return a.state.incoming.some((each) => others.has(key(each)))
}

/** What a donor and a joiner are on their way; a healthy node only in passing. */
function notSynced(nodes: readonly Told[]): Finding[] {
  if (nodes.length === 0) return []
  const names = nodes.map(({ name }) => name)
  return [
    {
      code: 'node-not-synced',
      severity: 'info',
      ...one(names),
      args: { nodes: names.join(','), states: nodes.map(({ state }) => state.state).join(',') },
      message:
        `not Synced at the time of this run: ${nameList(nodes.map(({ name, state }) => `${name} (${state.state})`))}. A state transfer, a backup or wsrep_desync does that. ` +
        `Next: look again later: SHOW STATUS LIKE 'wsrep_local_state_comment'.`,
    },
  ]
}

function one(names: readonly string[]): { node?: string } {
  return names.length === 1 ? { node: names[0] as string } : {}
}
