import { describe, expect, it } from 'vitest'
import { renderJunit } from '../../src/report/render/junit.ts'
import { renderMarkdown } from '../../src/report/render/markdown.ts'
import { renderNagios } from '../../src/report/render/nagios.ts'
import { renderPrometheus } from '../../src/report/render/prometheus.ts'
import { renderTsv } from '../../src/report/render/tsv.ts'
import type { Report } from '../../src/report/report.ts'
import { isSafe } from '../../src/terminal/escape.ts'
import { ATTACKS, attack } from './attack.ts'
import { FIXTURES, flow, readReport, report } from './reports.ts'

const FORMATS: readonly (readonly [string, (report: Report) => string | Promise<string>])[] = [
  ['nagios.txt', (given) => renderNagios(given, 10_000)],
  ['prom', renderPrometheus],
  ['tsv', renderTsv],
  ['md', renderMarkdown],
  ['junit.xml', renderJunit],
]

describe.each(FORMATS)('%s', (extension, render) => {
  it.each(FIXTURES)('%s', async (name) => {
    const text = await render(readReport(name))
    expect(text.endsWith('\n')).toBe(true)
    await expect(text).toMatchFileSnapshot(`rendered/${name}.${extension}`)
  })

  it.each(FIXTURES.flatMap((name) => ATTACKS.map((by) => [name, by] as const)))(
    '%s with %j in every string reaches no terminal raw',
    async (name, by) => {
      const text = await render(attack(readReport(name), by) as Report)
      // The tabs of tsv are its own.
      for (const line of text.split('\n')) {
        for (const part of line.split('\t')) expect(isSafe(part), JSON.stringify(line)).toBe(true)
      }
    },
  )
})

describe('tsv', () => {
  const rows = (given: Report) =>
    renderTsv(given)
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'))

  it('a row for each flow below the header, all as wide', () => {
    const given = readReport('article-blocked')
    const [header = [], ...body] = rows(given)
    expect(header.slice(0, 8)).toEqual([
      'from',
      'to',
      'service',
      'protocol',
      'address',
      'port',
      'status',
      'reason',
    ])
    expect(body.map(([from, to, service]) => `${from}->${to}/${service}`)).toEqual(
      given.flows.map(({ id }) => id),
    )
    for (const row of body) expect(row).toHaveLength(header.length)
  })

  it('reads back whatever stands in a cell, as mysql --batch writes it', () => {
    const rule = 'a\tb\nc\\d\\te\0'
    const blockedBy = { node: 'b', table: 'filter', chain: 'INPUT', position: 1, rule }
    const [header = [], body = []] = rows(report([flow({ from: 'a', to: 'b', status: 'DOWN', blockedBy })]))
    const cell = body[header.indexOf('blocked_by_rule')]
    expect(cell).toBe('a\\tb\\nc\\\\d\\\\te\\0')
  })

  it('leaves empty what is not known', () => {
    const [header = [], body = []] = rows(report([flow({ from: 'a', to: 'b', listening: null })]))
    for (const name of ['listening', 'rtt_ms', 'blocked_at', 'blocked_by_rule']) {
      expect(body[header.indexOf(name)]).toBe('')
    }
  })
})
