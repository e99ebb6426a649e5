/** A piece of HTML. Only `html` makes one, so text of a report can never be taken for it. */
export interface Html {
  readonly markup: string
}

type Value = string | number | Html | readonly Html[] | null | false

/** A template of HTML: strings that are put in are escaped, for text and for attributes in double quotes. */
export function html(literals: TemplateStringsArray, ...values: readonly Value[]): Html {
  const parts = literals.map((literal, index) => (index === 0 ? '' : markupOf(values[index - 1])) + literal)
  return { markup: parts.join('') }
}

/** HTML that is no part of a report: the style, the script. */
export function verbatim(markup: string): Html {
  return { markup }
}

/** Some of the names in a sentence, each marked up. */
export function joined(items: readonly Html[], separator: string): Html {
  return { markup: items.map(({ markup }) => markup).join(escapeHtml(separator)) }
}

function markupOf(value: Value | undefined): string {
  if (value === undefined || value === null || value === false) return ''
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
