import { describe, expect, it } from 'vitest'
import { runTool } from './run-tool.ts'

const shown = async (...args: string[]) =>
  (await runTool(['--dry-run', '--via', "sh -c ': {name}'", ...args])).stdout.split('\nThe agent:\n')[0] ?? ''

describe('--dry-run', () => {
  it('one node is asked for the others first, and nobody reads of 0 flows', async () => {
    const text = await shown('--nodes', 'n1=192.0.2.1')
    expect(text).toContain('\nn1 would first be asked for the other members of its cluster; ')
    expect(text).not.toMatch(/\b0 flows/)
  })

  it.each([
    ['two nodes', ['--nodes', 'n1=192.0.2.1,n2=192.0.2.2'], '\n10 flows would be probed:\n  n1 -> n2 '],
    ['one, from this host', ['--nodes', 'n1=192.0.2.1', '--via', 'none'], ' flows would be probed:\n'],
  ])('%s: they are known', async (_, args, expected) => {
    const text = await shown(...args)
    expect(text).toContain(expected)
    expect(text).not.toContain('would first be asked')
  })
})
