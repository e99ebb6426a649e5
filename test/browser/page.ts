import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Session } from './chromium.ts'

export interface View {
  readonly width: number
  readonly height: number
  readonly dark?: boolean
  readonly script?: boolean
}

/** A page as somebody has it before him. */
export interface Page {
  readonly session: Session
  readonly url: string
  /** What was written to the console or thrown, the refusals of its own policy included. */
  readonly complaints: readonly string[]
  /** Every address that was asked for. */
  readonly requests: readonly string[]
  /** The value of an expression; it has to survive JSON. */
  evaluate<T>(expression: string): Promise<T>
  close(): Promise<void>
}

/** The document opened from a file, as an attachment is. */
export async function openPage(
  browser: Browser,
  document: string,
  { width, height, dark = false, script = true }: View,
): Promise<Page> {
  const directory = await mkdtemp(join(tmpdir(), 'pxc-netcheck-page-'))
  const file = join(directory, 'report.html')
  await writeFile(file, document)
  const url = pathToFileURL(file).href
  const session = await browser.open()
  const complaints: string[] = []
  const requests: string[] = []
  session.on('Log.entryAdded', ({ entry }) => complaints.push(JSON.stringify(entry)))
  session.on('Runtime.consoleAPICalled', (params) => complaints.push(JSON.stringify(params)))
  session.on('Runtime.exceptionThrown', (params) => complaints.push(JSON.stringify(params)))
  session.on('Network.requestWillBeSent', ({ request }) => requests.push((request as { url: string }).url))
  for (const domain of ['Page', 'Log', 'Runtime', 'Network']) await session.send(`${domain}.enable`)
  await session.send('Emulation.setDeviceMetricsOverride', {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: width < 700,
  })
  const scheme = { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }
  await session.send('Emulation.setEmulatedMedia', { features: [scheme] })
  await session.send('Emulation.setScriptExecutionDisabled', { value: !script })
  const loaded = session.once('Page.loadEventFired')
  await session.send('Page.navigate', { url })
  await loaded
  return {
    session,
    url,
    complaints,
    requests,
    async evaluate<T>(expression: string) {
      const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true }
      const { result, exceptionDetails } = await session.send('Runtime.evaluate', options)
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
      return (result as { value: T }).value
    },
    async close() {
      await session.send('Page.close')
      await rm(directory, { recursive: true, force: true })
    },
  }
}
