import type { Family } from '../firewall/address.ts'
import { escapeText } from '../terminal/escape.ts'
import { nodeNamed } from './flow-choice.ts'
import { InputError } from './input-error.ts'
import type { Node } from './nodes.ts'

/** A file with rules of one node, as `--rules` names it. */
export interface RulesFile {
  readonly node: string
  /** `-`: stdin. */
  readonly path: string
  /** What the user says of it; null: the file tells. */
  readonly family: Family | null
}

/** `NODE=FILE`, or `NODE=ip6:FILE` where the rules do not show that they are of ip6tables. */
export function parseRulesFiles(items: readonly string[], nodes: readonly Node[]): RulesFile[] {
  const files = items.map((item) => parseItem(item, nodes))
  for (const [index, { node, path }] of files.entries()) {
    const others = files.slice(0, index)
    if (others.some((other) => other.path === path && (path === '-' || other.node === node))) {
      const shown = path === '-' ? 'stdin (-)' : `the file ${escapeText(path, 80)}`
      throw new InputError('rules-twice', `--rules gives ${shown} twice. It is read once, for one node.`)
    }
  }
  return files
}

function parseItem(item: string, nodes: readonly Node[]): RulesFile {
  const [, node = '', family, path = ''] = /^([^=]*)=(?:ip([46]):)?(.*)$/s.exec(item) ?? []
  if (node === '' || path === '') {
    throw new InputError(
      'bad-rules',
      `--rules "${escapeText(item, 80)}" is not NODE=FILE. Example: --rules ${nodes[0]?.name ?? 'n1'}=n1.rules`,
    )
  }
  nodeNamed('--rules', node, nodes)
  return { node, path, family: family === undefined ? null : family === '6' ? 6 : 4 }
}
