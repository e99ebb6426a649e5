/**
 * Text of a remote host as plain text of a Markdown document: nothing in it makes markup, HTML, a link with another text than
 * its target, or a mention. An underscore inside a word is harmless, and stays readable where nothing renders it.
 */
export function markdownText(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replace(/[\\`*[\]<>|~]/g, '\\$&')
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
      // What begins a line as a heading, a list or a rule does not end there when it begins a text.
      .replace(/^(\s*)([#+=-])/, '$1\\$2')
      .replace(/^(\s*\d+)([.)])/, '$1\\$2')
      .replace(/(?<![\p{L}\p{N}_])@/gu, '`@`')
  )
}

/** The lines as a code block whose fence is longer than any run of backticks in it. */
export function codeBlock(lines: readonly string[], language: 'sh' | 'text'): string[] {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length)
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)))
  return [`${fence}${language}`, ...lines, fence]
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)]
}
