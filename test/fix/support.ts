import { readFileSync } from 'node:fs'
import { parseNet } from '../../src/firewall/address.ts'
import type { Dump, Tool } from '../../src/firewall/host.ts'
import type { BlockedFlow, NodeInput, OsHints } from '../../src/fix/input.ts'
import type { Access } from '../../src/fix/net-text.ts'
import { GALERA_SERVICES } from '../../src/services.ts'

const LOCAL = '10.99.0.1'

const HINTS: OsHints = {
  osId: 'rhel',
  sysconfigIptables: true,
  rulesV4: false,
  netfilterPersistent: false,
  firewalldActive: false,
  ufwActive: false,
  nativeNft: false,
}

/** A file of fixtures/rulesets. */
export function read(name: string): string {
  return readFileSync(new URL(`../../fixtures/rulesets/${name}`, import.meta.url), 'utf8')
}

export function fixture(name: string): string {
  return read(`${name}.rules`)
}

/** A filter table from its INPUT (and other) rules. */
export function filter(
  rules: readonly string[],
  policies: Partial<Record<'INPUT' | 'OUTPUT', string>> = {},
): string {
  const users = new Set(
    rules.map((rule) => rule.split(' ')[1] ?? '').filter((chain) => !/^(IN|OUT)PUT$/.test(chain)),
  )
  return [
    '*filter',
    `:INPUT ${policies.INPUT ?? 'ACCEPT'} [0:0]`,
    ':FORWARD ACCEPT [0:0]',
    `:OUTPUT ${policies.OUTPUT ?? 'ACCEPT'} [0:0]`,
    ...[...users].map((chain) => `:${chain} - [0:0]`),
    ...rules,
    'COMMIT',
    '',
  ].join('\n')
}

export function flow(over: Partial<BlockedFlow> = {}): BlockedFlow {
  const base = {
    protocol: 'tcp',
    port: 4567,
    peer: '10.99.0.11',
    family: 4,
    direction: 'in',
    local: LOCAL,
  } as const
  const merged = { ...base, measured: true, ...over }
  return { id: `${merged.peer}->n1/${merged.port}/${merged.protocol}/${merged.direction}`, ...merged }
}

/** Every service of the catalogue from every peer. */
export function galeraFlows(peers: readonly string[]): BlockedFlow[] {
  return peers.flatMap((peer) => GALERA_SERVICES.map(({ port, protocol }) => flow({ peer, port, protocol })))
}

export function node(
  rules: string | readonly Dump[] | null,
  flows: readonly BlockedFlow[],
  hints: Partial<OsHints> = {},
  tool: Tool = 'iptables',
): NodeInput {
  const dumps = typeof rules === 'string' ? [{ tool, text: rules }] : rules
  return { name: 'n1', dumps, hints: { ...HINTS, ...hints }, flows }
}

/** What an opening of a front end names. */
export function access(source: string, port: number, protocol: 'tcp' | 'udp' = 'tcp'): Access {
  const net = parseNet(source)
  if (!net) throw new RangeError(source)
  return { source: net, port, protocol }
}
