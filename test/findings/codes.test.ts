import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FINDING_CODES } from '../../src/findings/codes.ts'

const FOLDER = 'docs/findings'
const page = (code: string) => readFileSync(`${FOLDER}/${code}.md`, 'utf8')

it('every code has a page, and every page a code', () => {
  const pages = readdirSync(FOLDER).map((name) => name.replace(/\.md$/, ''))
  expect(pages.toSorted()).toEqual([...FINDING_CODES].toSorted())
})

it.each(FINDING_CODES)('the page of %s says what it is, how it is seen, what to do, and shows it', (code) => {
  const text = page(code)
  expect(text.split('\n')[0]).toBe(`# ${code}`)
  expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
    'How it is seen',
    'What to do',
    'What it looks like',
  ])
  expect(text).toContain(`[${code}]`)
})
