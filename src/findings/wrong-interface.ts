import { nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { type Advertised, advertisedBy, transfersText } from './advertised.ts'
import type { ClusterView } from './cluster-view.ts'
import { flowsTo } from './flows-of.ts'
import {
  interfaceOf,
  isLostOnTheWay,
  type KnownMember,
  knownMembers,
  ownAddresses,
  withInterface,
} from './known-addresses.ts'

/** An address of the node that has no way from some peers, and another one that these peers do reach. */
interface Astray {
  readonly address: string
  readonly other: string
  readonly by: readonly string[]
}

/** Of a host with several networks: state transfers are advertised at an address that peers do not reach, while they reach the node at another. */
export function wrongInterfaces(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap((node) => {
    const all = advertisedBy(node)
    return all.flatMap((each): Finding[] => {
      const astray = each.isGuess ? null : strayOf(view, node, each)
      if (astray === null) return []
      return [all.length > 1 ? different(node, all, each, astray) : wrong(node, each, astray)]
    })
  })
}

function strayOf(view: ClusterView, node: KnownMember, { services, addresses }: Advertised): Astray | null {
  const own = ownAddresses(node)
  const address = addresses?.find((each) => own.has(each))
  if (address === undefined) return null
  const to = flowsTo(view, node.name)
  const by = unique(to.map(({ from }) => from)).flatMap((from) => {
    const ofPeer = to.filter((flow) => flow.from === from)
    const there = ofPeer.filter((flow) => flow.address === address)
    const transfers = there.filter((flow) => services.some((service) => service === flow.service))
    // A firewall in between may let the one service pass and not the other: then something of the address is reached.
    const isAstray =
      transfers.length > 0 &&
      transfers.every(isLostOnTheWay) &&
      there.every(({ status }) => status !== 'OK' && status !== 'CLOSED')
    const reached = ofPeer.find(
      (flow) => flow.address !== address && own.has(flow.address) && flow.status === 'OK',
    )
    return isAstray && reached !== undefined ? [{ from, other: reached.address }] : []
  })
  const [first] = by
  return first === undefined
    ? null
    : {
        address,
        other: first.other,
        by: by.filter(({ other }) => other === first.other).map(({ from }) => from),
      }
}

function wrong(node: KnownMember, told: Advertised, { address, other, by }: Astray): Finding {
  const { setting, text, services } = told
  return {
    code: 'wrong-interface',
    severity: 'critical',
    node: node.name,
    args: { setting, address, other, by: by.join(',') },
    message:
      `its address for ${transfersText(services)} is ${text}, on ${interfaceOf(node, address)}: nothing that ${nameList(by)} sent there arrived, while the node is reached from there at ${withInterface(node, other)}. ` +
      `Next: in its option file set ${remedyName(setting)}=${other} and restart it, or give its peers a route to ${address}.`,
  }
}

function remedyName(setting: string): string {
  return OWN_SETTINGS.includes(setting) ? setting : 'wsrep_node_address'
}

/** Each of one transfer alone. */
const OWN_SETTINGS: readonly string[] = ['ist.recv_addr', 'wsrep_sst_receive_address']

function different(
  node: KnownMember,
  all: readonly Advertised[],
  told: Advertised,
  { address, other, by }: Astray,
): Finding {
  const where = all.map(({ services, host }) => `${transfersText(services)} at ${host}`)
  return {
    code: 'services-on-different-addresses',
    severity: 'critical',
    node: node.name,
    args: { services: told.services.join(','), address, other, by: by.join(',') },
    message:
      `it waits for ${nameList(where)}, and nothing that ${nameList(by)} sent to ${withInterface(node, address)} arrived, while the node is reached from there at ${withInterface(node, other)}. ` +
      `Next: set ${remedyName(told.setting)}=${other} in place of ${told.text}, or give its peers a route to ${address}.`,
  }
}
