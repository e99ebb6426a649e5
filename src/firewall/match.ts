import { type Address, contains, parseAddress } from './address.ts'
import { matchAddressType } from './address-type.ts'
import { matchElements } from './elements.ts'
import { isInner, isInnerPrefix } from './inner-interface.ts'
import type { CtState, Match, Packet, PortRange, Rule, Side } from './model.ts'
import { and, known, not, or, type Tri } from './tri.ts'

/** A packet at one hook, its addresses parsed once. */
export interface Subject {
  readonly packet: Packet
  readonly hook: 'in' | 'out' | 'forward'
  readonly source: Address | null
  readonly destination: Address | null
  /** What conntrack matches see at this hook: before conntrack runs (raw) that is INVALID. */
  readonly ctState: CtState
  /** `ctState` is INVALID, or UNTRACKED where a rule before in the same table has seen to that. */
  readonly mayBeUntracked: boolean
  /** Before a DNAT rewrote it: what conntrack holds as the original destination. Null where nothing was rewritten. */
  readonly original: { readonly destination: string | null; readonly destinationPort: number | null } | null
}

export function subjectOf(
  packet: Packet,
  hook: Subject['hook'],
  ctState: CtState,
  more: Partial<Pick<Subject, 'original' | 'mayBeUntracked'>> = {},
): Subject {
  const address = (text: string | null) => (text === null ? null : parseAddress(text))
  return {
    packet,
    hook,
    source: address(packet.source),
    destination: address(packet.destination),
    ctState,
    mayBeUntracked: more.mayBeUntracked ?? false,
    original: more.original ?? null,
  }
}

export function matchRule(rule: Rule, subject: Subject): Tri {
  let result: Tri = 'yes'
  for (const match of rule.matches) {
    result = and(result, matchSigned(match, subject))
    if (result === 'no') return 'no'
  }
  return result
}

function matchSigned(match: Match, subject: Subject): Tri {
  if (match.kind === 'elements') {
    const found = matchElements(match.fields, match.elements, subject)
    // Without the field there is nothing to compare: nft ends the rule, whatever the comparison.
    if (found === null) return 'no'
    return match.negated ? not(found) : found
  }
  const one = matchOne(match, subject)
  return match.negated ? not(one) : one
}

function matchOne(match: Exclude<Match, { kind: 'elements' }>, subject: Subject): Tri {
  const { packet } = subject
  switch (match.kind) {
    case 'address': {
      if (match.net.mask === 0n) return 'yes'
      const address = subject[match.side]
      return address ? known(contains(match.net, address)) : 'maybe'
    }
    case 'address-range': {
      const address = subject[match.side]
      if (!address) return 'maybe'
      const { from, to } = match
      return known(address.family === from.family && from.value <= address.value && address.value <= to.value)
    }
    case 'address-type':
      return matchAddressType(match.types, match.side, subject)
    case 'interface':
      return matchInterface(match.side, match.name, subject)
    case 'protocol':
      return known(protocolNames(packet).includes(match.protocol))
    case 'ports':
      return matchPorts(match.side, match.ranges, packet)
    case 'tcp-flags': {
      if (packet.protocol !== 'tcp') return 'no'
      const seen = packet.tcpFlags.filter((flag) => match.mask.includes(flag))
      return known(seen.length === match.set.length && seen.every((flag) => match.set.includes(flag)))
    }
    case 'ct-state':
      if (subject.mayBeUntracked && match.states.includes('INVALID') !== match.states.includes('UNTRACKED')) {
        return 'maybe'
      }
      // SNAT cannot hold: a packet whose source the nat table of the dump may rewrite is not judged at all.
      return known(
        match.states.includes(subject.ctState) ||
          (subject.original !== null && match.states.includes('DNAT')),
      )
    case 'icmp':
      return matchIcmp(match.family, match.type, match.code, packet)
    case 'packet-type':
      return matchPacketType(match.type, subject)
    case 'family':
      return known(packet.family === match.family)
    case 'ct-original-address': {
      const address = originalDestination(subject)
      return address ? known(contains(match.net, address)) : 'maybe'
    }
    case 'ct-original-port': {
      const port = originalPort(subject)
      return port === null ? 'maybe' : known(match.range.from <= port && port <= match.range.to)
    }
    case 'ct-direction': {
      const direction = directionOf(subject)
      return direction === null ? 'maybe' : known(direction === match.direction)
    }
    case 'reverse-path':
      return 'yes'
    case 'fragment':
    case 'extension-header':
      return 'no'
    case 'unknown':
      return 'maybe'
  }
}

/** Which side of its connection conntrack takes a packet for. */
function directionOf({ packet, ctState }: Subject): 'original' | 'reply' | null {
  return sideOf({ ...packet, ctState })
}

/** Of a later packet told by whoever made it, or by the side on which the service's port is. */
export function sideOf({ side, ctState, sourcePort, destinationPort }: Packet): 'original' | 'reply' | null {
  if (ctState === 'NEW') return 'original'
  if (ctState !== 'ESTABLISHED') return null
  if (side !== undefined) return side
  if ((sourcePort === null) === (destinationPort === null)) return null
  return sourcePort === null ? 'original' : 'reply'
}

function originalDestination(subject: Subject): Address | null {
  const { original } = subject
  if (original !== null) return original.destination === null ? null : parseAddress(original.destination)
  const direction = directionOf(subject)
  if (direction === null) return null
  return direction === 'original' ? subject.destination : subject.source
}

function originalPort(subject: Subject): number | null {
  const { original, packet } = subject
  if (original !== null) return original.destinationPort
  const direction = directionOf(subject)
  if (direction === null) return null
  return direction === 'original' ? packet.destinationPort : packet.sourcePort
}

/** What iptables takes for the protocol, by name and by number (/etc/protocols). */
function protocolNames({ protocol, family }: Packet): readonly string[] {
  const any = ['all', 'ip', '0']
  if (protocol === 'tcp') return [...any, 'tcp', '6']
  if (protocol === 'udp') return [...any, 'udp', '17']
  return family === 4 ? [...any, 'icmp', '1'] : [...any, 'ipv6-icmp', 'icmpv6', 'icmp6', '58']
}

/** A trailing `+` is a prefix wildcard. At a hook where a side has no interface its name is empty. */
function matchInterface(side: 'in' | 'out', name: string, { packet, hook }: Subject): Tri {
  const prefix = name.endsWith('+') ? name.slice(0, -1) : null
  if (prefix === '') return 'yes'
  if (hook !== 'forward' && side !== hook) return 'no'
  const actual = side === 'in' ? packet.inInterface : packet.outInterface
  if (actual !== null) return known(prefix === null ? actual === name : actual.startsWith(prefix))
  return (prefix === null ? isInner(name) : isInnerPrefix(prefix)) ? 'no' : 'maybe'
}

function matchPorts(side: Side | 'either', ranges: readonly PortRange[], packet: Packet): Tri {
  if (packet.protocol === 'icmp') return 'no'
  if (side === 'either') {
    return or(matchPorts('source', ranges, packet), matchPorts('destination', ranges, packet))
  }
  const port = side === 'source' ? packet.sourcePort : packet.destinationPort
  if (port !== null) return known(ranges.some(({ from, to }) => from <= port && port <= to))
  return ranges.some(({ from, to }) => from === 0 && to === 65535) ? 'yes' : 'maybe'
}

function matchIcmp(family: 4 | 6, type: number | null, code: number | null, packet: Packet): Tri {
  if (packet.protocol !== 'icmp' || packet.family !== family) return 'no'
  if (type === null) return 'yes'
  if (!packet.icmp) return 'maybe'
  return known(packet.icmp.type === type && (code === null || packet.icmp.code === code))
}

/** A unicast frame that came in is `unicast` (PACKET_HOST); what xt_pkttype sees on the way out is not relied on. */
function matchPacketType(type: string, { hook, destination }: Subject): Tri {
  if (hook === 'out' || !destination) return 'maybe'
  const multicast =
    destination.family === 4 ? destination.value >> 28n === 0xen : destination.value >> 120n === 0xffn
  switch (type) {
    case 'unicast':
    case 'host':
      return known(!multicast)
    case 'multicast':
      return known(multicast)
    case 'broadcast':
      return multicast ? 'no' : destination.value === 0xffff_ffffn ? 'maybe' : 'no'
    default:
      return 'maybe'
  }
}
