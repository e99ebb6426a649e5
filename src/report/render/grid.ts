/** Draws rows of cells as aligned text; the first row is the head. */
export type Grid = (rows: readonly (readonly string[])[]) => string[]

/** Columns parted by two spaces: what survives a pipe, a mail and LC_ALL=C. */
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Without rules between the body rows: a matrix of one-word cells reads better, and fits twice as many nodes. */
const BOXED = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }

export async function loadGrid(ascii: boolean): Promise<Grid> {
  const { default: Table } = await import('cli-table3')
  // Without an explicit style the library paints heads and borders, in a pipe and under NO_COLOR too.
  const style = { head: [], border: [], ...(ascii && { 'padding-left': 0, 'padding-right': 0 }) }
  const chars = ascii ? BARE : BOXED
  return (rows) => {
    const table = new Table({ style, chars })
    table.push(...rows.map((row) => [...row]))
    const lines = table.toString().split('\n')
    return lines.map((line) => line.trimEnd()).filter((line) => line !== '')
  }
}
