import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { afterAll, expect, it, vi } from 'vitest'
import { HOST_UNREACHABLE, REFUSED } from './connect.ts'
import { createLab } from './lab.ts'
import { machineState } from './machine.ts'
import { AS_NOBODY } from './needs.ts'
import { describeLab } from './require.ts'

// Taken before `describeLab` tries what works here.
const before = machineState()
afterAll(() => {
  expect(machineState()).toBe(before)
})

/** A program of its own that uses the lab, to be read by `node --input-type=module -`: no file, no rights needed. */
async function program(body: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createLab } from './lab.ts'\nimport { articleRuleset } from './article.ts'\n${body}`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

describeLab('a lab and the machine', [], () => {
  it('have an /etc and a /run each', async () => {
    const lab = await createLab({ hosts: [] })
    const files = '/etc/left-by-a-lab /run/left-by-a-lab /var/log/left-by-a-lab'
    const touch = `touch ${files} && echo left-by-a-lab >>/etc/passwd && grep left /etc/passwd`
    expect(await lab.exec('admin', touch)).toMatchObject({ code: 0, stdout: 'left-by-a-lab\n' })
    for (const file of files.split(' ')) expect(existsSync(file)).toBe(false)
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('left-by-a-lab')
    await lab.close()
  })
})

describeLab('a lab whose owner is killed', ['python3'], () => {
  it('ends with it, every process and namespace', async () => {
    const script = await program(`
      const lab = await createLab()
      await lab.serve('n1', { protocol: 'tcp', port: 4567 })
      lab.spawn('n2', ['setsid', 'sh', '-c', 'trap "" TERM HUP INT; sleep 600 & sleep 600'])
      while (lab.processes('n2').length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
      console.log(lab.holder.pid)
      setInterval(() => {}, 1000)`)
    const owner = spawn(process.execPath, ['--input-type=module', '-'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    owner.stdin.end(script)
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string]
    const namespace = readlinkSync(`/proc/${line}/ns/pid`)
    const members = () =>
      readdirSync('/proc').filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/ns/pid`) === namespace
        } catch {
          return false
        }
      })
    const living = members()
    expect(living).toContain(line)
    expect(living.length).toBeGreaterThanOrEqual(5) // holder, server, two sleeps and their shell
    owner.kill('SIGKILL')
    await vi.waitFor(() => expect(living.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]), 10_000)
    expect(members()).toEqual([])
  })
})

describeLab('a lab without root', ['userns', 'iptables', 'python3'], () => {
  it('works, all but ssh', async () => {
    const script = await program(`
      const lab = await createLab({ router: true })
      const connect = 'import socket;print(socket.socket().connect_ex(("10.99.0.12",4567)))'
      const results = [lab.mode]
      const say = async (host, argv) => results.push((await lab.exec(host, argv)).stdout.trim())
      await say('n1', ['python3', '-c', connect])
      await lab.iptables('n2', articleRuleset({ rejectWith: 'icmp-host-prohibited' }))
      await say('n1', ['python3', '-c', connect])
      await say('router', 'cat /proc/sys/net/ipv4/ip_forward')
      await lab.loss(5)
      results.push(lab.processes().length)
      await lab.close()
      await createLab({ ssh: true }).catch((error) => results.push(error.message))
      console.log(JSON.stringify(results))`)
    const node = [process.execPath, '--input-type=module', '-']
    const argv = process.getuid?.() === 0 ? [...AS_NOBODY, ...node] : node
    const child = spawn(argv[0] ?? '', argv.slice(1), { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.stdin.end(script)
    await once(child, 'close')
    const needsRoot = 'a lab with ssh needs root'
    expect(output.trim()).toBe(JSON.stringify(['userns', REFUSED, HOST_UNREACHABLE, '1', 0, needsRoot]))
  })
})
