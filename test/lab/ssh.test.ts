import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from './lab.ts'
import { machineState } from './machine.ts'
import { describeLab } from './require.ts'

// Taken before `describeLab` tries what works here.
const before = machineState()
afterAll(() => {
  expect(machineState()).toBe(before)
})

describeLab('a lab with ssh', ['ssh', 'sudo'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab({ ssh: true })
  })
  afterAll(() => lab?.close())

  it('lets admin log in as root and as dba, by its own configuration', async () => {
    const run = async (...argv: string[]) => (await lab.exec('admin', ['ssh', ...argv])).stdout
    expect(await run('n1', 'id -un; hostname; echo $HOME')).toBe('root\nn1\n/run/lab/home/root\n')
    expect(await run('dba@n2', 'id -un; hostname')).toBe('dba\nn2\n')
    expect(await run('n3-v6', 'echo $SSH_CONNECTION')).toMatch(/^fd00:99::100 \d+ fd00:99::13 22$/m)
    const asDba = await lab.exec('admin', ['ssh', 'n3', 'id', '-un'], { user: 'dba' })
    expect(asDba.stdout).toBe('dba\n')
    expect(await lab.leftovers()).toEqual([])
  })

  it('checks host keys', async () => {
    await lab.exec(
      'holder',
      'cd /run/lab/ssh && cp known_hosts right && sed -i "s/^n1,/nX,/; s/^n2,/n1,n2,/" known_hosts',
    )
    const { code, stderr } = await lab.exec('admin', ['ssh', 'n1', 'true'])
    expect(code).toBe(255)
    expect(stderr).toContain('Host key verification failed')
    await lab.exec('holder', 'cd /run/lab/ssh && mv right known_hosts')
    expect((await lab.exec('admin', ['ssh', 'n1', 'true'])).code).toBe(0)
  })

  it('gives and takes sudo', async () => {
    const sudo = () => lab.exec('admin', ['ssh', 'dba@n1', 'sudo -n id -un'])
    expect(await sudo()).toMatchObject({ code: 1, stdout: '' })
    await lab.sudo(true)
    expect(await sudo()).toMatchObject({ code: 0, stdout: 'root\n', stderr: '' })
    await lab.sudo(false)
    expect(await sudo()).toMatchObject({ code: 1, stdout: '' })
  })

  it('takes many logins at once and leaves nothing of them', async () => {
    const logins = Array.from({ length: 20 }, () => lab.exec('admin', ['ssh', 'n1', 'echo in']))
    expect((await Promise.all(logins)).map(({ stdout }) => stdout)).toEqual(Array(20).fill('in\n'))
    expect(await lab.leftovers()).toEqual([])
  })
})
