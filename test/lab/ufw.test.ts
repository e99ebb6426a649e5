import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { parseNet } from '../../src/firewall/address.ts'
import { ufwChain, ufwKnows, ufwLines } from '../../src/fix/ufw.ts'
import { connect, REFUSED } from './connect.ts'
import { createLab, type Lab } from './lab.ts'
import { machineState } from './machine.ts'
import { describeLab } from './require.ts'

// Taken before `describeLab` tries what works here.
const before = machineState()
afterAll(() => {
  expect(machineState()).toBe(before)
})

const N1 = '10.99.0.11'
const N2 = '10.99.0.12'
const RULE = `from ${N1} to any port 4567 proto tcp`

function access(source: string, port = 4567) {
  const net = parseNet(source)
  if (!net) throw new RangeError(source)
  return { source: net, port, protocol: 'tcp' } as const
}

describeLab('ufw', ['ufw', 'ip6tables', 'ipv6', 'python3'], () => {
  let lab: Lab
  beforeEach(async () => {
    lab = await createLab({
      hosts: [
        { name: 'n1', address: N1 },
        { name: 'n2', address: N2 },
      ],
      stranger: true,
    })
    await lab.serve('n2', { protocol: 'tcp', port: 4567, address: '::' })
    await lab.serve('n2', { protocol: 'tcp', port: 4568, address: '::' })
  })
  afterEach(() => lab?.close())

  const CONNECT = `import socket,sys
s=socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)
s.settimeout(float(sys.argv[3]))
try: s.connect((sys.argv[1],int(sys.argv[2])))
except socket.timeout: print('silence')
else: print('open')`
  /** ufw drops: what is expected to be silent is not waited for long. */
  const reach = async (host: string, wanted: 'open' | 'silence', port = 4567, address = N2) => {
    const patience = wanted === 'open' ? '20' : '1.5'
    const { stdout, stderr } = await lab.exec(host, [
      'python3',
      '-c',
      CONNECT,
      address,
      String(port),
      patience,
    ])
    expect(stdout || stderr).toBe(`${wanted}\n`)
  }
  const paste = async (lines: readonly string[]) => {
    const { code, stdout, stderr } = await lab.exec('n2', ['sh', '-e'], { input: lines.join('\n') })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }
  const rules = async (chain = 'ufw-user-input') => {
    const tool = chain.startsWith('ufw6') ? 'ip6tables' : 'iptables'
    return (await lab.iptablesSave('n2', tool)).split('\n').filter((line) => line.startsWith(`-A ${chain} `))
  }

  it('is of its host alone, drops, and a rule opens exactly what it names', async () => {
    await lab.ufw('n2', ['allow 22/tcp', 'allow 9100/tcp'])
    const files = 'cat /etc/ufw/ufw.conf; [ -e /lib/ufw/ufw-init ] && cat /etc/default/ufw'
    expect((await lab.exec('n2', files)).stdout).toMatch(/^ENABLED=yes$/m)
    expect((await lab.exec('n1', '[ -e /etc/ufw ] || [ -e /etc/default/ufw ]')).code).toBe(1)
    expect(await lab.iptablesSave('n1')).toBe('')

    await reach('n1', 'silence')
    const { commands, undo } = ufwLines(access(N1))
    expect(await paste(commands)).toBe('Rule inserted\n')
    expect(await paste(commands)).toBe('Skipping inserting existing rule\n')
    await reach('n1', 'open')
    await reach('n1', 'silence', 4568)
    await reach('stranger', 'silence')
    await reach('n1', 'silence', 4567, 'fd00:99::12')
    await paste(ufwLines(access('fd00:99::11')).commands)
    await reach('n1', 'open', 4567, 'fd00:99::12')
    await paste(ufwLines(access('10.99.0.128/25', 4568)).commands)
    await reach('stranger', 'open', 4568)
    expect((await rules()).slice(0, 2)).toEqual([
      '-A ufw-user-input -s 10.99.0.128/25 -p tcp -m tcp --dport 4568 -j ACCEPT',
      '-A ufw-user-input -s 10.99.0.11/32 -p tcp -m tcp --dport 4567 -j ACCEPT',
    ])
    expect((await rules('ufw6-user-input'))[0]).toBe(
      '-A ufw6-user-input -s fd00:99::11/128 -p tcp -m tcp --dport 4567 -j ACCEPT',
    )

    await paste(['ufw reload'])
    await reach('n1', 'open')
    await paste(undo)
    await reach('n1', 'silence')
    expect(await lab.leftovers()).toEqual([])
  })

  it.each(['allow', 'deny', 'reject', 'limit', 'deny log', 'reject log', 'limit log', 'allow log'])(
    'takes its own "%s" of the same flow for the rule that it is to insert, but not one for this host alone',
    async (action) => {
      await lab.ufw('n2', [
        `${action} ${RULE} comment 'do not touch'`,
        'allow 22/tcp',
        `insert 1 deny from ${N1} to any port 4000:5000 proto tcp`,
      ])
      const file = async () => (await lab.exec('n2', 'cat /etc/ufw/user.rules')).stdout
      const [old, stored] = [await rules(), await file()]
      expect(stored).toMatch(/comment=/)
      expect(await paste([`ufw prepend allow ${RULE}`, `ufw insert 1 allow ${RULE}`])).toBe(
        'Skipping inserting existing rule\nSkipping inserting existing rule\n',
      )
      expect(await rules()).toEqual(old)
      const here = { ...access(N1), destination: access(N2).source }
      expect(ufwKnows(old, access(N1))).toBe(true)
      expect(ufwKnows(old, here)).toBe(false)
      const { commands, undo } = ufwLines(here)
      expect(await paste(commands)).toBe('Rule inserted\n')
      await reach('n1', 'open')
      expect(ufwKnows(await rules(), here)).toBe(true)
      await paste(undo)
      expect(await rules()).toEqual(old)
      expect(await file()).toBe(stored)
    },
  )

  it('does so for IPv6 and networks', async () => {
    await lab.ufw('n2', ['deny from fd00:99::/64 to any port 4567 proto tcp'])
    const net = access('fd00:99::/64')
    expect(ufwKnows(await rules(ufwChain(net)), net)).toBe(true)
    await paste(ufwLines({ ...net, destination: access('fd00:99::12').source }).commands)
    await reach('n1', 'open', 4567, 'fd00:99::12')
  })

  it('has rules before its own, which no command of it overrules', async () => {
    await lab.ufw('n2')
    const line = `-A ufw-before-input -s ${N1} -p tcp --dport 4567 -j REJECT`
    await paste([`sed -i 's/^# End required lines/&\\n${line}/' /etc/ufw/before.rules`, 'ufw reload'])
    await paste(ufwLines(access(N1)).commands)
    expect(await connect(lab, 'n1', N2, 4567)).toBe(REFUSED)
  })
})
