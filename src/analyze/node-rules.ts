import type { GivenRules } from '../findings/rules-partial.ts'
import { type Dump, type LoadedDump, loadDumps } from '../firewall/host.ts'
import { InputError } from '../inventory/input-error.ts'
import type { ReadRules } from './read-rules.ts'

/** All that was given of one node, as one picture of its firewall. */
export interface NodeRules {
  readonly dumps: readonly Dump[]
  readonly loaded: readonly LoadedDump[]
  readonly given: GivenRules
}

/**
 * Null: nothing was given of the node. `texts`: all that its files say, also those without rules. Throws an `InputError` for
 * files that do not fit together.
 */
export function nodeRules(
  node: string,
  files: readonly ReadRules[],
  texts: readonly string[],
): NodeRules | null {
  if (files.length === 0) return null
  refuseTwice(node, files)
  const has = (format: ReadRules['format']) => files.some((file) => file.format === format)
  const words = files.find(({ format }) => format === 'nft-text')
  if (words !== undefined && !has('nft-json')) {
    throw new InputError(
      'rules-format',
      `${words.shown} is nft list ruleset in words, which only explains the JSON. Take nft -j list ruleset.`,
    )
  }
  if (files.every(({ format }) => format === 'ipset-save')) {
    throw new InputError(
      'rules-sets-only',
      `Of ${node} only sets are given. Add its rules: --rules ${node}=FILE of iptables-save.`,
    )
  }
  const dumps = files.map(({ dump }) => dump)
  const legacy = dumps.some(({ tool }) => tool.endsWith('-legacy'))
  return {
    dumps,
    loaded: loadDumps(dumps),
    given: {
      node,
      nft: has('nft-json'),
      filterOnly: has('listing') || has('rule-specs'),
      legacyMissing: !legacy && texts.some(saysLegacy),
    },
  }
}

/** Two files of one kind are two moments, or one taken twice: which is in force, nobody can tell. */
function refuseTwice(node: string, files: readonly ReadRules[]): void {
  for (const [index, { dump, shown }] of files.entries()) {
    const other = files.slice(0, index).find((before) => kindOf(before) === kindOf({ dump }))
    if (other !== undefined) {
      throw new InputError(
        'rules-twice',
        `${other.shown} and ${shown} both hold the ${kindOf({ dump })} rules of ${node}. Give the one that is in force.`,
      )
    }
  }
}

/** `iptables` is one of its two back ends, the newer as a rule, so a file of legacy may stand beside it. */
function kindOf({ dump }: Pick<ReadRules, 'dump'>): string {
  return dump.tool.replace(/-nft$/, '')
}

/** The newer iptables' own warning, which comes with a listing or a dump where both outputs went into the file. */
function saysLegacy(text: string): boolean {
  return /^# Warning: ip6?tables-legacy tables present/m.test(text)
}
