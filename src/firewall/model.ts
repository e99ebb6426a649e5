import type { Address, Family, Net } from './address.ts'

/** What one dump shows: the tables of one family (`iptables-save`), or all of nftables (`nft -j list ruleset`). */
export interface Ruleset {
  /** By the name that commands take: `filter`, or with nft's family `inet filter`. */
  readonly tables: ReadonlyMap<string, Table>
  /** What the dump itself says it does not show (native nft rules in an iptables table). */
  readonly incomplete: readonly string[]
}

export interface Table {
  readonly name: string
  /** Whose packets cross it; null: those of the family of the dump's program. */
  readonly families: readonly Family[] | null
  readonly chains: ReadonlyMap<string, Chain>
}

export type NetfilterHook =
  | 'ingress'
  | 'prerouting'
  | 'input'
  | 'forward'
  | 'output'
  | 'postrouting'
  | 'egress'

/** Where the kernel enters a base chain. */
export interface Base {
  readonly hook: NetfilterHook
  /** Lower is earlier (include/uapi/linux/netfilter_ipv4.h). */
  readonly priority: number
  readonly type: 'filter' | 'nat' | 'route'
  /** The interfaces whose packets enter; null: all of them, none: not known which. */
  readonly devices: readonly string[] | null
}

export interface Chain {
  readonly name: string
  /** Null for a user chain. */
  readonly base: Base | null
  /** Null for a user chain. */
  readonly policy: 'ACCEPT' | 'DROP' | null
  readonly rules: readonly Rule[]
}

export interface Rule {
  /** From 1, as `iptables --line-numbers` counts. */
  readonly position: number
  /** `-A CHAIN …` as dumped, without counters; nft's own spelling of a native rule. Text of a remote host: quote before use. */
  readonly text: string
  /** Of a native nft rule. */
  readonly handle?: number
  /** The text is made from nft's JSON: a reader may take it for the rule, a comparison with what nft lists may not. */
  readonly paraphrased?: true
  readonly matches: readonly Match[]
  /** Null for a rule that only counts. */
  readonly target: Target | null
}

export interface PortRange {
  readonly from: number
  readonly to: number
}

export type Side = 'source' | 'destination'

export const CT_STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const
export type CtState = (typeof CT_STATES)[number]

export type TcpFlag = 'FIN' | 'SYN' | 'RST' | 'PSH' | 'ACK' | 'URG'

type Condition =
  | { readonly kind: 'address'; readonly side: Side; readonly net: Net }
  | { readonly kind: 'address-range'; readonly side: Side; readonly from: Address; readonly to: Address }
  | { readonly kind: 'address-type'; readonly side: Side; readonly types: readonly string[] }
  | { readonly kind: 'interface'; readonly side: 'in' | 'out'; readonly name: string }
  /** The protocol's number, or its name where only a name is given. */
  | { readonly kind: 'protocol'; readonly protocol: string }
  | { readonly kind: 'ports'; readonly side: Side | 'either'; readonly ranges: readonly PortRange[] }
  | { readonly kind: 'tcp-flags'; readonly mask: readonly string[]; readonly set: readonly string[] }
  /** May hold SNAT and DNAT too. */
  | { readonly kind: 'ct-state'; readonly states: readonly string[] }
  /** `type` null: any; `code` null: any of that type. */
  | {
      readonly kind: 'icmp'
      readonly family: Family
      readonly type: number | null
      readonly code: number | null
    }
  | { readonly kind: 'packet-type'; readonly type: string }
  | { readonly kind: 'family'; readonly family: Family }
  /** What conntrack holds as the destination of the connection's first packet, before DNAT. */
  | { readonly kind: 'ct-original-address'; readonly net: Net }
  | { readonly kind: 'ct-original-port'; readonly range: PortRange }
  | { readonly kind: 'ct-direction'; readonly direction: 'original' | 'reply' }
  /**
   * The way back to the source leads through the interface that the packet came by (rpfilter, fib). Routes are not in a
   * dump; between hosts that talk it holds, and where it does not the packets tell.
   */
  | { readonly kind: 'reverse-path' }
  /** The fields together are one of the elements: a set, an ipset, or a single value of nft. */
  | { readonly kind: 'elements'; readonly fields: readonly Field[]; readonly elements: readonly Element[] }
  | { readonly kind: 'fragment' }
  /** Of IPv6. The flows have none. */
  | { readonly kind: 'extension-header' }
  /** Not understood, or not decidable from a dump: matches or does not. */
  | { readonly kind: 'unknown'; readonly text: string }

export type Match = Condition & { readonly negated: boolean }

/** What an element is compared with, field by field. A packet without the field never matches, negated or not. */
export type Field =
  | { readonly kind: 'address'; readonly side: Side; readonly family: Family }
  /** `protocol` null: of whichever transport protocol the packet has. */
  | { readonly kind: 'port'; readonly side: Side; readonly protocol: 'tcp' | 'udp' | null }
  /** As text: `tcp`, `udp`, `icmp`, `icmpv6`. */
  | { readonly kind: 'protocol' }
  /** As text: `ipv4`, `ipv6`. */
  | { readonly kind: 'family' }
  | { readonly kind: 'interface'; readonly side: 'in' | 'out' }
  | { readonly kind: 'ct-state' }
  | { readonly kind: 'icmp-type' | 'icmp-code'; readonly family: Family }
  /** `fib saddr type`, `fib daddr type`. */
  | { readonly kind: 'address-type'; readonly side: Side }
  /** Nothing that a dump and a packet's headers tell. */
  | { readonly kind: 'opaque'; readonly text: string }

/** One value for each field; an `unknown` beside them says that the element may be gone by now. */
export type Element = readonly Component[]

/** The end of the range from 0 that stands for any number: nft's `*`. */
export const WHOLE = (1n << 128n) - 1n

export type Component =
  | { readonly kind: 'range'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'text'; readonly text: string }
  /** An interface name with a wildcard at its end. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'unknown' }

export type Target =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  /** The packet gets another source (SNAT, MASQUERADE). It ends the way through the nat table as an accept does. */
  | { readonly kind: 'snat' }
  | { readonly kind: 'reject'; readonly with: string | null }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** The packet goes on to the next rule (LOG, MARK, …). */
  | { readonly kind: 'continue' }
  | { readonly kind: 'notrack' }
  /** One after the other, as statements of one nft rule. */
  | { readonly kind: 'sequence'; readonly targets: readonly Target[] }
  /** nft's verdict map: the target of the element that the fields are, else the next rule. */
  | {
      readonly kind: 'map'
      readonly fields: readonly Field[]
      readonly entries: readonly { readonly element: Element; readonly target: Target }[]
    }
  /** The packet goes on to another host or port; null: its own. */
  | { readonly kind: 'dnat'; readonly address: string | null; readonly port: number | null }
  /** What becomes of the packet is not in the dump (NFQUEUE, DNAT, an extension). */
  | { readonly kind: 'unknown'; readonly name: string }

export interface Packet {
  readonly family: Family
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  /** IP literals; null where not known. */
  readonly source: string | null
  readonly destination: string | null
  /** Null: unknown, as an ephemeral port is. Both null for icmp. */
  readonly sourcePort: number | null
  readonly destinationPort: number | null
  readonly ctState: CtState
  /** Which side of its connection it is from. Absent: as the ports tell, where one of them is known alone. */
  readonly side?: 'original' | 'reply'
  /** Null: unknown, but none of those that carry no packet between hosts (`isInner`). */
  readonly inInterface: string | null
  readonly outInterface: string | null
  /** SYN opens, SYN+ACK answers, ACK comes later; empty for other protocols. */
  readonly tcpFlags: readonly TcpFlag[]
  readonly icmp?: { readonly type: number; readonly code: number }
}

export type Fate = 'accept' | 'drop' | 'reject' | 'unknown'

export interface RuleRef {
  readonly table: string
  readonly chain: string
  /** Null for a chain policy. */
  readonly position: number | null
  /** The rule's text, or `:CHAIN POLICY`. */
  readonly rule: string
}

export interface Step {
  readonly chain: string
  readonly position: number | null
}

export interface Decision {
  readonly fate: Fate
  readonly rejectWith?: string
  /**
   * What decides; for `unknown`, the first rule that may block. Null when no rule and no policy has a say.
   */
  readonly decidedBy: RuleRef | null
  /**
   * From the base chain to the decision: its first step is the rule of the base chain that leads there (the rule itself,
   * a jump, a RETURN, a goto), so a rule must stand before it to take the packet away. Position null: the bare policy.
   */
  readonly path: readonly Step[]
  /** Texts of rules that could not be decided, and what the dump does not show. */
  readonly doubts: readonly string[]
  /** The rule that gives the packet another source address, or may. */
  readonly sourceNat?: string
}
