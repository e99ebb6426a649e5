type Line = { readonly indent: number; readonly text: string }

/** The little of YAML that a manifest is written in: block maps and lists, plain words, numbers and JSON strings. */
export function readYaml(text: string): unknown {
  const lines = text.split('\n').map((line) => {
    const body = line.trimStart()
    return { indent: line.length - body.length, text: body }
  })
  const value = block(lines, 0)
  if (lines.length > 0) throw new Error(`not understood: ${JSON.stringify(lines[0])}`)
  return value
}

function block(lines: Line[], indent: number): unknown {
  const [first] = lines
  if (first?.indent !== indent) throw new Error(`indented wrongly: ${JSON.stringify(first)}`)
  if (first.text.startsWith('- ')) return list(lines, indent)
  return KEY.test(first.text) ? map(lines, indent) : scalar(lines.shift()?.text ?? '')
}

function list(lines: Line[], indent: number): unknown[] {
  const items: unknown[] = []
  for (let line = lines[0]; line?.indent === indent && line.text.startsWith('- '); line = lines[0]) {
    lines[0] = { indent: indent + 2, text: line.text.slice(2) }
    items.push(block(lines, indent + 2))
  }
  return items
}

const KEY = /^("(?:[^"\\]|\\.)*"|[A-Za-z]+):(?: (.+))?$/

function map(lines: Line[], indent: number): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (let line = lines[0]; line?.indent === indent; line = lines[0]) {
    const [whole, key = '', value] = KEY.exec(line.text) ?? []
    if (whole === undefined) throw new Error(`no key: ${line.text}`)
    lines.shift()
    const name = String(scalar(key))
    if (Object.hasOwn(result, name)) throw new Error(`twice: ${name}`)
    result[name] = value === undefined ? block(lines, lines[0]?.indent ?? -1) : scalar(value)
  }
  return result
}

function scalar(text: string): string | number {
  if (text.startsWith('"')) return JSON.parse(text) as string
  if (/^[0-9]+$/.test(text)) return Number(text)
  if (/^[A-Za-z][A-Za-z0-9./]*$/.test(text)) return text
  throw new Error(`no scalar: ${text}`)
}
