import type { Direction } from '../../../src/fix/input.ts'
import type { Peer, Target } from './bench.ts'

type Family = 4 | 6

/** A packet's way between a peer and the host with the rules, by the port of the service. */
export interface Way {
  readonly peer: Peer
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
}

/** A block, loaded for real, and what is to come of it. */
export interface Case {
  /** What blocks; with the host, the direction and the family it names the case. */
  readonly kind: string
  readonly host: Target
  readonly family: Family
  readonly direction: Direction
  readonly load: Load
  /** Blocked before, open afterwards. */
  readonly flows: readonly Way[]
  /** Of the others those that pass before and afterwards. All others are shut, before and afterwards. */
  readonly open: readonly Way[]
  readonly networks: readonly string[]
  readonly wanted: Wanted
}

export type Load =
  /** A script, on a host without rules. `boot` is what the system does at its start, before it loads what is persisted. */
  | { readonly by: 'script'; readonly script: string; readonly boot?: string }
  /** Native rules in the file that the nftables service loads. */
  | { readonly by: 'nft.conf'; readonly text: string }
  | { readonly by: 'firewalld'; readonly files: Record<string, string>; readonly script?: string }
  | { readonly by: 'ufw'; readonly commands: readonly string[]; readonly script?: string }

export type Wanted =
  /** Commands for these back ends. `lasts`: the persisted file keeps them. */
  | {
      readonly backends: readonly string[]
      readonly proven: boolean
      readonly lasts: boolean
      readonly note?: RegExp
    }
  /** No command, and a note that says why. */
  | { readonly none: RegExp }

export const tcp = (peer: Peer, port = 4567): Way => ({ peer, port, protocol: 'tcp' })
export const udp = (peer: Peer, port = 4567): Way => ({ peer, port, protocol: 'udp' })

/** What the cluster needs. */
export const FLOWS: readonly Way[] = [tcp('p1'), tcp('p1', 4444), udp('p1'), tcp('p2')]
/** What nobody asked for: another port, another service of the other peer, and whoever is no member. */
export const OTHERS: readonly Way[] = [
  tcp('p1', 4569),
  udp('p1', 4569),
  tcp('p2', 4444),
  tcp('stranger'),
  udp('stranger'),
]

export const opened = (backend: string, over: { lasts?: boolean; note?: RegExp } = {}): Wanted => ({
  backends: [backend],
  proven: true,
  lasts: true,
  ...over,
})

interface Names {
  readonly p1: string
  readonly p2: string
  readonly net: string
  readonly stranger: string
  /** The words of nft and iptables. */
  readonly ip: 'ip' | 'ip6'
  readonly icmp: string
}

export const NAMES: Record<Family, Names> = {
  4: {
    p1: '10.99.0.11',
    p2: '10.99.0.12',
    net: '10.99.0.0/24',
    stranger: '10.99.0.200',
    ip: 'ip',
    icmp: 'icmp',
  },
  6: {
    p1: 'fd00:99::11',
    p2: 'fd00:99::12',
    net: 'fd00:99::/64',
    stranger: 'fd00:99::200',
    ip: 'ip6',
    icmp: 'ipv6-icmp',
  },
}

type Rest = Partial<Pick<Case, 'flows' | 'open' | 'networks' | 'wanted' | 'direction' | 'family'>>

export function caseOf(kind: string, host: Target, load: Load, wanted: Wanted, rest: Rest = {}): Case {
  return {
    kind,
    host,
    load,
    wanted,
    family: 4,
    direction: 'in',
    flows: FLOWS,
    open: [],
    networks: [],
    ...rest,
  }
}
