import { expect, it } from 'vitest'
import { open, prefix } from '../session/fixtures.ts'

it('the agent tells its wall clock as often as it is asked, beside everything else', async () => {
  const session = open(prefix())
  await session.hello()
  const probing = session.probe([], 100, () => {})
  for (let reading = 0; reading < 3; reading++) {
    const before = Date.now() * 1000
    const { receivedUs, answeredUs } = await session.clock()
    const after = (Date.now() + 1) * 1000
    // In the order in which it happened, all by the clock of this host.
    const times = [before, receivedUs, answeredUs, after]
    expect(times.toSorted((a, b) => a - b)).toEqual(times)
  }
  await probing
  await session.close()
})
