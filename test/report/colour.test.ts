import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadPalette } from '../../src/report/render/colour.ts'
import { loadGrid } from '../../src/report/render/grid.ts'
import { renderTable } from '../../src/report/render/table.ts'
import { FIXTURES, readReport } from './reports.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const ESCAPE = /\x1b/

/** What a cron job, a pipe in a terminal and a CI job have: none of it may decide about our colours. */
const ENVIRONMENTS = [
  { TERM: 'xterm' },
  { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
  { TERM: 'xterm', FORCE_COLOR: '1' },
  { TERM: 'xterm', NO_COLOR: '1' },
  { TERM: 'dumb' },
]

beforeEach(() => {
  for (const name of ['TERM', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR', 'CI']) vi.stubEnv(name, undefined)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

describe.each(ENVIRONMENTS)('with %o', (environment) => {
  beforeEach(() => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  })

  it.each(FIXTURES)('%s has no colour when none is wanted', async (name) => {
    for (const ascii of [true, false]) {
      const text = await renderTable(readReport(name), {
        columns: 80,
        color: false,
        ascii,
        quiet: 0,
        view: 'check',
      })
      expect(text).not.toMatch(ESCAPE)
    }
  })

  it('and has colour when it is wanted', async () => {
    const text = await renderTable(readReport('healthy'), {
      columns: 80,
      color: true,
      ascii: false,
      quiet: 0,
      view: 'check',
    })
    expect(text).toContain('\x1b[32mOK\x1b[39m')
  })
})

describe('the table library', () => {
  it('paints a pipe by itself when it is left alone, so the test above can fail', async () => {
    vi.stubEnv('TERM', 'xterm')
    vi.stubEnv('FORCE_COLOR', '1')
    const { default: Table } = await import('cli-table3')
    const table = new Table({ head: ['x'] })
    table.push(['y'])
    expect(table.toString()).toMatch(ESCAPE)
  })

  it('draws boxes, or nothing but ASCII', async () => {
    const rows = [
      ['a', 'b'],
      ['long cell', 'OK'],
    ]
    expect((await loadGrid(false))(rows)).toEqual([
      '┌───────────┬────┐',
      '│ a         │ b  │',
      '│ long cell │ OK │',
      '└───────────┴────┘',
    ])
    expect((await loadGrid(true))(rows)).toEqual(['a          b', 'long cell  OK'])
  })

  it('aligns wide and painted text alike', async () => {
    const { flow } = await loadPalette(true)
    const [head = '', body = ''] = (await loadGrid(true))([
      ['節点', 'x'],
      [flow.OK('OK'), 'x'],
    ])
    expect(head).toBe('節点  x')
    expect(body).toBe('\x1b[32mOK\x1b[39m    x')
  })
})

describe('colour', () => {
  it('only repeats what the words say', async () => {
    for (const name of FIXTURES) {
      const style = { columns: 80, ascii: true, quiet: 0, view: 'check' } as const
      const painted = await renderTable(readReport(name), { ...style, color: true })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are taken off
      expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(
        await renderTable(readReport(name), { ...style, color: false }),
      )
    }
  })
})
