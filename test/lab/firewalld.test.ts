import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { parseNet } from '../../src/firewall/address.ts'
import {
  type Governor,
  type Priority,
  RICH_RULES_LIBRARY,
  richRule,
  richRuleCalls,
  richRuleLines,
} from '../../src/fix/firewalld.ts'
import { connect, HOST_UNREACHABLE, REFUSED } from './connect.ts'
import type { Firewalld } from './firewalld.ts'
import { createLab, type Lab } from './lab.ts'
import { machineState } from './machine.ts'
import { describeLab } from './require.ts'

// Taken before `describeLab` tries what works here.
const before = machineState()
afterAll(() => {
  expect(machineState()).toBe(before)
})

const PUBLIC: Governor = { kind: 'zone', name: 'public' }
const N1 = '10.99.0.11'
const N2 = '10.99.0.12'

function opening(source: string, { port = 4567, priority = 0 as Priority, governor = PUBLIC } = {}) {
  const net = parseNet(source)
  if (!net) throw new RangeError(source)
  return { governor, text: richRule({ source: net, port, protocol: 'tcp' }, priority) }
}

let lab: Lab
let firewalld: Firewalld
const two = [
  { name: 'n1', address: N1 },
  { name: 'n2', address: N2 },
]

/** As root of n2 types it. */
async function paste(lines: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.exec('n2', ['sh', '-e'], { input: lines.join('\n') })
  expect(`${stdout}${stderr}`).not.toMatch(/error/i)
  expect(code).toBe(0)
  return stdout
}

/** The rules of a chain of firewalld, as the kernel has them. */
async function rulesOf(chain: string): Promise<string[]> {
  const { stdout } = await lab.exec('n2', ['nft', '-s', 'list', 'chain', 'inet', 'firewalld', chain])
  return stdout
    .split('\n')
    .slice(2, -3)
    .map((line) => line.trim())
}

const from = (host: string, port = 4567, address = N2) => connect(lab, host, address, port)

for (const backend of ['nftables', 'iptables'] as const) {
  describeLab(
    `firewalld with ${backend}`,
    ['firewalld', 'ipset', 'nft', 'ip6tables', 'ipv6', 'python3'],
    () => {
      beforeEach(async () => {
        lab = await createLab({ hosts: two, stranger: true })
        await lab.serve('n2', { protocol: 'tcp', port: 4567, address: '::' })
        await lab.serve('n2', { protocol: 'tcp', port: 4568, address: '::' })
      })
      afterEach(() => lab?.close())
      // With iptables a zone that does not accept looks like a port that is closed.
      const STOPPED = backend === 'nftables' ? HOST_UNREACHABLE : REFUSED
      const start = async (files: Record<string, string> = {}) => {
        firewalld = await lab.firewalld('n2', { backend, files })
      }

      it('is of its host alone, blocks, and a rich rule opens exactly what it names', async () => {
        expect(await from('n1')).toBe('0')
        await start()
        expect((await lab.exec('n2', 'cat /run/firewalld.pid; ls -d /etc/firewalld/zones')).stdout).toMatch(
          /^\d+\n\/etc\/firewalld\/zones\n$/,
        )
        expect((await lab.exec('n1', 'firewall-cmd --state')).code).not.toBe(0)
        expect((await lab.exec('n1', '[ -e /run/firewalld.pid ] || [ -e /etc/firewalld ]')).code).toBe(1)
        const viaPrefix = await lab.exec('holder', [
          ...lab.via.replace('{name}', 'n2').split(' '),
          'firewall-cmd',
          '--state',
        ])
        expect(viaPrefix.stdout).toBe('running\n')

        expect(await from('n1')).toBe(STOPPED)
        const { commands, persist, undo } = richRuleLines(opening(N1))
        await paste([...commands, ...persist])
        await paste([...commands, ...persist])
        expect(await from('n1')).toBe('0')
        expect(await from('n1', 4568)).toBe(STOPPED)
        expect(await from('stranger')).toBe(STOPPED)
        expect(await from('n1', 4567, 'fd00:99::12')).not.toBe('0')
        await paste(richRuleLines(opening('fd00:99::11')).commands)
        expect(await from('n1', 4567, 'fd00:99::12')).toBe('0')

        await paste(['firewall-cmd --reload'])
        expect(await from('n1')).toBe('0')
        expect(await from('n1', 4567, 'fd00:99::12')).not.toBe('0')
        await firewalld.restart()
        expect(await from('n1')).toBe('0')
        await paste(undo.map((line) => line.replace(/^# .*?: /, '')))
        expect(await from('n1')).toBe(STOPPED)
        await firewalld.restart()
        expect(await from('n1')).toBe(STOPPED)
        expect(await lab.leftovers()).toEqual([])
      })

      it('takes many rules at once, adds and removes nothing twice, and compares a rule as it was typed', async () => {
        await start()
        const rules = [N1, 'fd00:99::11', '10.99.0.0/24'].map((source) => opening(source, { priority: -1 }))
        rules.push(opening(N1), opening(N1, { port: 4568 }))
        const [first] = rules.slice(3)
        const call = (action: 'has' | 'add' | 'remove', permanent: boolean, some = rules) =>
          paste([RICH_RULES_LIBRARY, ...richRuleCalls(action, some, permanent)])
        const listed = async () =>
          paste(['firewall-cmd --list-rich-rules', 'firewall-cmd --permanent --list-rich-rules'])
        const lasting = `firewall-cmd --permanent --add-rich-rule='${first?.text}'`
        await paste([lasting])
        for (let i = 0; i < 2; i++) {
          expect(await call('add', false)).toBe('')
          await call('has', false)
          expect((await listed()).split('\n')).toHaveLength(rules.length + 2)
        }
        await call('add', true)
        await call('has', true)
        for (let i = 0; i < 2; i++) {
          expect(await call('remove', false)).toBe('')
          expect((await listed()).split('\n')).toHaveLength(rules.length + 2)
        }
        const typed = (address: string) =>
          `firewall-cmd --permanent --query-rich-rule='${opening(N1).text.replace(N1, address)}' || :`
        expect(await paste([typed(N1), typed(`${N1}/32`)])).toBe('yes\nno\n')
      })

      it('one rule of many that it does not take makes all fail', async () => {
        await start()
        const rules = [opening(N1), { governor: PUBLIC, text: 'rule family="ipv4" nonsense' }]
        const script = `set -eu\n${RICH_RULES_LIBRARY}\n${richRuleCalls('add', rules, false).join('\n')}`
        const { code, stderr } = await lab.exec('n2', ['sh'], { input: script })
        expect(code).toBe(1)
        expect(stderr).toContain('firewalld has not taken all rules')
      })

      it('has deny rules that stand before, and a priority that beats them', async () => {
        const deny = `rule family="ipv4" source address="${N1}" port port="4567" protocol="tcp" reject`
        await start()
        await paste([`firewall-cmd --add-rich-rule='${deny}'`, ...richRuleLines(opening(N1)).commands])
        expect(await from('n1')).toBe(REFUSED)
        await paste(richRuleLines(opening(N1, { priority: -1 })).commands)
        expect(await from('n1')).toBe('0')

        await paste([`firewall-cmd --add-rich-rule='${deny.replace('rule', 'rule priority="-1000"')}'`])
        expect(await from('n1')).toBe(REFUSED)
        await paste(richRuleLines(opening(N1, { priority: -32768 })).commands)
        expect(await from('n1')).toBe('0')
      })

      it('asks zones in the order of their names, and does not know whose an address of a network is', async () => {
        await start()
        await paste([
          'firewall-cmd --zone=work --add-source=10.99.0.0/24',
          ...richRuleLines(opening(N1)).commands,
        ])
        expect(await from('n1')).toBe(STOPPED)
        expect(await lab.exec('n2', `firewall-cmd --get-zone-of-source=${N1}`)).toMatchObject({ code: 2 })
        const work: Governor = { kind: 'zone', name: 'work' }
        await paste(richRuleLines(opening(N1, { governor: work })).commands)
        expect(await from('n1')).toBe('0')
        // The smaller network does not win: "internal" comes before "work", and "dmz" before both.
        await paste([`firewall-cmd --zone=internal --add-source=${N1}`])
        expect(await from('n1')).toBe(STOPPED)
        const internal: Governor = { kind: 'zone', name: 'internal' }
        await paste(richRuleLines(opening(N1, { governor: internal })).commands)
        expect(await from('n1')).toBe('0')
        await paste(['firewall-cmd --zone=dmz --add-source=10.99.0.0/28'])
        expect(await from('n1')).toBe(STOPPED)
      })

      it('has zones bound to a set', async () => {
        await start({
          'ipsets/peers.xml': `<ipset type="hash:net"><entry>10.99.0.0/28</entry></ipset>`,
          'zones/peers.xml': `<zone><source ipset="peers"/></zone>`,
        })
        const peers: Governor = { kind: 'zone', name: 'peers' }
        await paste(richRuleLines(opening('10.99.0.0/24')).commands)
        expect(await from('n1')).toBe(STOPPED)
        expect(await from('stranger')).toBe('0')
        await paste(richRuleLines(opening('10.99.0.8/29', { governor: peers })).commands)
        expect(await from('n1')).toBe('0')
      })

      it('has policies before all zones, which open by a rule of their own', async () => {
        await start({
          'policies/in-block.xml': `<policy priority="-10" target="DROP"><ingress-zone name="ANY"/><egress-zone name="HOST"/></policy>`,
        })
        const governor: Governor = { kind: 'policy', name: 'in-block' }
        await paste(richRuleLines(opening(N1, { priority: -32768 })).commands)
        await paste(richRuleLines(opening(N1, { port: 4568, governor })).commands)
        expect(await from('n1', 4568)).toBe('0')
        const tried = lab.exec('n1', [
          'python3',
          '-c',
          `import socket;s=socket.socket();s.settimeout(2);s.connect(('${N2}',4567))`,
        ])
        expect((await tried).stderr).toMatch(/timed out/)
      })

      it('puts rules where the model puts them', async () => {
        await start()
        const chains = ['allow', 'pre'].map((part) => `IN_public_${part}`)
        const state = () =>
          backend === 'nftables'
            ? Promise.all(chains.map((chain) => rulesOf(`filter_${chain}`)))
            : Promise.all(
                chains.map(async (chain) =>
                  (await lab.exec('n2', `iptables -S ${chain}; ip6tables -S ${chain}`)).stdout
                    .split('\n')
                    .filter((line) => line.startsWith('-A')),
                ),
              )
        const added = async (rules: { text: string; governor: Governor }[]) => {
          const old = await state()
          await paste(rules.flatMap((rule) => richRuleLines(rule).commands))
          const now = await state()
          return now.map((rules, i) => rules.map((rule) => ((old[i] ?? []).includes(rule) ? '=' : rule)))
        }
        const [allow, pre] = await added([
          opening(N1),
          opening('10.99.0.128/25'),
          opening('fd00:99::11'),
          opening('fd00:98::/64'),
          opening(N1, { port: 4568, priority: -1 }),
          opening(N2, { port: 4568, priority: -1 }),
          opening(N1, { port: 4444, priority: -32768 }),
        ])
        if (backend === 'nftables') {
          expect(allow).toEqual([
            '=',
            '=',
            'ip saddr 10.99.0.11 tcp dport 4567 accept',
            'ip saddr 10.99.0.128/25 tcp dport 4567 accept',
            'ip6 saddr fd00:99::11 tcp dport 4567 accept',
            'ip6 saddr fd00:98::/64 tcp dport 4567 accept',
          ])
          expect(pre).toEqual([
            'ip saddr 10.99.0.11 tcp dport 4444 accept',
            'ip saddr 10.99.0.11 tcp dport 4568 accept',
            'ip saddr 10.99.0.12 tcp dport 4568 accept',
          ])
        } else {
          expect(allow).toEqual([
            '=',
            '-A IN_public_allow -s 10.99.0.11/32 -p tcp -m tcp --dport 4567 -j ACCEPT',
            '-A IN_public_allow -s 10.99.0.128/25 -p tcp -m tcp --dport 4567 -j ACCEPT',
            '=',
            '=',
            '-A IN_public_allow -s fd00:99::11/128 -p tcp -m tcp --dport 4567 -j ACCEPT',
            '-A IN_public_allow -s fd00:98::/64 -p tcp -m tcp --dport 4567 -j ACCEPT',
          ])
          expect(pre).toEqual([
            '-A IN_public_pre -s 10.99.0.11/32 -p tcp -m tcp --dport 4444 -j ACCEPT',
            '-A IN_public_pre -s 10.99.0.11/32 -p tcp -m tcp --dport 4568 -j ACCEPT',
            '-A IN_public_pre -s 10.99.0.12/32 -p tcp -m tcp --dport 4568 -j ACCEPT',
          ])
        }
      })

      it('is not opened by an accept of iptables, nor are its direct rules by a rich rule', async () => {
        await start()
        const direct = `firewall-cmd --direct --add-rule ipv4 filter INPUT 0 -s ${N1} -p tcp --dport 4568 -j REJECT`
        await paste([`iptables -I INPUT -s ${N1} -p tcp --dport 4567 -j ACCEPT`, direct])
        // With its iptables back end the chain is the same one.
        expect(await from('n1')).toBe(backend === 'nftables' ? STOPPED : '0')
        await paste(richRuleLines(opening(N1, { port: 4568, priority: -32768 })).commands)
        expect(await from('n1', 4568)).toBe(REFUSED)
      })
    },
  )
}

describeLab('firewalld behind ssh', ['firewalld', 'ssh', 'sudo', 'python3'], () => {
  it('answers to whoever logs in as root or may become root', async () => {
    const lab = await createLab({ hosts: two, ssh: true, sudo: true })
    await lab.firewalld('n2')
    expect((await lab.exec('n1', 'ssh n2 firewall-cmd --state')).code).toBe(0)
    expect((await lab.exec('n1', 'ssh dba@n2 sudo -n firewall-cmd --state')).stdout).toBe('running\n')
    expect((await lab.exec('n1', 'ssh dba@n2 firewall-cmd --list-all')).stderr).toMatch(
      /Authorization failed/,
    )
    expect((await lab.exec('n2', 'ssh n1 firewall-cmd --state')).code).not.toBe(0)
    await lab.close()
  })
})
