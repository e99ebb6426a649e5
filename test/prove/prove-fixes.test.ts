import { expect, it } from 'vitest'
import type { CheckResult } from '../../src/check/assemble.ts'
import { proveFixes } from '../../src/prove/prove-fixes.ts'
import type { Backend, Fix } from '../../src/report/report.ts'
import { report } from '../report/reports.ts'

const fixOf = (node: string, backend: Backend, commands: readonly string[] = ['x']): Fix => ({
  node,
  backend,
  commands,
  persist: [],
  undo: [],
  opens: [],
  proven: true,
})

async function notesOf(...fixes: readonly Fix[]): Promise<(string | undefined)[]> {
  const plans = [...new Set(fixes.map(({ node }) => node))].map((node) => ({
    node,
    // A cloud's commands are nobody's plan.
    fixes: fixes.filter((fix) => fix.node === node && fix.backend !== 'cloud'),
    edits: [],
    seen: [],
  }))
  const result: CheckResult = {
    report: report([], { fixes }),
    scripts: new Map(),
    plans,
    blocked: new Map(),
    nodes: [],
  }
  const proven = await proveFixes(result, new Map())
  return proven.report.fixes.map(({ note }) => note)
}

it.each(['firewalld', 'ufw'] as const)(
  'says why what %s is told has no proof by the kernel',
  async (backend) => {
    const why = `Not proven in the kernel here: ${backend} does not run here.`
    expect(await notesOf(fixOf('n1', backend))).toEqual([why])
    expect(await notesOf(fixOf('n1', 'iptables'), fixOf('n1', backend))).toEqual([why, why])
  },
)

it('says nothing where there is nothing to try, nor of the rules of a cloud', async () => {
  expect(await notesOf(fixOf('n1', 'none', []), fixOf('n2', 'cloud'))).toEqual([undefined, undefined])
  expect(await notesOf(fixOf('n1', 'ufw'), fixOf('n1', 'cloud'))).toEqual([expect.any(String), undefined])
})
