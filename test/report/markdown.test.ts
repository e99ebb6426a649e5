import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/report/render/markdown.ts'
import type { Fix, Report } from '../../src/report/report.ts'
import { describeUnless } from '../lab/require.ts'
import { attack } from './attack.ts'
import { flow, readReport, report } from './reports.ts'

const blockedBy = { node: 'b', table: 'filter', chain: 'INPUT', position: 3, rule: '-A INPUT -j DROP' }
const down = flow({ from: 'a', to: 'b', status: 'DOWN', reason: 'dropped', blockedAt: 'target', blockedBy })
const fix: Fix = {
  node: 'b',
  backend: 'iptables',
  commands: ['iptables -I INPUT 3 -j ACCEPT'],
  persist: [],
  undo: [],
  opens: [down.id],
  proven: true,
}

describe('a ticket', () => {
  it('has the answer, the matrix, the rule and the commands, in this order', async () => {
    const text = await renderMarkdown(report([down], { fixes: [fix] }))
    const parts = [
      '## pxc-netcheck: CRITICAL\n\n**CRITICAL**: 1 of 1 flows DOWN',
      '| from \\\\ to | b |\n| --- | --- |\n| **a** | **DOWN** |\n',
      '### Blocked\n\nb is blocked on 4567/tcp',
      '```text\n-A INPUT -j DROP\n```\n\nNext: Paste the commands for b, below.\n',
      '### What to paste\n\nOn b, as root, paste:\n\n```sh\niptables -I INPUT 3 -j ACCEPT\n',
    ]
    const at = parts.map((part) => text.indexOf(part))
    expect(at).not.toContain(-1)
    expect(at).toEqual(at.toSorted((x, y) => x - y))
  })

  it('has the block for the network team', async () => {
    const text = await renderMarkdown(readReport('network-block'))
    expect(text).toMatch(
      /```text\nFor the network team \(seen from [^\n]*\):\nsource +destination .*\n```\n/s,
    )
  })

  it('lists what is too wide for a table', async () => {
    const names = Array.from({ length: 17 }, (_, index) => `n${index + 1}`)
    const flows = names.flatMap((from) => names.filter((to) => to !== from).map((to) => flow({ from, to })))
    const text = await renderMarkdown(report(flows))
    expect(text).not.toContain('|')
    expect(text).toContain('\n- OK: n2 to n1, n3, n4,')
  })

  it('a fence is longer than any in it', async () => {
    const rule = '-A INPUT -m comment --comment "````" -j DROP'
    const text = await renderMarkdown(report([{ ...down, blockedBy: { ...blockedBy, rule } }]))
    expect(text).toContain(`\`\`\`\`\`text\n${rule}\n\`\`\`\`\`\n`)
  })
})

const ATTACKS = [
  '```',
  '``````\n# owned\n',
  '~~~',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</code></pre><h1>owned</h1>',
  '[click](javascript:alert(1))',
  '![x](http://example.org/x.png)',
  '<http://example.org>',
  '[x]: http://example.org',
  '|x|y|',
  '*x* **y** _z_ __w__ ~~v~~ `u`',
  '&lt;b&gt;&#60;',
  '\\',
  '\\`*x*\\`',
  '\n\n# owned\n\n- owned\n\n> owned\n',
  '@everyone',
]

const cmark = spawnSync('cmark-gfm', ['--version'])
const missing = cmark.error === undefined ? [] : ['cmark-gfm is missing: apt-get install cmark-gfm']

/** The document as GitHub's parser understands it: every node with the text that it shows. */
function outline(markdown: string): { kinds: string[]; html: string; xml: string } {
  const run = (to: string) => {
    const args = ['-e', 'table', '-e', 'strikethrough', '--unsafe', '-t', to]
    return spawnSync('cmark-gfm', args, { input: markdown, encoding: 'utf8' }).stdout
  }
  const xml = run('xml')
  const kinds = [...xml.matchAll(/<([a-z_]+)/g)]
    .map(([, kind]) => kind ?? '')
    .filter((kind) => kind !== 'text' && kind !== 'softbreak')
  return { kinds, html: run('html'), xml }
}

describeUnless(missing, 'as GitHub reads it', () => {
  const full = async (by: string) => {
    const base = readReport('article-blocked')
    const given: Report = {
      ...base,
      findings: [
        { code: 'clock-drift', severity: 'warning', node: 'n1', args: {}, message: 'The clock is off.' },
      ],
    }
    return renderMarkdown(attack(given, by) as Report)
  }

  it.each(ATTACKS)('%j in every string changes no structure', async (by) => {
    // Two code spans hold an @ each time it could be a mention; all else must stay what it is.
    const kinds = (text: string) => outline(text).kinds.filter((kind) => kind !== 'code')
    expect(kinds(await full(by))).toEqual(kinds(await full('')))
  })

  it.each(ATTACKS.filter((by) => !by.includes('\n')))('%j is shown as it is', async (by) => {
    const { html } = outline(await full(by))
    const shown = html
      .replace(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
    expect(shown).toContain(`The clock is off.${by}x [clock-drift${by}x]`)
    expect(shown).toContain(`--reject-with icmp-host-prohibited${by}x`)
  })

  it('is not fooled: the same text unescaped does change it', () => {
    expect(outline('a <b>x</b> [y](z)\n').kinds).toContain('html_inline')
    expect(outline('```\n```\n# owned\n```\n').kinds).toContain('heading')
  })

  it('mentions nobody', async () => {
    expect(outline(await full('@everyone')).html).not.toMatch(/(?<![\w@])@everyone/)
  })
})
