import { type Family, formatAddress, parseNet } from '../../firewall/address.ts'
import type { Cloud } from '../../inventory/cloud.ts'
import type { Protocol } from '../../services.ts'

/** A flow that is lost on the network. */
export interface LostFlow {
  readonly id: string
  /** Name of the source node. */
  readonly from: string
  /** Name of the target node. */
  readonly to: string
  /** The target's address, an IP literal. */
  readonly address: string
  /** What may send it: an IP literal, or a network as ADDRESS/LENGTH. */
  readonly source: string
  /** The address that the source says it sent from, where that is not its address in the list of nodes. */
  readonly sentFrom: string | null
  readonly protocol: Protocol
  readonly port: number
}

export interface CloudPort {
  readonly protocol: Protocol
  readonly port: number
}

/** Each source on each port. */
export interface CloudRule {
  /** As ADDRESS/LENGTH, host bits cleared: some enforcers ignore a rule with others. */
  readonly sources: readonly string[]
  readonly ports: readonly CloudPort[]
}

/** What is to be let in to one target: the rules together are its lost flows and nothing else. */
export interface CloudOpening {
  readonly node: string
  readonly family: Family
  /** As ADDRESS/LENGTH. */
  readonly target: string
  readonly rules: readonly CloudRule[]
}

/** The command lines for one opening, to be pasted top to bottom. */
export interface CloudCommands {
  readonly commands: readonly string[]
  readonly undo: readonly string[]
  readonly note: string
}

/** One answer for each opening, in the same order; all at once, as rules of several targets may stand in one place. */
export type CloudMaker<K extends Cloud['kind']> = (
  openings: readonly CloudOpening[],
  cloud: Extract<Cloud, { kind: K }>,
) => CloudCommands[]

/**
 * The opening of the flows to one target. Addresses are parsed and written anew, so that no text of others gets into a
 * command; throws RangeError where one is no address, or of another family than the target's.
 */
export function openingOf(flows: readonly [LostFlow, ...LostFlow[]]): CloudOpening {
  const [{ to, address }] = flows
  const { family, text } = cidrOf(address)
  return { node: to, family, target: text, rules: exactRules(flows, family) }
}

/** Sources that are to reach the same ports share a rule; so each rule is a full product of blocked flows. */
function exactRules(flows: readonly LostFlow[], family: Family): CloudRule[] {
  const ports = new Map<string, Map<string, CloudPort>>()
  for (const { id, source, protocol, port } of flows) {
    const cidr = cidrOf(source)
    if (cidr.family !== family) throw new RangeError(`no IPv${family} source in ${id}`)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`no such port in ${id}`)
    if (protocol !== 'tcp' && protocol !== 'udp') throw new RangeError(`no such protocol in ${id}`)
    const own = ports.get(cidr.text) ?? new Map<string, CloudPort>()
    ports.set(cidr.text, own.set(`${protocol} ${port}`, { protocol, port }))
  }
  const rules = new Map<string, { sources: string[]; ports: CloudPort[] }>()
  for (const [source, own] of ports) {
    const sorted = [...own.values()].toSorted(byProtocolAndPort)
    const key = JSON.stringify(sorted)
    const rule = rules.get(key)
    if (rule === undefined) rules.set(key, { sources: [source], ports: sorted })
    else rule.sources.push(source)
  }
  return [...rules.values()]
}

function byProtocolAndPort(a: CloudPort, b: CloudPort): number {
  return a.protocol === b.protocol ? a.port - b.port : a.protocol < b.protocol ? -1 : 1
}

function cidrOf(text: string): { family: Family; text: string } {
  const [address = '', length, ...more] = text.split('/')
  const net = parseNet(text)
  if (net === null || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) {
    throw new RangeError(`no address or network: ${JSON.stringify(address)}`)
  }
  const { family, network } = net
  const bits = length === undefined ? (family === 4 ? 32 : 128) : Number(length)
  return { family, text: `${formatAddress({ family, value: network })}/${bits}` }
}
