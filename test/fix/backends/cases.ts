import type { Case } from './case.ts'
import { FRONT_CASES } from './front-cases.ts'
import { IPTABLES_CASES } from './iptables-cases.ts'
import { MIXED_CASES } from './mixed-cases.ts'
import { NFT_CASES } from './nft-cases.ts'

const ALL: readonly Case[] = [...IPTABLES_CASES, ...NFT_CASES, ...MIXED_CASES, ...FRONT_CASES]

/** In an order in which neighbours are of different hosts, so that they can run at the same time. */
export const CASES: readonly Case[] = [...byHost(ALL).values()]
  .flatMap((cases) => cases.map((each, i) => ({ each, at: (i + 0.5) / cases.length })))
  .sort((a, b) => a.at - b.at)
  .map(({ each }) => each)

function byHost(cases: readonly Case[]): Map<string, Case[]> {
  const groups = new Map<string, Case[]>()
  for (const each of cases) groups.set(each.host, [...(groups.get(each.host) ?? []), each])
  return groups
}
