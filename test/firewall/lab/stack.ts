import type { Family } from '../../../src/firewall/address.ts'
import type { Hook } from '../../../src/firewall/evaluate.ts'
import type { RulesText } from '../../../src/prove/scratch.ts'
import { randomRuleset } from './generate.ts'
import { randomNft } from './generate-nft.ts'
import type { Random } from './random.ts'

const KINDS = ['iptables-nft', 'iptables-legacy', 'native', 'native', 'mixed', 'mixed'] as const
export type StackKind = (typeof KINDS)[number]

/** All rules of a host, on the way of the packets of one hook. */
export interface Stack {
  readonly kind: StackKind
  readonly hook: Hook
  readonly families: readonly Family[]
  /** In the order in which they are loaded. */
  readonly texts: readonly RulesText[]
}

export function randomStack(random: Random): Stack {
  const kind = random.pick(KINDS)
  const hook: Hook = random.chance(0.6) ? 'INPUT' : 'OUTPUT'
  const families = random.pick<readonly Family[]>([[4], [4], [6], [4, 6]])
  const backEnds = kind === 'mixed' ? mixture(random) : [kind]
  const texts = backEnds.flatMap((backEnd): RulesText[] => {
    if (backEnd === 'native') {
      const shared = !backEnds.includes('iptables-nft')
      return [{ tool: 'nft', text: randomNft(random, hook, shared) }]
    }
    return families.map((family) => {
      const tool = family === 4 ? backEnd : backEnd.replace('ip', 'ip6')
      return { tool, text: randomRuleset(random, family, hook) }
    })
  })
  return { kind, hook, families, texts }
}

function mixture(random: Random): Exclude<StackKind, 'mixed'>[] {
  const [first, second, third] = random.pick([
    ['iptables-nft', 'native', 'iptables-legacy'],
    ['native', 'iptables-nft', 'iptables-legacy'],
    ['iptables-legacy', 'native', 'iptables-nft'],
    ['iptables-legacy', 'iptables-nft', 'native'],
  ] as const)
  return random.chance(0.4) ? [first, second, third] : [first, second]
}
