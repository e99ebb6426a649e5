import type { Family, Net } from '../firewall/address.ts'
import type { Dump } from '../firewall/host.ts'
import type { Protocol } from '../services.ts'

/**
 * Which packets are blocked, seen from the node that the fix is for.
 * - `in`: INPUT, as the target: what the peer sends to the service's port.
 * - `out`: OUTPUT, as the source: what this node sends to the peer's service.
 * - `reply-out`: OUTPUT, as the target: the service's answers to the peer.
 * - `reply-in`: INPUT, as the source: the answers of the peer's service.
 */
export type Direction = 'in' | 'out' | 'reply-out' | 'reply-in'

export interface BlockedFlow {
  readonly id: string
  readonly protocol: Protocol
  /** The port of the service, on whichever side it is. */
  readonly port: number
  /** IP literal of the other host: what the rule must name. */
  readonly peer: string
  readonly family: Family
  readonly direction: Direction
  /** IP literal of this node that the flow uses; null where not known, then rules that name one are undecidable. */
  readonly local: string | null
  /** The only interface by which packets of other hosts come and go; without it rules that name one stay open. */
  readonly interface?: string | null
  /**
   * True when probes have shown the block to be at this node. Then rules that accept the packet mean that something else
   * here drops it; otherwise they mean that there is nothing to do.
   */
  readonly measured: boolean
}

/** What a node says about who keeps its firewall. */
export interface OsHints {
  /** `ID` of /etc/os-release: `debian`, `ubuntu`, `rhel`, `centos`, `ol`, `almalinux`, `rocky`, `sles`, … */
  readonly osId: string | null
  /** /etc/sysconfig/iptables exists (RHEL's iptables-services). */
  readonly sysconfigIptables: boolean
  /** /etc/iptables/rules.v4 exists (Debian's iptables-persistent). */
  readonly rulesV4: boolean
  readonly netfilterPersistent: boolean
  readonly firewalldActive: boolean
  readonly ufwActive: boolean
  /** The file that the nftables service loads at boot. */
  readonly nftConf?: string | null
  /** The tables that this file names, each with its family: `inet filter`. */
  readonly nftTables?: readonly string[]
  /** Native nft tables with base chains exist, which no iptables dump shows. */
  readonly nativeNft: boolean
}

export interface NodeInput {
  readonly name: string
  /** Null when the ruleset could not be read (no root). */
  readonly dumps: readonly Dump[] | null
  /** The agent was root, and still there was nothing to read. */
  readonly isRoot?: boolean
  readonly hints: OsHints
  /** Networks whose hosts are opened together instead of one by one. */
  readonly networks?: readonly Net[]
  /** In the order of the services; commands come in that order, then by peer. */
  readonly flows: readonly BlockedFlow[]
}
