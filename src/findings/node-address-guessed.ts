import { isIP } from 'node:net'
import { guessAddress } from '../galera/guess-address.ts'
import { unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { advertisedBy } from './advertised.ts'
import type { ClusterView } from './cluster-view.ts'
import { flowsTo } from './flows-of.ts'
import {
  addressesAt,
  interfaceOf,
  type KnownMember,
  knownMembers,
  ownAddresses,
  withInterface,
} from './known-addresses.ts'

/**
 * Without wsrep_node_address the address for transfers is guessed: bind_address where it is one address, else the first IPv4 address of an interface
 * (wsrep_guess_ip in sql/wsrep_utils.cc).
 */
export function guessedAddresses(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) => judge(view, node))
}

function judge(view: ClusterView, node: KnownMember): Finding[] {
  const guess = guessOf(node)
  if (guess === null || !ownAddresses(node).has(guess)) return []
  if (isIP(guess) === 6) return [withoutBrackets(node, guess)]
  const used = usedByPeers(view, node)
  const [other] = used
  const sameInterface = other !== undefined && interfaceOf(node, other) === interfaceOf(node, guess)
  if (other === undefined || used.includes(guess) || sameInterface) return []
  const tried = flowsTo(view, node.name).filter(
    ({ address, service }) => address === guess && (service === 'ist' || service === 'sst'),
  )
  if (tried.length > 0 && tried.every(({ status }) => status === 'OK')) return []
  return [
    {
      code: 'node-address-guessed',
      severity: 'warning',
      node: node.name,
      args: { guess, used: other },
      message:
        `wsrep_node_address is not set, so the server takes ${withInterface(node, guess)} for IST and SST, while its peers know it as ${withInterface(node, other)}. ` +
        `Next: in its option file set wsrep_node_address=${other}, and restart it.`,
    },
  ]
}

/** Measured with Galera 26.4.23: base_host is the bare literal, wsrep_incoming_addresses tells `fd00:3306`, and each joiner dies of it. */
function withoutBrackets({ name }: KnownMember, guess: string): Finding {
  return {
    code: 'node-address-guessed',
    severity: 'critical',
    node: name,
    args: { guess, used: guess },
    message:
      `wsrep_node_address is not set, and the server's guess is ${guess}, which it takes without the brackets that IPv6 needs: as a joiner it ends with "State Transfer Request preparation failed". ` +
      `Next: in its option file set wsrep_node_address=[${guess}], and restart it.`,
  }
}

function guessOf(node: KnownMember): string | null {
  if (node.settings.nodeAddress !== null || node.settings.flavour === 'garbd') return null
  const told = advertisedBy(node)
  if (told.length > 0) return told.find(({ isGuess }) => isGuess)?.addresses?.[0] ?? null
  return guessAddress(
    node.settings,
    (node.hello?.addresses ?? []).map(({ address }) => address),
  )
}

/** Its own addresses by which its peers' cluster addresses know it. */
function usedByPeers(view: ClusterView, node: KnownMember): string[] {
  const own = ownAddresses(node)
  const listed = knownMembers(view)
    .filter(({ name }) => name !== node.name)
    .flatMap((peer) =>
      (peer.settings.clusterAddress?.value.hosts ?? []).flatMap(
        ({ host }) => addressesAt(peer, host)?.[0] ?? [],
      ),
    )
  return unique(listed).filter((address) => own.has(address))
}
