import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { articleRuleset } from './article.ts'
import { connect, HOST_UNREACHABLE, REFUSED } from './connect.ts'
import { createLab, type Lab } from './lab.ts'
import { machineState } from './machine.ts'
import { describeLab } from './require.ts'

// Taken before `describeLab` tries what works here.
const before = machineState()
afterAll(() => {
  expect(machineState()).toBe(before)
})

describeLab('a lab', ['iptables', 'nft', 'python3', 'loss', 'ipv6'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab({
      hosts: [
        { name: 'n1', address: '10.99.0.11' },
        { name: 'n2', address: '10.99.0.12' },
        { name: 'far', address: '10.98.0.21' },
      ],
      stranger: true,
      nat: true,
    })
  })
  afterEach(() => lab.loss(0))
  afterAll(() => lab?.close())

  it('has hosts that reach one another, over IPv4, IPv6, by name and through the router', async () => {
    const server = await lab.serve('n2', { protocol: 'tcp', port: 3306, address: '::' })
    expect(await connect(lab, 'n1', '10.99.0.12', 3306)).toBe('0')
    expect(await connect(lab, 'n1', 'fd00:99::12', 3306)).toBe('0')
    expect(await connect(lab, 'stranger', 'n2', 3306)).toBe('0')
    expect(await connect(lab, 'far', '10.99.0.12', 3306)).toBe('0')
    expect(await connect(lab, 'far', 'fd00:99::12', 3306)).toBe('0')
    expect(await server.accepted()).toBe(5)
    expect(await lab.listeners('n2')).toContainEqual({ protocol: 'tcp', address: '::', port: 3306 })
    expect(await lab.listeners('n1')).toEqual([])
    await server.close()
    expect(await lab.listeners('n2')).toEqual([])
    expect(await connect(lab, 'n1', '10.99.0.12', 3306)).toBe(REFUSED)
  })

  it('has a router that hides the far segment', async () => {
    const whoIsIt =
      'import socket;s=socket.create_server(("",4567));print("up",flush=True);print(s.accept()[1][0])'
    const child = lab.spawn('n2', ['python3', '-c', whoIsIt])
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('up')
    await connect(lab, 'far', '10.99.0.12', 4567)
    expect((await lines.next()).value).toBe('10.99.0.1')
  })

  it('has a router whose own firewall decides what it forwards', async () => {
    const rule = '-A FORWARD -d 10.99.0.12 -j REJECT --reject-with icmp-host-prohibited'
    await lab.iptables('router', `*filter\n${rule}\nCOMMIT\n`)
    expect(await connect(lab, 'far', '10.99.0.12', 4567)).toBe(HOST_UNREACHABLE)
    expect(await connect(lab, 'far', '10.99.0.11', 4567)).toBe(REFUSED)
    await lab.iptables('router', '*filter\nCOMMIT\n')
    expect(await connect(lab, 'far', '10.99.0.12', 4567)).toBe(REFUSED)
  })

  it('has the firewall of the article, which stops n1', async () => {
    const mysql = await lab.serve('n2', { protocol: 'tcp', port: 3306 })
    const galera = await lab.serve('n2', { protocol: 'tcp', port: 4567 })
    await lab.iptables('n2', articleRuleset({ rejectWith: 'icmp-host-prohibited' }))
    expect(await connect(lab, 'n1', '10.99.0.12', 3306)).toBe('0')
    expect(await connect(lab, 'n1', '10.99.0.12', 4567)).toBe(HOST_UNREACHABLE)
    await lab.iptables('n2', articleRuleset({ rejectWith: 'icmp-port-unreachable' }))
    expect(await connect(lab, 'n1', '10.99.0.12', 4567)).toBe(REFUSED)
    expect(await galera.accepted()).toBe(0)

    const loaded = articleRuleset({ rejectWith: 'icmp-port-unreachable' })
    expect(await lab.iptablesSave('n2')).toBe(loaded.replaceAll(' [0:0]', ''))
    expect(await lab.iptablesSave('n1')).toBe('')
    await lab.flush('n2')
    expect(await lab.iptablesSave('n2')).toBe('')
    expect(await connect(lab, 'n1', '10.99.0.12', 4567)).toBe('0')
    await Promise.all([mysql.close(), galera.close()])
  })

  it('pulls a plug and puts it back', async () => {
    await lab.down('n2')
    expect(await connect(lab, 'n1', '10.99.0.12', 3306)).toBe(HOST_UNREACHABLE)
    await lab.up('n2')
    expect(await connect(lab, 'n1', '10.99.0.12', 3306)).toBe(REFUSED)
  })

  it('loses packets when told to, and only then', async () => {
    const server = await lab.serve('n2', { protocol: 'udp', port: 4567, reply: '' })
    const dropped = async () => {
      const { stdout } = await lab.exec('holder', 'nft list table bridge loss 2>/dev/null')
      // The IPv4 rule's: IPv6 has packets of its own making.
      return Number(/ether type ip .*counter packets (\d+)/.exec(stdout)?.[1] ?? 0)
    }
    const send = `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for i in range(100): s.sendto(b'x',('10.99.0.12',4567))`
    await lab.exec('n1', ['python3', '-c', send])
    await vi.waitFor(async () => expect(await server.accepted()).toBe(100), 10_000)
    await lab.loss(30)
    await lab.exec('n1', ['python3', '-c', send])
    await vi.waitFor(async () => expect((await server.accepted()) + (await dropped())).toBe(200), 10_000)
    const arrived = (await server.accepted()) - 100
    expect(arrived).toBeGreaterThan(0)
    expect(arrived).toBeLessThan(100)
    await lab.loss(0)
    await lab.exec('n1', ['python3', '-c', send])
    await vi.waitFor(async () => expect(await server.accepted()).toBe(200 + arrived), 10_000)
    await server.close()
  })

  it('answers as it was told: an echo, a banner, nothing', async () => {
    const talk = (protocol: 'tcp' | 'udp', port: number) => `import socket
s=socket.socket(socket.AF_INET,socket.SOCK_${protocol === 'tcp' ? 'STREAM' : 'DGRAM'})
s.settimeout(20); s.connect(('10.99.0.12',${port})); s.send(b'ping'); print(s.recv(99).decode())`
    for (const protocol of ['tcp', 'udp'] as const) {
      const echo = await lab.serve('n2', { protocol, port: 0 })
      expect((await lab.exec('n1', ['python3', '-c', talk(protocol, echo.port)])).stdout).toBe('ping\n')
      const banner = await lab.serve('n2', { protocol, port: 0, reply: 'hello' })
      expect((await lab.exec('n1', ['python3', '-c', talk(protocol, banner.port)])).stdout).toBe('hello\n')
      await Promise.all([echo.close(), banner.close()])
    }
  })

  it('runs commands with input, environment, directory and a time limit', async () => {
    const options = { input: 'in', env: { WHAT: 'env' }, cwd: '/usr/bin' }
    const echoed = await lab.exec('n1', 'cat; echo " $WHAT $PWD"; echo bad >&2; exit 7', options)
    expect(echoed).toEqual({
      code: 7,
      signal: null,
      stdout: 'in env /usr/bin\n',
      stderr: 'bad\n',
      timedOut: false,
    })
    const stuck = await lab.exec('n1', 'sleep 600 & sleep 600', { timeoutMs: 100 })
    expect(stuck).toMatchObject({ signal: 'SIGKILL', timedOut: true })
    expect(await lab.leftovers()).toEqual([])
    await expect(lab.exec('n9', 'true')).rejects.toThrow('no host n9')
  })

  it('knows its processes, and signals them', async () => {
    const shell = lab.spawn('n1', [
      'sh',
      '-c',
      'trap "exit 42" TERM; echo up; while :; do sleep 600 & wait; done',
    ])
    await once(shell.stdout, 'data')
    expect(lab.processes('n2')).toEqual([])
    // The sleep may not have been started yet; the shell has.
    const [found] = lab.processes('n1')
    expect(found?.args.slice(0, 2)).toEqual(['sh', '-c'])
    // The child's own code, not nsenter's death.
    shell.kill('SIGTERM')
    expect(await once(shell, 'exit')).toEqual([42, null])
    const [sleep] = lab.processes()
    if (sleep) await lab.kill(sleep.pid, 'SIGKILL')
    expect(await lab.leftovers()).toEqual([])
  })

  it('lives next to another lab with the same addresses', async () => {
    const other = await createLab({ hosts: [{ name: 'n2', address: '10.99.0.12' }] })
    const server = await other.serve('n2', { protocol: 'tcp', port: 4444 })
    expect(await connect(other, 'admin', '10.99.0.12', 4444)).toBe('0')
    expect(await connect(lab, 'admin', '10.99.0.12', 4444)).toBe(REFUSED)
    expect(await server.accepted()).toBe(1)
    await other.close()
    await expect(other.exec('n2', 'true')).rejects.toThrow('closed')
    expect(await connect(lab, 'admin', '10.99.0.12', 4444)).toBe(REFUSED)
  })
})

describeLab('a lab with legacy tables', ['iptables-legacy', 'python3'], () => {
  it('keeps the back ends apart and flushes both', async () => {
    const lab = await createLab({ hosts: [{ name: 'n1', address: '10.99.0.11' }] })
    const text = articleRuleset({ rejectWith: 'icmp-host-prohibited' })
    await lab.iptables('n1', text.replace(':FORWARD ACCEPT', ':FORWARD DROP'), { tool: 'iptables-legacy' })
    expect(await lab.iptablesSave('n1')).toBe('')
    expect(await lab.iptablesSave('n1', 'iptables-legacy')).toContain('--dport 3306')
    expect(await connect(lab, 'admin', '10.99.0.11', 4567)).toBe(HOST_UNREACHABLE)
    await lab.flush('n1')
    expect(await lab.iptablesSave('n1', 'iptables-legacy')).toBe(
      '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n',
    )
    await lab.close()
  })
})

describe("the article's firewall", () => {
  it('has the rows of the listing, in their order', () => {
    const rules = articleRuleset({ rejectWith: 'icmp-port-unreachable' }).match(/-A INPUT.*/g) ?? []
    expect(rules).toHaveLength(6)
    expect(rules.at(-1)).toBe('-A INPUT -j REJECT --reject-with icmp-port-unreachable')
  })
})
