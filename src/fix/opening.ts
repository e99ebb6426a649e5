import { type Address, formatAddress, parseAddress } from '../firewall/address.ts'
import type { Hook } from '../firewall/evaluate.ts'
import { parseIptablesSave } from '../firewall/iptables-save.ts'
import type { Packet, Rule } from '../firewall/model.ts'
import type { BlockedFlow, Direction } from './input.ts'

/** The ACCEPT rule that opens a flow, in the two spellings it is needed in. */
export interface Opening {
  /** As the article writes it: `--protocol tcp --match tcp --dport 4567 --source 10.99.0.11 --jump ACCEPT`. */
  readonly command: string
  /** As `iptables-save` prints it after `-A CHAIN `, so that an identical rule is found by its text. */
  readonly canonical: string
}

interface Shape {
  readonly hook: Hook
  readonly peerIs: 'source' | 'destination'
  readonly portIs: 'source' | 'destination'
}

const SHAPES: Record<Direction, Shape> = {
  in: { hook: 'INPUT', peerIs: 'source', portIs: 'destination' },
  out: { hook: 'OUTPUT', peerIs: 'destination', portIs: 'destination' },
  'reply-out': { hook: 'OUTPUT', peerIs: 'destination', portIs: 'source' },
  'reply-in': { hook: 'INPUT', peerIs: 'source', portIs: 'source' },
}

export function hookOf(flow: BlockedFlow): Hook {
  return SHAPES[flow.direction].hook
}

/** The flow's address as it may stand in a command: parsed and written anew, so that no text of others gets there. */
export function peerOf(flow: BlockedFlow): Address {
  return addressOf(flow.peer, flow)
}

/** PREROUTING and POSTROUTING see packets that are only forwarded too: there a rule must name this host as well. */
export function seesForwarded(chain: string): boolean {
  return chain === 'PREROUTING' || chain === 'POSTROUTING'
}

/** The rule that opens the flow in `chain`. */
export function openingOf(flow: BlockedFlow, chain: string): Opening {
  const { protocol, port } = flow
  const { peerIs, portIs } = SHAPES[flow.direction]
  if (protocol !== 'tcp' && protocol !== 'udp') throw new RangeError(`no such protocol in ${flow.id}`)
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError(`no such port in ${flow.id}`)
  const peer = formatAddress(peerOf(flow))
  const own = seesForwarded(chain) && flow.local !== null ? formatAddress(addressOf(flow.local, flow)) : null
  const length = flow.family === 4 ? 32 : 128
  const match = `${portIs === 'source' ? '--sport' : '--dport'} ${port}`
  // An answer opens no connection: without this, whoever sends from the service's port would get in everywhere.
  const isAnswer = portIs === 'source' && protocol === 'tcp'
  const source = peerIs === 'source' ? peer : own
  const destination = peerIs === 'destination' ? peer : own
  return {
    command: [
      `--protocol ${protocol} --match ${protocol} ${match}${isAnswer ? ' ! --syn' : ''}`,
      ...(source ? [`--source ${source}`] : []),
      ...(destination ? [`--destination ${destination}`] : []),
      '--jump ACCEPT',
    ].join(' '),
    canonical: [
      ...(source ? [`-s ${source}/${length}`] : []),
      ...(destination ? [`-d ${destination}/${length}`] : []),
      `-p ${protocol} -m ${protocol} ${match}${isAnswer ? ' ! --tcp-flags FIN,SYN,RST,ACK SYN' : ''} -j ACCEPT`,
    ].join(' '),
  }
}

/** The opening as the ruleset model has it, read back from its text so that what is proven is what is printed. */
export function ruleOf(chain: string, spec: string): Rule {
  const dump = `*filter\n:${chain} - [0:0]\n-A ${chain} ${spec}\nCOMMIT\n`
  const rule = parseIptablesSave(dump).tables.get('filter')?.chains.get(chain)?.rules[0]
  if (!rule) throw new RangeError(`no rule: ${spec}`)
  return rule
}

/**
 * The packets that must pass for the flow to work: the first one and the later ones. A reply is never NEW; its TCP
 * SYN+ACK and what follows are ESTABLISHED.
 */
export function packetsOf(flow: BlockedFlow): Packet[] {
  const { peerIs, portIs } = SHAPES[flow.direction]
  const base = {
    family: flow.family,
    protocol: flow.protocol,
    source: peerIs === 'source' ? flow.peer : flow.local,
    destination: peerIs === 'destination' ? flow.peer : flow.local,
    sourcePort: portIs === 'source' ? flow.port : null,
    destinationPort: portIs === 'destination' ? flow.port : null,
    inInterface: null,
    outInterface: null,
  }
  const flags = (...list: Packet['tcpFlags'][number][]) => (flow.protocol === 'tcp' ? list : [])
  const first: Packet =
    portIs === 'destination'
      ? { ...base, ctState: 'NEW', tcpFlags: flags('SYN') }
      : { ...base, ctState: 'ESTABLISHED', tcpFlags: flags('SYN', 'ACK') }
  return [first, { ...base, ctState: 'ESTABLISHED', tcpFlags: flags('ACK') }]
}

function addressOf(text: string, flow: BlockedFlow): Address {
  const address = parseAddress(text)
  if (address?.family !== flow.family) throw new RangeError(`no IPv${flow.family} address in ${flow.id}`)
  return address
}
