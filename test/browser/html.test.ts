import { afterAll, beforeAll, expect, it } from 'vitest'
import { renderHtml } from '../../src/report/render/html.ts'
import type { Report } from '../../src/report/report.ts'
import { describeUnless } from '../lab/require.ts'
import { attack } from '../report/attack.ts'
import { FIXTURES, readReport } from '../report/reports.ts'
import { type Browser, startChromium } from './chromium.ts'
import { missing } from './chromium-path.ts'
import { blockOn, DRIFT, fixFor, mesh, names, pathsOf } from './meshes.ts'
import { openPage, type Page, type View } from './page.ts'

const DESK: View = { width: 1280, height: 800 }
const PHONE: View = { width: 390, height: 844 }

function blocked(): Report {
  const base = readReport('article-blocked')
  const measure = (from: string) =>
    from === 'n1' ? { avgMs: 90, lost: 3 } : from === 'n2' ? { avgMs: 30 } : {}
  return { ...base, findings: [DRIFT], paths: pathsOf(base, measure) }
}

/** Thirty nodes, one of which lets nobody in, in three places far from one another. */
function thirty(of = names(30)): Report {
  const [, , closed = ''] = of
  const base = mesh(of, (_, to, service) => (to === closed && service !== 'mysql' ? blockOn(to) : {}))
  const site = (name: string) => Math.floor(of.indexOf(name) / 10)
  return {
    ...base,
    fixes: [fixFor(base, closed)],
    paths: pathsOf(base, (from, to) => ({ avgMs: [0.2, 12.4, 148][Math.abs(site(from) - site(to))] ?? 0 })),
  }
}

function fqdn(count: number): string[] {
  return names(count, 'galera-node-').map((name) => `${name}.eu-west-1.production.database.example`)
}

/** What no page may have: a word to the console, a request but for itself, a scroll bar below the whole page. */
async function expectCalm(page: Page): Promise<void> {
  const sideways = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  expect(await page.evaluate(sideways)).toBe(0)
  expect(page.complaints).toEqual([])
  expect(page.requests).toEqual([page.url])
}

describeUnless(missing, 'the page in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(async () => browser?.close())

  async function view<T>(html: string, how: View, look: (page: Page) => Promise<T>): Promise<T> {
    const page = await openPage(browser, html, how)
    try {
      return await look(page)
    } finally {
      await page.close()
    }
  }

  it.each(FIXTURES)('%s asks for nothing and has nothing to complain of', async (name) => {
    const html = await renderHtml(readReport(name))
    for (const how of [DESK, { ...DESK, dark: true }, PHONE]) await view(html, how, expectCalm)
  })

  it('this test would see a request, a script and a complaint', async () => {
    const foreign =
      '<script>window.owned = 1</script><img src="http://192.0.2.1/x.png" onerror="window.owned = 1">'
    const html = (await renderHtml(blocked())).replace('</h1>', `</h1>${foreign}`)
    await view(html, DESK, async (page) => {
      // The policy of the page stands even where an escape were forgotten.
      expect(await page.evaluate('window.owned ?? null')).toBeNull()
      expect(page.complaints.length).toBeGreaterThanOrEqual(2)
    })
    await view(html.replace(/<meta http-equiv[^>]*>/, ''), DESK, async (page) => {
      expect(await page.evaluate('window.owned')).toBe(1)
      expect(page.requests).toContain('http://192.0.2.1/x.png')
    })
  })

  it.each([
    '</script><script>window.owned=1</script>',
    '"><img src=x onerror=window.owned=1>',
    "' autofocus onfocus='window.owned=1",
    '</pre></title></style><!--',
    '&lt;script&gt;window.owned=1&lt;/script&gt;',
  ])('%s in every string is text', async (by) => {
    const elements = 'document.querySelectorAll("*").length'
    const wanted = await view(await renderHtml(attack(blocked(), '') as Report), DESK, (page) =>
      page.evaluate(elements),
    )
    await view(await renderHtml(attack(blocked(), by) as Report), DESK, async (page) => {
      await page.evaluate('document.querySelector("#matrix a").focus()')
      await key(page, 'ArrowDown')
      await key(page, 'ArrowUp')
      await page.evaluate('document.getElementById("tip").replaceChildren()')
      expect(await page.evaluate(elements)).toBe(wanted)
      expect(await page.evaluate('window.owned ?? null')).toBeNull()
      expect(await page.evaluate('document.querySelector(".notes pre").textContent')).toContain(by)
      await expectCalm(page)
    })
  })

  it('a button copies the commands, exactly', async () => {
    const given = blocked()
    const quoted = `iptables -A INPUT -m comment --comment "a  <b> & 'c'" -j ACCEPT`
    const fixes = given.fixes.map((fix) => ({ ...fix, commands: [...fix.commands, quoted] }))
    await view(await renderHtml({ ...given, fixes }), DESK, async (page) => {
      await page.session.send('Browser.grantPermissions', {
        permissions: ['clipboardReadWrite', 'clipboardSanitizedWrite'],
      })
      await page.evaluate('void (window.board = navigator.clipboard)')
      const copied = async (label: string) => {
        await page.evaluate('window.board.writeText("nothing")')
        await click(page, `button[aria-label="Copy ${label}"]`)
        await until(
          page,
          `document.querySelector('button[aria-label="Copy ${label}"]').textContent === 'Copied'`,
        )
        return page.evaluate('window.board.readText()')
      }
      const [one, two] = fixes
      expect(await copied('the commands for n1')).toBe(one?.commands.join('\n'))
      expect(await copied('what undoes it on n1')).toBe(one?.undo.join('\n'))
      // A page from a mail or a wiki may be denied it.
      await page.evaluate('void Object.defineProperty(navigator, "clipboard", { value: undefined })')
      expect(await copied('the commands for n2')).toBe(two?.commands.join('\n'))
      expect(page.complaints).toEqual([])
    })
  })

  it('without script all is there, and no button that does nothing', async () => {
    const given = blocked()
    await view(await renderHtml(given), { ...DESK, script: false }, async (page) => {
      const heard = await accessible(page)
      expect(heard.filter(({ role }) => role === 'button')).toEqual([])
      const text = heard.flatMap(({ role, name }) => (role === 'StaticText' ? [name] : [])).join('')
      for (const { commands } of given.fixes) expect(text).toContain(commands.join('\n'))
      expect(page.complaints).toEqual([])
    })
  })

  it('is heard as tables with heads, cells with words, and buttons that say what they copy', async () => {
    await view(await renderHtml(thirty(names(7))), DESK, async (page) => {
      const heard = await accessible(page)
      const of = (role: string) => heard.flatMap((each) => (each.role === role ? [each.name] : []))
      expect(of('table')).toEqual(expect.arrayContaining(['Who reaches whom', 'Round trips']))
      expect(of('rowheader').slice(0, 7)).toEqual(names(7))
      expect(of('columnheader').slice(1, 8)).toEqual(names(7))
      expect(of('link')).toContain('n1 to n3: OK mysql, DOWN galera ist sst galera-udp')
      expect(of('button')[0]).toBe('Copy the commands for n3')
      expect(of('heading')[0]).toMatch(/^ ?OK \d+ of 210 flows/)
    })
  })

  it('thirty nodes fit a desk: cells are small, and heads stay in view', async () => {
    await view(await renderHtml(thirty()), DESK, async (page) => {
      await expectCalm(page)
      const box = `document.querySelector('#matrix .scroll')`
      expect(await page.evaluate(`${box}.scrollWidth - ${box}.clientWidth`)).toBeLessThanOrEqual(0)
      await page.evaluate(`${box}.scrollTo(0, 9999), ${box}.scrollIntoView()`)
      const tops = await page.evaluate<number[]>(
        `[${box}, document.querySelector('#matrix thead th:last-child')].map((e) => e.getBoundingClientRect().top)`,
      )
      expect(Math.abs((tops[0] ?? 0) - (tops[1] ?? 99))).toBeLessThan(1)
    })
  })

  it.each([DESK, PHONE])('long names scroll inside their table, at $width px', async (how) => {
    await view(await renderHtml(thirty(fqdn(30))), how, expectCalm)
    const [one = '', two = '', three = ''] = fqdn(3)
    await view(
      await renderHtml(mesh([one, two, three], () => ({ address: 'fd00:1:2:3:4:5:6:7' }))),
      how,
      expectCalm,
    )
  })

  it('cells are reached and read by keys', async () => {
    await view(await renderHtml(thirty()), DESK, async (page) => {
      const stops = 'document.querySelectorAll("#matrix a[tabindex=\\"0\\"]").length'
      expect(await page.evaluate(stops)).toBe(1)
      await page.evaluate('document.querySelector("#matrix a").focus()')
      for (const name of ['ArrowRight', 'ArrowDown', 'ArrowDown']) await key(page, name)
      // From n3 to itself there is nothing to stop at.
      expect(await page.evaluate('document.activeElement.hash')).toBe('#p3-2')
      const tip = await page.evaluate('document.getElementById("tip").innerText')
      expect(tip).toContain('n4 → n3')
      expect(tip).toContain('-A INPUT -j REJECT --reject-with icmp-host-prohibited')
      expect(
        await page.evaluate('[...document.querySelectorAll(".lit")].map((e) => e.textContent).join()'),
      ).toBe('n3,n4')
      await key(page, 'Escape')
      expect(await page.evaluate('document.getElementById("tip").hidden')).toBe(true)
      await key(page, 'Enter')
      expect(await page.evaluate('location.hash')).toBe('#p3-2')
      expect(await page.evaluate('document.querySelector(":target").textContent')).toBe('n3')
    })
  })

  it.each([
    ['light', false],
    ['dark', true],
  ] as const)('text stands out from its ground (%s)', async (_, dark) => {
    for (const given of [blocked(), readReport('node-unreachable'), readReport('udp-warning'), thirty()]) {
      await view(await renderHtml(given), { ...DESK, dark }, async (page) => {
        const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
        expect(ground).toBe(dark ? 'rgb(16, 20, 24)' : 'rgb(255, 255, 255)')
        expect(await page.evaluate(FAINT)).toEqual([])
      })
    }
  })

  it.each([blocked, thirty])(
    '%o prints whole, without what is for the screen, dark on light',
    async (given) => {
      await view(await renderHtml(given()), { ...DESK, dark: true }, async (page) => {
        const scheme = { name: 'prefers-color-scheme', value: 'dark' }
        await page.session.send('Emulation.setEmulatedMedia', { media: 'print', features: [scheme] })
        expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
          'rgb(255, 255, 255)',
        )
        const shown =
          '[...document.querySelectorAll("button, nav, #tip")].filter((e) => e.checkVisibility()).length'
        expect(await page.evaluate(shown)).toBe(0)
        const cut =
          '[...document.querySelectorAll("pre")].filter((e) => e.scrollHeight > e.clientHeight + 1).length'
        expect(await page.evaluate(cut)).toBe(0)
        const { data } = await page.session.send('Page.printToPDF', { preferCSSPageSize: true })
        const pdf = Buffer.from(String(data), 'base64').toString('latin1')
        expect(pdf.startsWith('%PDF-')).toBe(true)
        expect(page.complaints).toEqual([])
      })
    },
  )
})

/** What a screen reader has of the page: roles and names, in order. */
async function accessible({ session }: Page): Promise<{ role: string; name: string }[]> {
  const { nodes } = await session.send('Accessibility.getFullAXTree')
  return (nodes as { ignored: boolean; role?: { value: string }; name?: { value: string } }[])
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: role?.value ?? '', name: name?.value ?? '' }))
}

async function key(page: Page, name: string): Promise<void> {
  const codes: Record<string, number> = {
    Enter: 13,
    Escape: 27,
    ArrowLeft: 37,
    ArrowUp: 38,
    ArrowRight: 39,
    ArrowDown: 40,
  }
  const event = {
    key: name,
    code: name,
    windowsVirtualKeyCode: codes[name],
    ...(name === 'Enter' && { text: '\r' }),
  }
  await page.session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event })
  await page.session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
}

async function click(page: Page, selector: string): Promise<void> {
  const { x, y } = await page.evaluate<{ x: number; y: number }>(`(() => {
    const button = document.querySelector(${JSON.stringify(selector)})
    button.scrollIntoView({ block: 'center' })
    const { x, y, width, height } = button.getBoundingClientRect()
    return { x: x + width / 2, y: y + height / 2 }
  })()`)
  for (const type of ['mousePressed', 'mouseReleased']) {
    await page.session.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 })
  }
}

/** Waits, drawing by drawing, until the expression is true. */
async function until(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression} ? resolve(true) : requestAnimationFrame(look))
    look()
  })`)
}

/** Every text with less contrast than WCAG 2.2 asks for (1.4.3, level AA), and its colours. */
const FAINT = `(() => {
  const parts = (colour) => {
    const numbers = colour.match(/[\\d.]+/g).map(Number)
    return colour.startsWith('color(') ? numbers.map((n, i) => (i < 3 ? n * 255 : n)) : numbers
  }
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor
      if (parts(colour)[3] !== 0) return colour
    }
    return 'rgb(255, 255, 255)'
  }
  const faint = new Set()
  for (const element of document.body.querySelectorAll('*:not(script)')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (!own || !element.checkVisibility()) continue
    const colours = [getComputedStyle(element).color, ground(element)]
    const [low, high] = colours.map((colour) => light(parts(colour))).sort((a, b) => a - b)
    if ((high + 0.05) / (low + 0.05) < 4.5) faint.add(element.className + ': ' + colours.join(' on '))
  }
  return [...faint]
})()`
