import type { Service } from '../services.ts'
import { escapeText } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'
import type { Node } from './nodes.ts'
import type { Via } from './via.ts'

/** The one flow that `--explain` asks for. */
export interface FlowChoice {
  readonly from: string
  readonly to: string
  readonly service: string
}

/** The name, when it is one of the nodes. */
export function nodeNamed(option: string, name: string, nodes: readonly Node[]): string {
  if (nodes.some((node) => node.name === name)) return name
  const known = nodes.slice(0, 10).map((node) => node.name)
  throw new InputError(
    'unknown-node',
    `${option} names no node "${escapeText(name, 80)}". Known are: ${known.join(', ')}${nodes.length > 10 ? ', ...' : ''}.`,
  )
}

/** `FROM,TO,SERVICE` of `--explain`. */
export function parseFlowChoice(
  text: string,
  nodes: readonly Node[],
  services: readonly Service[],
  via: Via,
): FlowChoice {
  const [from, to, service, ...more] = text.split(',')
  if (!from || !to || !service || more.length > 0 || from === to) {
    throw new InputError(
      'bad-explain',
      `--explain "${escapeText(text, 80)}" is not FROM,TO,SERVICE with two different nodes. ` +
        `Example: --explain ${nodes[0]?.name ?? 'n1'},${nodes[1]?.name ?? 'n2'},galera`,
    )
  }
  // With --via none the source is this host, which is no node of the list.
  if (via.kind !== 'none') nodeNamed('--explain', from, nodes)
  nodeNamed('--explain', to, nodes)
  if (!services.some(({ name }) => name === service)) {
    const known = services.map(({ name }) => name).join(', ')
    throw new InputError(
      'unknown-service',
      `--explain names no service "${escapeText(service, 80)}" of this run. Known are: ${known}.`,
    )
  }
  return { from, to, service }
}
