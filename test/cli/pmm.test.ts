import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runTool } from './run-tool.ts'

/** The prefix starts no agent: the run ends at once, and sends nothing. */
const RUN = ['pmm', '--nodes', 'n1=192.0.2.1', '--pmm-server', 'p=192.0.2.9', '--via', "sh -c ': {name}'"]
const folder = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(text: string, mode: number): string[] {
  const path = join(folder, `${mode}`)
  writeFileSync(path, text)
  chmodSync(path, mode)
  return [...RUN, '--pmm-credentials-file', path]
}

describe('the password of the PMM server', () => {
  it('is taken from a file that not everybody may read', async () => {
    const { code, stdout, stderr } = await runTool(file('pmm:s3cret\n', 0o640))
    expect([code, stderr]).toEqual([3, ''])
    expect(stdout).toContain('PMM Network Status')
    expect(stdout).not.toContain('s3cret')
  })
  it.each([
    ['that everybody may read', 'pmm:s3cret\n', 0o644, 'chmod 600'],
    ['of another form', 's3cret\n', 0o600, 'user:password'],
  ])('is not taken from one %s, and not shown', async (_which, text, mode, message) => {
    const { code, stdout, stderr } = await runTool(file(text, mode))
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('s3cret')
    const json = await runTool([...file(text, mode), '--json'])
    expect(JSON.parse(json.stdout).error.code).toBe('pmm-credentials')
  })
  it('is not half there', async () => {
    expect((await runTool(RUN, { PMM_PASSWORD: 's3cret' })).stderr).toContain('belong together')
    expect((await runTool([...RUN, '--pmm-credentials-file', '/nonexistent'])).stderr).toContain('ENOENT')
  })
})

it('--dry-run shows what would be asked, and asks nothing', async () => {
  const { code, stdout } = await runTool([...RUN, '--dry-run', '--ntp', '192.0.2.8'])
  expect(code).toBe(0)
  for (const line of [
    '  GET /v1/server/readyz',
    '  GET /metrics, /metrics-hr',
    'and 192.0.2.8, 123/udp, for its time.',
  ])
    expect(stdout).toContain(`${line}\n`)
})
