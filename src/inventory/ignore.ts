import { FINDING_CODES } from '../findings/codes.ts'
import type { Service } from '../services.ts'
import { escapeText } from '../terminal/escape.ts'
import type { Host } from './hosts.ts'
import { InputError } from './input-error.ts'
import { parseUntil } from './until.ts'

/** What is known to be wrong and is not to be told, as `--ignore` has it. */
export interface Ignore {
  /** As given. */
  readonly text: string
  readonly what:
    | { readonly kind: 'flow'; readonly from: string; readonly to: string; readonly service: string }
    /** Whether it is reached, its flows both ways, and what is found on it. */
    | { readonly kind: 'node'; readonly node: string }
    | { readonly kind: 'finding'; readonly code: string }
  /** From then on it counts again; null: never. Milliseconds since the epoch. */
  readonly untilMs: number | null
}

const FORM = 'FROM,TO,SERVICE[@UNTIL], node:NAME[@UNTIL] or finding:CODE[@UNTIL]'

/**
 * `--ignore`, `*` standing for any text in each part. `open`: the run may find nodes that are not among `hosts`, so that a name
 * that is none of theirs is no mistake. Throws `InputError`.
 */
export function parseIgnore(
  text: string,
  { hosts, services, open }: { hosts: readonly Host[]; services: readonly Service[]; open: boolean },
): Ignore {
  const shown = escapeText(text, 80)
  const at = text.indexOf('@')
  const untilMs = at === -1 ? null : parseUntil(text.slice(at + 1))
  if (at !== -1 && untilMs === null) {
    throw new InputError(
      'bad-ignore',
      `--ignore "${shown}": what stands behind @ is no date. Examples: 2026-12-31, 2026-12-31T08:00, 2026-12-31T08:00Z.`,
    )
  }
  const head = at === -1 ? text : text.slice(0, at)
  const [, kind, rest = ''] = /^(finding|node):(.*)$/s.exec(head) ?? []
  if (kind === 'finding') {
    if (matching(rest, FINDING_CODES)) return { text, what: { kind: 'finding', code: rest }, untilMs }
    throw new InputError(
      'bad-ignore',
      `--ignore "${shown}": there is no such finding. A finding's code stands in brackets behind it: [clock-drift].`,
    )
  }
  const names = hosts.map(({ name }) => name)
  const node = (name: string) => {
    if (matching(name, names) || (open && name !== '')) return name
    throw new InputError(
      'unknown-node',
      `--ignore "${shown}" names no node "${escapeText(name, 80)}". Known are: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', ...' : ''}.`,
    )
  }
  if (kind === 'node') return { text, what: { kind, node: node(rest) }, untilMs }
  const [from, to, service, ...more] = head.split(',')
  if (!from || !to || !service || more.length > 0) {
    const example = `--ignore ${names[0] ?? 'n1'},${names[1] ?? 'n2'},galera@2026-12-31`
    throw new InputError('bad-ignore', `--ignore "${shown}" is not ${FORM}. Example: ${example}`)
  }
  if (services.some((each) => namesService(service, each))) {
    // With --via none the source is this host, which is no node of the list.
    return { text, what: { kind: 'flow', from: open ? from : node(from), to: node(to), service }, untilMs }
  }
  throw new InputError(
    'unknown-service',
    `--ignore "${shown}" names no service "${escapeText(service, 80)}" of this run. Known are: ${services.map(({ name }) => name).join(', ')}.`,
  )
}

/** Whether it is the service's name or port (`4567`, `4567/udp`); `*` stands for any text. */
export function namesService(
  pattern: string,
  { name, port, protocol }: Pick<Service, 'name' | 'port' | 'protocol'>,
): boolean {
  return matching(pattern, [name, `${port}`, `${port}/${protocol}`])
}

/** Whether the pattern, in which `*` stands for any text, is one of the words. */
export function matching(pattern: string, words: readonly string[]): boolean {
  const parts = pattern
    .split('*')
    .map((part) => part.replace(/[^\w]/g, (character) => `\\u{${code(character)}}`))
  const form = new RegExp(`^${parts.join('.*')}$`, 'su')
  return words.some((word) => form.test(word))
}

function code(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}
