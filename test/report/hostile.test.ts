import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderExplain } from '../../src/report/render/explain.ts'
import { renderJson } from '../../src/report/render/json.ts'
import { renderTable } from '../../src/report/render/table.ts'
import type { Report } from '../../src/report/report.ts'
import { isSafe } from '../../src/terminal/escape.ts'
import { ATTACKS, attack } from './attack.ts'
import { FIXTURES, readReport } from './reports.ts'

async function everyRendering(report: Report): Promise<string[]> {
  const style = { columns: 80, color: false, ascii: true, quiet: 0 } as const
  const texts = [
    await renderTable(report, { ...style, view: 'check' }),
    await renderTable(report, { ...style, view: 'check', columns: 15 }),
    await renderTable(report, { ...style, view: 'fix' }),
    renderJson(report),
  ]
  for (const { from, to, service } of report.flows) {
    texts.push(await renderExplain(report, { from, to, service }, { columns: 80, color: false }))
  }
  for (const { node } of report.fixes) {
    texts.push(await renderTable(report, { ...style, view: 'fix', node }))
  }
  return texts
}

describe('text of remote hosts', () => {
  it.each(FIXTURES.flatMap((name) => ATTACKS.map((by) => [name, by] as const)))(
    '%s with %j in every string reaches no terminal raw',
    async (name, by) => {
      const report = attack(readReport(name), by) as Report
      for (const text of await everyRendering(report)) {
        for (const line of text.split('\n')) expect(isSafe(line), JSON.stringify(line)).toBe(true)
      }
    },
  )

  it('the attack is in the report, so the test above can fail', () => {
    const report = attack(readReport('article-blocked'), '\x1b[2J') as Report
    expect(report.flows[1]?.blockedBy?.rule).toContain('\x1b[2J')
    expect(report.fixes[0]?.commands[0]).toContain('\x1b[2J')
  })

  it('is shown, not swallowed: what is odd in a rule can be seen', async () => {
    const report = attack(readReport('article-blocked'), '\u202e') as Report
    const text = await renderTable(report, {
      columns: 80,
      color: false,
      ascii: true,
      quiet: 0,
      view: 'check',
    })
    expect(text).toContain('--reject-with icmp-host-prohibited\\u{202e}x')
  })

  it.each(ATTACKS)('a command with %j in it is not offered for pasting', async (by) => {
    const report = readReport('article-blocked')
    const fixes = report.fixes.map((fix) => ({
      ...fix,
      commands: [`iptables -m comment --comment 'a${by}id'`],
    }))
    const style = { columns: 80, color: false, ascii: true, quiet: 0, view: 'fix' } as const
    const text = await renderTable({ ...report, fixes }, style)
    expect(text).not.toMatch(/^iptables -m/m)
    expect(text).toMatch(/^# not for pasting, .*iptables -m comment/m)
  })

  it('a command in letters of any script is offered as it is', async () => {
    const report = readReport('article-blocked')
    const command = "iptables -m comment --comment 'für 節点'"
    const fixes = report.fixes.map((fix) => ({ ...fix, commands: [command] }))
    const style = { columns: 80, color: false, ascii: true, quiet: 0, view: 'fix' } as const
    expect(await renderTable({ ...report, fixes }, style)).toContain(`\n${command}\n`)
  })
})

describe('renderJson', () => {
  it.each(FIXTURES)('%s reads back as it was, the version first', (name) => {
    const report = readReport(name)
    const text = renderJson(report)
    expect(JSON.parse(text)).toEqual(report)
    expect(text).toMatch(/^\{\n {2}"schemaVersion": 1,\n/)
    expect(text.endsWith('}\n')).toBe(true)
  })

  it('puts the version first wherever it was', () => {
    const { schemaVersion, ...rest } = readReport('healthy')
    expect(renderJson({ ...rest, schemaVersion })).toMatch(/^\{\n {2}"schemaVersion": 1,\n/)
  })

  it('loses no text, however hostile, and prints none of it raw', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...ATTACKS, '\u{e0041}', '\ud800'))
    fc.assert(
      fc.property(text, (message) => {
        const report: Report = { ...readReport('healthy'), flows: [], error: { code: 'x', message } }
        const json = renderJson(report)
        expect(JSON.parse(json)).toEqual(report)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(json).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/)
      }),
    )
  })
})
