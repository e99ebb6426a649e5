import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { openAgent } from './agents.ts'

/** Answers port 123 of each host's own address after its temper; it says a word when it listens. */
const SERVER = `import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('0.0.0.0', 123))
print('ready', flush=True)
while True:
    data, peer = s.recvfrom(1024)
    temper = sys.argv[1]
    now = int((time.time() + 7200 + 2208988800) * 2**32)
    mark = b'spoofed!' if temper == 'spoof' else data[40:48]
    first, stratum = (0xE4 if temper == 'unset' else 0x24), (0 if temper == 'kiss' else 2)
    answer = struct.pack('!BB22x', first, stratum) + mark + struct.pack('!QQ', now, now)
    if temper == 'short':
        answer = answer[:20]
    if temper != 'silent':
        s.sendto(answer, peer)
`

describeLab('a question for the time', ['python3', 'iptables'], () => {
  let lab: Lab
  const tempers = ['good', 'spoof', 'kiss', 'unset', 'short', 'silent']
  const address = (temper: string) => `10.99.0.${20 + tempers.indexOf(temper)}`
  beforeAll(async () => {
    lab = await createLab({
      hosts: [
        { name: 'n1', address: '10.99.0.11' },
        ...tempers.map((name) => ({ name, address: address(name) })),
      ],
    })
    await Promise.all(
      tempers.map(
        (temper) =>
          new Promise((resolve) =>
            lab.spawn(temper, ['python3', '-c', SERVER, temper]).stdout.once('data', resolve),
          ),
      ),
    )
  })
  afterAll(() => lab?.close())

  it('tells how far the clock of an NTP server is ahead, or why not', async () => {
    const session = openAgent(lab, 'n1')
    const good = await session.ntp(address('good'), 3000)
    expect(good).toMatchObject({ errno: null })
    expect(Math.abs((good.offsetMs ?? 0) - 7_200_000)).toBeLessThanOrEqual((good.errorMs ?? 0) + 0.01)
    for (const temper of ['kiss', 'unset']) {
      expect(await session.ntp(address(temper), 3000)).toMatchObject({ errno: 'ENOTSET', offsetMs: null })
    }
    for (const temper of ['spoof', 'short', 'silent']) {
      expect(await session.ntp(address(temper), 150), temper).toMatchObject({ errno: 'ETIMEDOUT' })
    }
    expect(await session.ntp('10.99.0.100', 3000)).toMatchObject({ errno: 'ECONNREFUSED' })
    expect(await session.ntp('203.0.113.1', 3000)).toMatchObject({ errno: 'ENETUNREACH' })
    await session.close()
  })
})
