import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Survey } from '../../src/session/survey-messages.ts'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab, describeUnless } from '../lab/require.ts'
import { until } from '../session/fixtures.ts'
import { byPython, openAgent, pythons } from './agents.ts'
import { startFake } from './fake-database.ts'
import { evaluate } from './modules.ts'

const ENDS = pythons().filter((path) => /3\.(6|13)\./.test(path))
const noClient = existsSync('/usr/bin/mariadb') ? [] : ['no client: apt-get install mariadb-client']

describeUnless(noClient, 'asking a server', () => {
  describeLab('and all else that a survey tells', ['python3'], () => {
    let lab: Lab
    let folder: string
    const at = (name: string) => join(folder, name)

    beforeAll(async () => {
      // A short name: those of sockets have a hundred characters at most.
      folder = mkdtempSync(join(tmpdir(), 'pxc-'))
      writeFileSync(
        at('my.cnf'),
        `[mysqld]\nlog_error=other\nwsrep_sst_auth=s3cret\nport=3307\n!include ${at('more.cnf')}\n`,
      )
      writeFileSync(at('more.cnf'), '[mysqld]\nbind_address=::\n')
      lab = await createLab({
        hosts: [
          { name: 'n1', address: '10.99.0.11' },
          { name: 'n2', address: '10.99.0.12' },
        ],
      })
      const args = [
        `mariadbd`,
        `--defaults-file=${at('my.cnf')}`,
        `--socket=${at('sock')}`,
        '--wsrep-sst-auth=s3cret',
        '--wsrep_provider_options=a=b;socket.ssl_password=s3cret',
        '--wsrep_sst_auth',
        's3cret',
      ]
      await startFake(lab, 'n1', folder, {
        name: 'mariadbd',
        args,
        log: at('log'),
        socket: at('sock'),
        ports: [4567, 3307],
      })
      await startFake(lab, 'n1', folder, { name: 'socat', ports: [4444] })
      await lab.exec(
        'n1',
        'echo 2 >/proc/sys/net/ipv4/conf/eth0/rp_filter; ip link add d0 mtu 1400 type veth peer name d1',
      )
    }, 60_000)
    afterAll(async () => {
      await lab?.close()
      rmSync(folder, { recursive: true })
    })

    async function survey(
      host: string,
      options: Parameters<typeof openAgent>[2] = {},
      account?: 'account',
    ): Promise<Survey> {
      const session = openAgent(lab, host, options)
      try {
        const request = { timeoutMs: 400, ...(account ? { account: { user: 'u', password: 's3cret' } } : {}) }
        return await session.survey(request)
      } finally {
        await session.close()
      }
    }

    it('tells of a running server what the kernel, its command line and its files tell', async () => {
      const told = await survey('n1')
      expect(JSON.stringify(told)).not.toContain('s3cret')
      expect(told.servers).toMatchObject([
        {
          program: 'mariadbd',
          args: [
            'mariadbd',
            `--defaults-file=${at('my.cnf')}`,
            `--socket=${at('sock')}`,
            '--wsrep-sst-auth=***',
            '--wsrep_provider_options=a=b;socket.ssl_password=***',
            '--wsrep_sst_auth',
            '***',
          ],
          listens: [
            { address: '127.0.0.1', port: 3307 },
            { address: '127.0.0.1', port: 4567 },
          ],
          socket: at('sock'),
          log: at('log'),
          variables: {},
          status: {},
          hostErrors: null,
        },
      ])
      const peer = { local: '127.0.0.1', remote: '127.0.0.1' }
      const both = (port: number) => [
        { ...peer, localPort: port, remotePort: 0 },
        { ...peer, localPort: 0, remotePort: port },
      ]
      expect(told.servers[0]?.connections).toHaveLength(4)
      expect(told.servers[0]?.connections).toEqual(expect.arrayContaining([...both(3307), ...both(4567)]))
      expect(told.files).toEqual([
        { path: at('my.cnf'), state: 'read', detail: null },
        { path: at('more.cnf'), state: 'read', detail: null },
      ])
      expect(told.options.map(({ line, name, value }) => [line, name, value])).toEqual([
        [2, 'log_error', 'other'],
        [4, 'port', '3307'],
        [2, 'bind_address', '::'],
      ])
      expect(told.transferListeners).toEqual([
        {
          address: '127.0.0.1',
          port: 4444,
          pid: expect.any(Number),
          program: 'socat',
          startedSecondsAgo: expect.any(Number),
        },
      ])
    })

    it.each([[undefined], ['account']] as const)(
      'waits for a server that never answers no longer than it may (%s)',
      async (account) => {
        const [server] = (await survey('n1', {}, account)).servers
        expect(server?.answer).toBe('timeout')
      },
    )

    it('goes on with all else meanwhile, and dies with the agent', async () => {
      const session = openAgent(lab, 'n1')
      const pending = session.survey({ timeoutMs: 20_000 })
      pending.catch(() => {})
      for (let reading = 0; reading < 20; reading++) await session.clock()
      // The client, a child of a child.
      const names = () => lab.processes('n1').map(({ args }) => args[0]?.split('/').at(-1))
      await until(() => expect(names()).toContain('mariadb'))
      await session.close()
      await until(() => expect(names().sort()).toEqual(['mariadbd', 'socat']))
    })

    it('tells a user without rights what anybody may see', async () => {
      const told = await survey('n1', { user: true })
      expect(told.servers).toMatchObject([
        { program: 'mariadbd', answer: 'not-asked', listens: [], log: null },
      ])
      expect(told.transferListeners).toEqual([])
      // The folder is root's own.
      expect(told.files).toEqual([{ path: at('my.cnf'), state: 'denied', detail: null }])
      expect(told.options).toEqual([])
    })

    it('of the servers of this network alone, and of the host’s own network', async () => {
      const told = await survey('n2')
      expect(told.servers).toEqual([])
      expect(told.transferListeners).toEqual([])
      expect((await survey('n1')).interfaces).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'eth0', mtu: 1500, up: true, rpFilter: 2 }),
          expect.objectContaining({ name: 'd0', mtu: 1400, up: false }),
        ]),
      )
      expect(told.interfaces.map(({ name }) => name)).not.toContain('d0')
    })

    it('reads a server’s files as the server sees them, where it has a root of its own', async () => {
      const inner = at('root')
      const script = `mkdir -p ${inner}/etc/mysql ${inner}/tmp && mount --bind ${inner}/etc/mysql /etc/mysql
echo '[mysqld]
port=3399' >/etc/mysql/real.cnf; ln -s /etc/mysql/real.cnf /etc/mysql/my.cnf
exec "$@"`
      await lab.exec('n2', ['mkdir', '-p', at('n2')])
      const inOwn = ['unshare', '--mount', 'sh', '-ec', script, 'sh']
      await startFake(lab, 'n2', at('n2'), {
        name: 'mysqld',
        args: ['mysqld'],
        socket: at('n2/s'),
        before: inOwn,
      })
      const told = await survey('n2')
      expect(told.servers[0]).toMatchObject({ program: 'mysqld', socket: at('n2/s') })
      expect(told.options).toMatchObject([{ path: '/etc/mysql/my.cnf', name: 'port', value: '3399' }])
    })

    it.each(ENDS)('with %s', async (python) => {
      const told = await survey('n1', { before: byPython(python) })
      expect(told.servers).toMatchObject([{ program: 'mariadbd', log: at('log'), socket: at('sock') }])
      expect(told.files.map(({ state }) => state)).toEqual(['read', 'read'])
    })
  })
})

describe('what a client prints', () => {
  const rows = (...lines: string[]) =>
    evaluate('mysql_client', 'mysql_client.result(given)', `${lines.join('\n')}\n`)

  it('is told by names, decoded, without secrets', () => {
    expect(
      rows(
        'version\t10\\\\11\\n\\tx\\0\\q',
        'wsrep_sst_auth\t********',
        'Wsrep_cluster_size\t3',
        'Aborted_connects\t7',
        'wsrep_provider_options\ta = b; socket.ssl_password_file = s3cret; c = d',
        'performance_schema\tON',
        'host-errors\t\t0',
        'host-errors\t10.0.0.1\t99',
        'some\tother\trow\tof four',
        'one',
      ),
    ).toEqual({
      answer: 'told',
      detail: null,
      variables: {
        version: '10\\11\n\tx\0\\q',
        wsrep_provider_options: 'a = b; socket.ssl_password_file =***; c = d',
        performance_schema: 'ON',
      },
      status: { wsrep_cluster_size: '3', aborted_connects: '7' },
      hostErrors: [{ address: '10.0.0.1', errors: 99 }],
    })
  })

  it('tells an account of errors that is not kept from an empty one', () => {
    expect(rows('performance_schema\tON', 'host-errors\t\t0')).toMatchObject({ hostErrors: [] })
    expect(rows('performance_schema\tON')).toMatchObject({ hostErrors: null })
    expect(rows('performance_schema\tOFF', 'host-errors\t\t0')).toMatchObject({ hostErrors: null })
  })
})
