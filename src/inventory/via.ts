import { escapeText } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'
import type { Node } from './nodes.ts'
import { splitWords } from './split-words.ts'

/** How commands reach the nodes. */
export type Via =
  | { readonly kind: 'ssh' }
  /** No commands on the nodes: probes from this host only. */
  | { readonly kind: 'none' }
  /** The words of the prefix, `{name}` and `{address}` not yet filled in; `text` is the prefix as given. */
  | { readonly kind: 'exec'; readonly text: string; readonly template: readonly string[] }

/** `--via`: `ssh`, `none`, or an exec prefix. */
export function parseVia(text: string, nodeCount: number): Via {
  if (text === 'ssh' || text === 'none') return { kind: text }
  const template = splitWords(text)
  if (template.length === 0) {
    throw new InputError('empty-via', `--via is empty. Give ssh, none, or a prefix such as ${EXAMPLE}`)
  }
  const unknown = /\{(?!name\}|address\})[A-Za-z_]+\}/.exec(template.join(' '))
  if (unknown !== null) {
    throw new InputError(
      'via-placeholder',
      `--via has the placeholder "${escapeText(unknown[0], 40)}"; only {name} and {address} are filled in. Example: ${EXAMPLE}`,
    )
  }
  if (nodeCount > 1 && !template.some((word) => /\{(name|address)\}/.test(word))) {
    throw new InputError(
      'via-same-for-all',
      `--via "${escapeText(text, 80)}" is the same command for all ${nodeCount} nodes. Say where the node goes, ` +
        `with {name} or {address}: ${EXAMPLE}`,
    )
  }
  return { kind: 'exec', text, template }
}

const EXAMPLE = "--via 'docker exec -i {name}'"

/** The argv prefix for one node. Each word stays one argument, whatever is filled in: no shell sees it. */
export function prefixFor(template: readonly string[], node: Node): string[] {
  return template.map((word) =>
    word.replace(/\{(name|address)\}/g, (_, key) => (key === 'name' ? node.name : node.address)),
  )
}
