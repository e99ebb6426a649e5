import { expect, it } from 'vitest'
import { check } from '../../src/check/check.ts'
import type { Environment } from '../../src/check/environment.ts'
import { parseOptions } from '../../src/options.ts'

/** Resolves every name to one address; nothing else of it is there to be used. */
const environment = {
  now: () => 0,
  secret: () => 'secret',
  interrupted: new AbortController().signal,
  resolve: async () => '10.99.0.12',
} as unknown as Environment

const run = (...argv: string[]) => {
  const parsed = parseOptions(argv, '1')
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
  return check(parsed.options, environment, '1')
}

it('tells two names of one node from a PMM server that is a node', async () => {
  await expect(run('-n', 'n1=10.99.0.11,n2,n3')).rejects.toMatchObject({
    code: 'duplicate-address',
    message: expect.stringContaining('"n2" and "n3" are one host'),
  })
  await expect(run('-n', 'n1=10.99.0.11,n2', '--pmm-server', '10.99.0.12')).rejects.toMatchObject({
    code: 'bad-pmm-server',
    message: expect.stringMatching(/^--pmm-server 10\.99\.0\.12 is the node n2\. .*pmm=ADDRESS$/),
  })
})
