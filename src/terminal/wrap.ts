/** Breaks prose at spaces so that no line is wider than `columns`; a longer word (an address, a path) keeps its line. */
export function wrap(text: string, columns: number, indent: string = ''): string[] {
  const body = text.trimStart()
  const [first = '', ...words] = body.split(' ')
  const lines: string[] = []
  let line = text.slice(0, text.length - body.length) + first
  for (const word of words) {
    const longer = `${line} ${word}`
    if (longer.length > columns) {
      lines.push(line)
      line = indent + word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}
