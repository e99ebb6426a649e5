import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderHtml } from '../../src/report/render/html.ts'
import type { Report } from '../../src/report/report.ts'
import type { ReportPmm } from '../../src/report/report-pmm.ts'
import { isSafe } from '../../src/terminal/escape.ts'
import { blockOn, DRIFT, mesh, names, pathsOf } from '../browser/meshes.ts'
import { ATTACKS, attack } from './attack.ts'
import { FIXTURES, flow, readReport, report } from './reports.ts'

const pmm: ReportPmm = {
  server: 'pmm',
  address: '10.0.0.9',
  port: 443,
  version: '2',
  ntpServer: null,
  nodes: [
    {
      node: 'n1',
      address: '10.0.0.1',
      mode: 'pull',
      clock: null,
      apis: [{ name: 'Prometheus API', status: 'DOWN', reason: 'refused' }],
      certificate: null,
      connectMs: 1,
      requestMs: 2,
      endpoints: [
        {
          type: 'linux:metrics',
          name: 'n1',
          address: 'fd00::1',
          port: 42000,
          status: 'DOWN',
          reason: 'blocked',
          flow: null,
          tls: true,
          password: false,
          health: 'down',
          lastError: 'refused',
        },
      ],
    },
  ],
}

/** A report with something in every part of it. */
function everything(): Report {
  const base = readReport('article-blocked')
  const [first, ...others] = base.nodes
  return {
    ...base,
    nodes: [
      ...(first === undefined
        ? []
        : [{ ...first, reachable: false, error: { code: 'ssh-x', message: 'No.' } }]),
      ...others.map((node) => ({
        ...node,
        acknowledged: 'node,x',
        galera: {
          flavour: 'pxc' as const,
          version: '8.0',
          galeraVersion: '4',
          running: true,
          known: 'server' as const,
          state: 'Synced',
          status: 'Primary',
          encryption: 'on' as const,
          segment: 0,
        },
      })),
    ],
    flows: base.flows.map((each, index) => (index % 4 === 0 ? { ...each, acknowledged: 'a,b,c' } : each)),
    findings: [DRIFT, { ...DRIFT, severity: 'critical', acknowledged: 'clock-drift' }],
    paths: pathsOf(base, (from) => (from === 'n1' ? { lost: 2 } : {})),
    pmm,
  }
}

const BREAKING = [
  '</script><script>owned()</script>',
  '<script src=//example.org></script>',
  '"><img src=x onerror=owned()>',
  "' onmouseover='owned()",
  '" onfocus="owned()" autofocus x="',
  '</pre></title></style><h1>owned</h1>',
  '<!--',
  '-->',
  ']]>',
  '<![CDATA[',
  '&lt;b&gt;&#60;&#x3c;&NotEqualTilde;',
  'javascript:owned()',
  '`+owned()+`',
  '<',
  '&',
  ...ATTACKS,
]

const TAG = /<(\/?)([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/g

/** Tags and names of attributes, and the text between them; anything else that begins like a tag breaks it. */
function parse(page: string) {
  const inert = page.replace(/^<!doctype html>/, '').replace(/(<(style|script)>)[\s\S]*?(<\/\2>)/g, '$1$3')
  const tags = [...inert.matchAll(TAG)].map(([, slash, name, attributes = '']) => {
    const list = [...attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)]
    return {
      name: `${slash}${name}`,
      attributes: list.map(([, key = '', value = '']) => [key, value] as const),
    }
  })
  const text = inert.replace(TAG, '')
  expect(text).not.toMatch(/[<>]/)
  return {
    tags,
    text: decode(text),
    shape: tags.map(({ name, attributes }) => [name, ...attributes.map(([key]) => key)]),
  }
}

function decode(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' }
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name) => characters[name] ?? '')
}

function values(page: string, attribute: string): string[] {
  return parse(page).tags.flatMap(({ attributes }) =>
    attributes.flatMap(([key, value]) => (key === attribute ? [value] : [])),
  )
}

describe('text of other hosts', () => {
  it.each(BREAKING)('%j in every string changes no structure', async (by) => {
    const shape = async (text: string) => parse(await renderHtml(attack(everything(), text) as Report)).shape
    expect(await shape(by)).toEqual(await shape(''))
  })

  it.each(BREAKING.filter(isSafe))('%j is shown as it is', async (by) => {
    const { text } = parse(await renderHtml(attack(everything(), by) as Report))
    expect(text).toContain(`-A INPUT -j REJECT --reject-with icmp-host-prohibited${by}x`)
    expect(text).toContain(`n2${by}x`)
  })

  it.each(ATTACKS)('%j is shown, and does nothing', async (by) => {
    const page = await renderHtml(attack(everything(), by) as Report)
    expect(page.split('\n').every(isSafe)).toBe(true)
  })
})

describe.each([...FIXTURES, 'everything'] as const)('%s', (name) => {
  const page = () => renderHtml(name === 'everything' ? everything() : readReport(name))

  it('asks nothing of anybody', async () => {
    const html = await page()
    expect(html).not.toMatch(
      /https?:|\/\/|@import|url\(|\bsrc=|<link|<base|<iframe|<form|\bon[a-z]+=|\bstyle=/i,
    )
    expect(values(html, 'href').every((href) => href.startsWith('#'))).toBe(true)
  })

  it('lets nothing run but its own style and script', async () => {
    const html = await page()
    const hash = (tag: string) => {
      const bodies = [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(
        ([, body]) => body ?? '',
      )
      expect(bodies).toHaveLength(1)
      return createHash('sha256').update(bodies.join()).digest('base64')
    }
    const policy = decode(values(html, 'content').find((value) => value.includes('default-src')) ?? '')
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash('style')}'`,
      `script-src 'sha256-${hash('script')}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ])
  })

  it('is a document: every tag is closed, every link leads somewhere, every head of a table says of what', async () => {
    const html = await page()
    const open: string[] = []
    for (const { name: tag } of parse(html).tags) {
      if (['meta', 'br'].includes(tag)) continue
      if (tag.startsWith('/')) expect(open.pop()).toBe(tag.slice(1))
      else open.push(tag)
    }
    expect(open).toEqual([])
    const ids = values(html, 'id')
    expect(new Set(ids).size).toBe(ids.length)
    for (const href of values(html, 'href')) expect(ids).toContain(href.slice(1))
    const heads = parse(html).tags.filter(({ name: tag }) => tag === 'th')
    expect(heads.filter(({ attributes }) => !attributes.some(([key]) => key === 'scope'))).toEqual([])
  })

  it('begins with the status in words', async () => {
    const html = await page()
    const { status } = readReport(name === 'everything' ? 'article-blocked' : name)
    expect(html).toContain(`<title>pxc-netcheck: ${status}: `)
    expect(html).toMatch(new RegExp(`<h1><span class="status"><i aria-hidden="true">.</i> ${status}</span>`))
  })
})

describe('commands', () => {
  it('stand alone in their block, as they are', async () => {
    const given = readReport('article-blocked')
    const quoted = `iptables -A INPUT -m comment --comment "<a & 'b'>" -j ACCEPT`
    const fixes = given.fixes.map((fix) => ({ ...fix, commands: [...fix.commands, quoted] }))
    const html = await renderHtml({ ...given, fixes })
    const blocks = [
      ...html.matchAll(
        /<button[^>]*aria-label="Copy ([^"]*)">Copy<\/button><\/div>\n<pre tabindex="0">\n([^<]*)<\/pre>/g,
      ),
    ]
    const block = (what: string) => decode(blocks.find(([, label]) => label === what)?.[2] ?? '')
    for (const { node, commands, persist, undo } of fixes) {
      expect(block(`the commands for ${node}`)).toBe(commands.join('\n'))
      expect(block(`what keeps it on ${node}`)).toBe(persist.join('\n'))
      expect(block(`what undoes it on ${node}`)).toBe(undo.join('\n'))
    }
  })
})

/** The text of the cell from one node to another. */
function cell(html: string, from: number, to: number): string {
  const table = html.slice(html.indexOf('<table class="matrix'), html.indexOf('</table>'))
  const row = table.split('<tr>')[from + 1] ?? ''
  return parse(row.split('<td')[to]?.replace(/^[^>]*>/, '') ?? '').text.trim()
}

describe('a cell', () => {
  it('has a word for all its flows, or one for each', async () => {
    const html = await renderHtml(readReport('network-block'))
    expect(cell(html, 1, 2)).toBe('✓ OK all 5')
    expect(cell(html, 1, 3)).toBe(
      '✓ OK mysql 3306✕ DOWN galera 4567✕ DOWN ist 4568✕ DOWN sst 4444✓ OK galera-udp 4567',
    )
    expect(cell(html, 1, 1)).toBe('–')
  })

  it('has shapes among many nodes, and the words for who cannot see them', async () => {
    const given = mesh(names(9), (_, to, service) => (to === 'n2' && service === 'sst' ? blockOn('n2') : {}))
    const html = await renderHtml(given)
    expect(cell(html, 1, 2)).toBe('✓✓✓✕✓n1 to n2: OK mysql galera ist galera-udp, DOWN sst')
    expect(cell(html, 1, 3)).toBe('✓n1 to n3: OK mysql galera ist sst galera-udp')
  })

  it('is not in the colour of a problem where it is none', async () => {
    const tint = async (part: object) => {
      const html = await renderHtml(report([flow({ from: 'a', to: 'b', ...blockOn('b'), ...part })]))
      return html.match(/<td class="(\w+)"><a/)?.[1]
    }
    expect(await tint({})).toBe('down')
    expect(await tint({ required: false })).toBe('optional')
    expect(await tint({ required: false, needed: false })).toBe('ok')
    expect(await tint({ acknowledged: 'a,b,galera' })).toBe('ok')
  })

  it('is empty where nothing was to be sent', async () => {
    const html = await renderHtml(report([flow({ from: 'a', to: 'b' }), flow({ from: 'a', to: 'c' })]))
    expect(html).toContain('<a href="#p0-1">')
    expect(html).not.toContain('UNKNOWN all')
  })
})

describe('every flow', () => {
  const rows = (html: string) => html.slice(html.indexOf('<section id="flows">'))

  it('is told with reason, rule and round trip', async () => {
    const { text } = parse(rows(await renderHtml(readReport('article-blocked'))))
    expect(text).toContain('INPUT rule 6 of n2: -A INPUT -j REJECT --reject-with icmp-host-prohibited')
    expect(text).toContain('blocked on n2, after the packet arrived there')
    expect(text).toContain('0.40')
  })

  it('targets that fare alike share a row, and no others do', async () => {
    const html = rows(await renderHtml(mesh(names(4), (_, to) => (to === 'n3' ? blockOn('n3') : {}))))
    expect(parse(html).text).toContain('n1 → n2, n4')
    expect(parse(html).text).toContain('n1 → n3')
    expect(html.match(/<tbody>/g)).toHaveLength(3 + 3 + 1)
  })

  it('an address that is not the one of the node is shown', async () => {
    const html = rows(await renderHtml(report([flow({ from: 'a', to: 'b', address: 'fd00::7' })])))
    expect(html).toContain('b <small>fd00::7</small>')
  })
})

describe('round trips', () => {
  it('are those of --rtt, with what was lost', async () => {
    const given = mesh(names(2))
    const html = await renderHtml({ ...given, paths: pathsOf(given, () => ({ avgMs: 12.4, lost: 1 })) })
    expect(html).toContain('<td class="h5">12.4 <small>0.18–0.35</small> <b class="loss">5% lost</b></td>')
  })

  it('are else the fastest answer of a pair', async () => {
    const html = await renderHtml(
      mesh(names(2), (_, __, service) => (service === 'ist' ? { rttMs: 0.25 } : {})),
    )
    expect(html).toContain('<td class="h0">0.25</td>')
    expect(html).toContain('the fastest answer')
  })

  it('are left out where none is known', async () => {
    const html = await renderHtml(mesh(names(2), () => ({ rttMs: null })))
    expect(html).not.toContain('Round trips')
  })
})

describe('size', () => {
  it.each(FIXTURES)('%s stays below 60 KB', async (name) => {
    expect(Buffer.byteLength(await renderHtml(readReport(name)))).toBeLessThan(60_000)
  })

  it('thirty nodes, each of which lets nobody in, stay below 1.5 MB, their commands aside', async () => {
    expect(Buffer.byteLength(await renderHtml(mesh(names(30), (_, to) => blockOn(to))))).toBeLessThan(
      1_500_000,
    )
  })
})

it('a run that could not be made is told all the same', async () => {
  const html = await renderHtml(
    report([], { status: 'UNKNOWN', exitCode: 3, error: { code: 'bad-nodes', message: 'No <node>.' } }),
  )
  expect(parse(html).text).toContain('UNKNOWN No <node>.')
  expect(html).not.toContain('id="matrix"')
})
