import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { articleRuleset } from '../lab/article.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const NODES = ['n1', 'n2'] as const
const ARGS = [
  '--nodes',
  'n1=10.99.0.11,n2=10.99.0.12',
  '--via',
  'ip netns exec {name}',
  '--prove-with-kernel',
]

describeLab('--prove-with-kernel', ['iptables', 'nft'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab({})
    await Promise.all(
      NODES.map((node) => lab.iptables(node, articleRuleset({ rejectWith: 'icmp-host-prohibited' }))),
    )
  })
  afterAll(async () => lab?.close())

  it('says in the note of a fix that the kernel bears it out, and leaves the nodes alone', async () => {
    const before = await Promise.all(NODES.map((node) => lab.iptablesSave(node)))
    const { code, report } = await check(lab, ARGS)
    expect(code).toBe(2)
    expect(report.fixes.map(({ node, proven }) => [node, proven])).toEqual(NODES.map((node) => [node, true]))
    for (const { note } of report.fixes) expect(note).toMatch(/Proven in the kernel here: \d+ packets\.$/)
    expect(await Promise.all(NODES.map((node) => lab.iptablesSave(node)))).toEqual(before)
  })

  it('says why there is no such proof where the tools for it are missing', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'pxc-netcheck-'))
    try {
      for (const program of ['nsenter', 'ip', 'sh']) symlinkSync(await pathOf(program), join(bin, program))
      const { code, report } = await check(lab, ARGS, { env: { PATH: bin } })
      expect(code).toBe(2)
      expect(report.fixes.map(({ proven }) => proven)).toEqual([true, true])
      for (const { note } of report.fixes) expect(note).toMatch(/Not proven in the kernel here: .*unshare/)
    } finally {
      rmSync(bin, { recursive: true })
    }
  })

  const pathOf = async (program: string) =>
    (await lab.exec('n1', ['sh', '-c', `command -v ${program}`])).stdout.trim()
})
