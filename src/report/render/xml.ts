/** An element of an XML document: it has text, which is escaped where it is written, or elements in it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number>>
  readonly content: string | readonly XmlElement[]
}

/** All that XML 1.0 has no place for, escaped or not (production 2, Char). */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines(root, '').join('\n')}\n`
}

function lines({ name, attributes, content }: XmlElement, indent: string): string[] {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`)
  const start = `${indent}<${name}${pairs.join('')}`
  if (content.length === 0) return [`${start}/>`]
  // Blanks around text would be text.
  if (typeof content === 'string') return [`${start}>${characters(content)}</${name}>`]
  return [`${start}>`, ...content.flatMap((child) => lines(child, `${indent}  `)), `${indent}</${name}>`]
}

function attribute(text: string): string {
  return text.replace(NOT_XML, '').replace(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? '')
}

function characters(text: string): string {
  return text.replace(NOT_XML, '').replace(/[&<>\r]/g, (character) => ENTITIES[character] ?? '')
}
