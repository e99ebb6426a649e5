import { isIP } from 'node:net'
import { type DiscoveredMember, discoverMembers } from '../galera/members.ts'
import type { NodeSettings } from '../galera/node-settings.ts'
import { canonicalAddress, isLoopback } from '../inventory/host-address.ts'
import type { Node } from '../inventory/nodes.ts'
import type { Inspection, Survey } from '../session/survey-messages.ts'
import type { Environment } from './environment.ts'
import type { Member } from './members.ts'
import { resolveNames } from './resolve-names.ts'

/** The rest of a member's cluster, as nodes of this run: each by its name in the cluster address where it has one there, else by its address. */
export async function discoverOthers(
  member: Member,
  survey: Survey,
  settings: NodeSettings,
  environment: Environment,
): Promise<Node[]> {
  const own = (member.hello?.addresses ?? []).map(({ address }) => canonicalAddress(address))
  const connections = survey.servers.flatMap((server) => server.connections)
  const resolved = (await resolveNames([member], [settings])).get(member.name) ?? []
  const found = nameMembers(discoverMembers(settings, own, connections), resolved, own)
  return Promise.all(
    found.map(async ({ name, address }) => {
      // A name may mean nothing here, or something else than to the cluster.
      const here = name === address ? null : await environment.resolve(name)
      return { name, address: here !== null && canonicalAddress(here) === address ? name : address }
    }),
  )
}

interface NamedMember {
  readonly name: string
  /** An IP literal; the name again where it leads nowhere. */
  readonly address: string
}

/** A name of the cluster address and the address that it leads to are one member, and what leads to the node itself is no other. */
export function nameMembers(
  members: readonly Pick<DiscoveredMember, 'address'>[],
  resolved: Inspection['resolved'],
  own: readonly string[],
): NamedMember[] {
  const names = resolved.map(({ name, addresses }) => ({
    name: name.toLowerCase(),
    addresses: addresses.map(canonicalAddress),
  }))
  const named = new Map<string, NamedMember>()
  for (const { address } of members) {
    const known = names.find(({ name, addresses }) => name === address || addresses.includes(address))
    const leadsTo = known?.addresses ?? []
    const others = leadsTo.filter((each) => !isLoopback(each) && !own.includes(each))
    if (leadsTo.length > 0 && others.length === 0) continue
    const isShared =
      others.length < leadsTo.length || members.filter((each) => others.includes(each.address)).length > 1
    if (known !== undefined && isShared) {
      const family = isIP(others[0] ?? '')
      const meant = known.name === address ? others.filter((each) => isIP(each) === family) : [address]
      for (const each of meant) named.set(each, { name: each, address: each })
      continue
    }
    const name = known?.name ?? address
    const listed = members.find((each) => leadsTo.includes(each.address))?.address
    named.set(name, { name, address: listed ?? leadsTo[0] ?? address })
  }
  return [...named.values()]
}
