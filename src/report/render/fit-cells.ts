/** What the lines and blanks between columns take: for a grid without box drawing, and with. */
const GAPS = { ascii: { each: 2, once: -2 }, boxed: { each: 3, once: 1 } }
const READABLE = 16
const NARROWEST = 8

/**
 * Cells broken over lines so that the whole grid is no wider than `columns`: the widest columns first, the first of all only when the others are narrow; at spaces, else
 * behind the punctuation of paths and lists, else wherever they must. What does not fit with eight characters a column is wider.
 */
export function fitCells(rows: readonly (readonly string[])[], columns: number, ascii: boolean): string[][] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const { each, once } = ascii ? GAPS.ascii : GAPS.boxed
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const total = () => widths.reduce((sum, width) => sum + width, each * count + once)
  for (const least of [READABLE, NARROWEST]) {
    const first = least === READABLE ? 1 : 0
    while (total() > columns) {
      const widest = widths.indexOf(Math.max(...widths.slice(first)), first)
      const width = widths[widest] ?? 0
      if (width <= least) break
      widths[widest] = width - 1
    }
  }
  return rows.map((row) => row.map((cell, column) => broken(cell, widths[column] ?? cell.length)))
}

function broken(text: string, width: number): string {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const mark = Math.max(...['/', ',', ';', '&', '?'].map((each) => rest.lastIndexOf(each, width - 1))) + 1
    const end = space > 0 ? space : mark > width / 3 ? mark : width
    lines.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest].join('\n')
}
