import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Report, ReportNode } from '../../src/report/report.ts'
import { filter } from '../agent/agents.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'

describeLab(
  'what the real ssh, sshd and sudo say is understood',
  ['ssh', 'sudo', 'python3', 'iptables'],
  () => {
    let lab: Lab
    beforeAll(async () => {
      lab = await createLab({
        ssh: true,
        hosts: ['n1', 'n2', 'n3'].map((name, i) => ({
          name,
          address: `10.99.0.${11 + i}`,
          ssh: name !== 'n3',
        })),
      })
    })
    afterEach(async () => {
      expect(await lab.leftovers()).toEqual([])
    })
    afterAll(() => lab?.close())

    async function nodes(list: string, ...options: string[]): Promise<readonly ReportNode[]> {
      const argv = ['--nodes', list, '--only', 'galera', '--timeout', '0.5', '--format', 'json', ...options]
      const { stdout } = await lab.execTool(argv)
      return (JSON.parse(stdout) as Report).nodes
    }
    const code = (node: ReportNode | undefined) => node?.error?.code ?? 'reached'
    /** n2 stays as it is, so that only n1 is the cause of what n1 says. */
    async function first(list: string, ...options: string[]): Promise<string> {
      const [node, other] = await nodes(`${list},n2`, ...options)
      expect(code(other)).toBe('reached')
      return code(node)
    }

    it('it works', async () => {
      expect(await nodes('n1,n2')).toMatchObject(
        Array(2).fill({ reachable: true, privileged: true, via: 'ssh' }),
      )
    })

    it('a user without rights is a user without rights', async () => {
      expect(await nodes('dba@n1,n2')).toMatchObject([
        { reachable: true, privileged: false },
        { reachable: true, privileged: true },
      ])
    })

    it('the name', async () => {
      expect(await first('nowhere.invalid')).toBe('ssh-name-not-resolved')
    })

    it('the port', async () => {
      expect(await first('n3')).toBe('ssh-refused')
    })

    it('the time', async () => {
      await lab.iptables('n1', filter('INPUT -p tcp --dport 22 -j DROP'))
      expect(await first('n1', '--connect-timeout', '1')).toBe('ssh-timeout')
      await lab.flush('n1')
    })

    it('the route', async () => {
      await lab.exec('admin', 'ip route add unreachable 10.99.0.11/32')
      expect(await first('n1')).toBe('ssh-no-route')
      await lab.exec('admin', 'ip route del unreachable 10.99.0.11/32')
    })

    it('the host key: unknown, and changed', async () => {
      const known = '/run/lab/ssh/known_hosts'
      await lab.exec('holder', `cp ${known} ${known}.right; sed -i /^n1,/d ${known}`)
      expect(await first('n1')).toBe('ssh-host-key')
      await lab.exec(
        'holder',
        `{ cat ${known}; sed -n 's/^n2,[^ ]*/n1/p' ${known}.right; } >${known}.new; mv ${known}.new ${known}`,
      )
      expect(await first('n1')).toBe('ssh-host-key')
      await lab.exec('holder', `mv ${known}.right ${known}`)
      expect(await first('n1')).toBe('reached')
    })

    it('the login', async () => {
      await lab.exec('holder', 'mv /run/lab/ssh/authorized_keys /run/lab/ssh/keys')
      expect((await nodes('n1,dba@n2')).map(code)).toEqual(Array(2).fill('ssh-permission-denied'))
      await lab.exec('holder', 'mv /run/lab/ssh/keys /run/lab/ssh/authorized_keys')
    })

    it('the login shell', async () => {
      const shell = async (path: string) => {
        const text = path.replaceAll('/', '\\/')
        await lab.exec(
          'holder',
          `sed 's/^\\(dba:.*:\\)[^:]*$/\\1${text}/' /etc/passwd >/run/lab/p && cat /run/lab/p >/etc/passwd`,
        )
      }
      await shell('/usr/sbin/nologin')
      expect(await first('dba@n1')).toBe('agent-garbage')
      await shell('/bin/sh')
      expect(await first('dba@n1')).toBe('reached')
    })

    it('what a login prints', async () => {
      await lab.exec(
        'holder',
        `printf '%s\\n' 'printf "Welcome, \\033]0;owned\\007"' >/run/lab/home/dba/.bashrc`,
      )
      await lab.exec(
        'holder',
        `sed 's/^\\(dba:.*:\\)[^:]*$/\\1\\/bin\\/bash/' /etc/passwd >/run/lab/p && cat /run/lab/p >/etc/passwd`,
      )
      expect(await first('dba@n1')).toBe('reached')
    })

    it('sudo: not allowed, then allowed', async () => {
      expect(await first('dba@n1', '--become')).toBe('sudo-refused')
      await lab.sudo(true)
      expect(await nodes('dba@n1,dba@n2', '--become')).toMatchObject(
        Array(2).fill({ reachable: true, privileged: true }),
      )
      await lab.sudo(false)
    })

    it('no Python, one that may not be run, and one that is too old', async () => {
      const python = '"$(readlink -f /usr/bin/python3)"'
      // Logins see the file system of their sshd, which `ip netns exec` gave one of its own.
      const there = async (command: string) => {
        const { stderr } = await lab.exec('holder', `nsenter -t "$(cat /run/lab/ssh/n1.pid)" -m ${command}`)
        expect(stderr).toBe('')
      }
      const behind = async (file: string) => {
        await there(`mount --bind ${file} ${python}`)
        const found = await first('n1')
        await there(`umount ${python}`)
        return found
      }
      expect(await behind('/dev/null')).toBe('python-missing')
      await lab.exec('holder', `printf '#!/bin/sh\\nexit 98\\n' >/run/lab/old; chmod 755 /run/lab/old`)
      expect(await behind('/run/lab/old')).toBe('python-too-old')
    })
  },
)
