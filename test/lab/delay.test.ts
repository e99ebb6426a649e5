import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../session/fixtures.ts'
import { createLab, type Lab } from './lab.ts'
import { describeLab } from './require.ts'

/** Milliseconds of the fastest of five TCP handshakes, after one that finds the neighbour's address. */
const HANDSHAKE = `import socket, sys, time
best = 9e9
for attempt in range(6):
    before = time.monotonic()
    socket.create_connection((sys.argv[1], 7001)).close()
    if attempt:
        best = min(best, time.monotonic() - before)
print(best * 1000)`

/** 5 MB, one way; the kernel makes large segments of it, without checksums. */
const TRANSFER = `import hashlib, socket, sys
data = bytes(range(256)) * 20000
s = socket.create_connection((sys.argv[1], 7002))
s.sendall(data)
s.shutdown(socket.SHUT_WR)
print(s.recv(100).decode() == hashlib.sha256(data).hexdigest())`
const RECEIVER = `import hashlib, socket
s = socket.create_server(('::', 7002), family=socket.AF_INET6, dualstack_ipv6=True)
print('up', flush=True)
while True:
    peer, _ = s.accept()
    digest = hashlib.sha256()
    while data := peer.recv(65536):
        digest.update(data)
    peer.sendall(digest.hexdigest().encode())
    peer.close()`

describeLab('a long cable', ['python3', 'delay', 'ipv6'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab({
      hosts: [
        { name: 'n1', address: '10.99.0.11' },
        { name: 'n2', address: '10.99.0.12' },
        { name: 'far', address: '10.98.0.21' },
      ],
    })
    for (const host of ['n1', 'n2', 'far'])
      await lab.serve(host, { protocol: 'tcp', port: 7001, address: '::' })
  })
  afterAll(() => lab?.close())

  const handshake = async (from: string, to: string) =>
    Number((await lab.exec(from, ['python3', '-c', HANDSHAKE, to])).stdout)

  it.each(['n2', 'far'])('both ways, over IPv4 and IPv6, and only to this host: %s', async (host) => {
    await lab.delay(host, 20)
    for (const address of [lab.host(host).address, lab.host(host).address6]) {
      expect(await handshake('n1', address)).toBeGreaterThanOrEqual(40)
    }
    expect(await handshake(host, lab.host('n1').address)).toBeGreaterThanOrEqual(40)
    await lab.delay(host, 0)
    // Once this machine has the time for it.
    await until(async () => expect(await handshake('n1', lab.host(host).address)).toBeLessThan(40))
  })

  it('carries what is sent, unharmed', async () => {
    await lab.delay('n2', 5)
    const receiver = lab.spawn('n2', ['python3', '-c', RECEIVER])
    await new Promise((resolve) => receiver.stdout.once('data', resolve))
    for (const address of [lab.host('n2').address, lab.host('n2').address6]) {
      const { stdout, stderr } = await lab.exec('n1', ['python3', '-c', TRANSFER, address])
      expect({ stdout, stderr }).toEqual({ stdout: 'True\n', stderr: '' })
    }
    receiver.kill()
  })

  it('survives a pulled plug', async () => {
    await lab.delay('n2', 5)
    await lab.down('n2')
    await lab.up('n2')
    expect(await handshake('n1', lab.host('n2').address)).toBeGreaterThanOrEqual(10)
    expect(lab.processes('holder')).toEqual([])
  })
})
