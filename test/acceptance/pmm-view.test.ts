import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ReportPmmNode } from '../../src/report/report-pmm.ts'
import { AFTER_FIVE_RULES } from '../lab/article.ts'
import type { Lab } from '../lab/handle.ts'
import { LAB_CA, makeCertificates } from '../lab/http-servers.ts'
import { createLab } from '../lab/lab.ts'
import {
  type PmmServerOptions,
  type Running,
  startExporters,
  startPmmServer,
  startPrometheus,
  untilScraped,
} from '../lab/pmm.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const SERVER = '10.99.0.50'
const NODES = ['--nodes', 'galera1h1n5=10.99.0.11,n2=10.99.0.12']
const ONE = ['--nodes', 'galera1h1n5=10.99.0.11']
const VIA = ['--via', `env SSL_CERT_FILE=${LAB_CA} TZ=EST5EDT ip netns exec {name}`]
const PMM = ['--pmm-server', `pmm=${SERVER}`]
const ACCOUNT = { PMM_USER: 'pmm', PMM_PASSWORD: 's3cret' }

/** An NTP server that is two hours ahead. */
const NTP = `import socket, struct, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('0.0.0.0', 123))
print('ready', flush=True)
while True:
    data, peer = s.recvfrom(1024)
    now = int((time.time() + 7200 + 2208988800) * 2**32)
    s.sendto(struct.pack('!BB22x', 0x24, 2) + data[40:48] + struct.pack('!QQ', now, now), peer)
`

/** Times and durations differ from run to run; their columns do not. */
function settled(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} (EST|EDT)/g, '2018-05-24 08:05:37 -0400 EDT')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 GMT/g, '2018-05-24 12:05:34 +0000 GMT')
    .replace(/^((?:Connection|Request) duration +\| |Full round trip +\| )[\d.]+(µs|us|ms)$/gm, '$11.051ms')
}

describeLab('pmm, on what check-network was for', ['iptables', 'openssl', 'prometheus'], () => {
  let lab: Lab
  const started: Running[] = []
  const also = async (running: Promise<Running>) => {
    started.push(await running)
  }
  const serve = (options: PmmServerOptions) => also(startPmmServer(lab, 'pmm', options))
  const view = (args: readonly string[], env: Record<string, string> = {}) =>
    lab.execTool(['pmm', ...args, ...VIA, ...PMM], { env })
  const ask = (args: readonly string[], env: Record<string, string> = {}) =>
    check(lab, ['pmm', ...args, ...VIA, ...PMM], { env })
  const rows = (node: ReportPmmNode | undefined) =>
    node?.endpoints.map(({ port, status, reason, tls, password }) => [port, status, reason, tls, password])
  const nodeOf = (report: { pmm?: { nodes: readonly ReportPmmNode[] } }) => report.pmm?.nodes[0]

  beforeAll(async () => {
    lab = await createLab({
      hosts: [
        { name: 'galera1h1n5', address: '10.99.0.11' },
        { name: 'n2', address: '10.99.0.12' },
        { name: 'pmm', address: SERVER },
      ],
    })
    await makeCertificates(lab, [SERVER, '10.99.0.11', '10.99.0.12'])
  })
  afterAll(() => lab?.close())
  afterEach(async () => {
    for (const running of started.splice(0)) await running.stop()
    for (const host of ['galera1h1n5', 'n2', 'pmm']) await lab.flush(host)
    expect(await lab.leftovers()).toEqual([])
  })

  it("the article's three screens: DOWN, the two commands, OK", async () => {
    const guarded = { tls: true, password: true }
    await lab.iptables('galera1h1n5', AFTER_FIVE_RULES)
    await also(startExporters(lab, 'galera1h1n5', guarded))
    await also(startPrometheus(lab, 'pmm', ['galera1h1n5'], guarded))
    await serve({ versions: ['1'], tls: 'good', account: 'pmm:s3cret' })
    await untilScraped(lab, 'pmm', 'down')
    const before = await view([...ONE, '--pmm', '1'], ACCOUNT)
    expect(before.code).toBe(2)
    await expect(settled(before.stdout)).toMatchFileSnapshot('rendered/pmm.down.txt')
    const commands = before.stdout.split('\n').filter((line) => line.startsWith('iptables '))
    expect(commands).toEqual([
      `iptables -I INPUT 11 --protocol tcp --match tcp --dport 42000 --source ${SERVER} --jump ACCEPT`,
      `iptables -I INPUT 12 --protocol tcp --match tcp --dport 42002 --source ${SERVER} --jump ACCEPT`,
    ])
    expect((await lab.exec('galera1h1n5', `set -e\n${commands.join('\n')}`)).code).toBe(0)
    await untilScraped(lab, 'pmm', 'up')
    const after = await view([...ONE, '--pmm', '1'], ACCOUNT)
    await expect(settled(after.stdout)).toMatchFileSnapshot('rendered/pmm.ok.txt')
    expect(after.code).toBe(0)
    const main = await lab.execTool(
      [...NODES, ...VIA, ...PMM, '--pmm', '1', '--only', 'pmm-server,pmm-linux,pmm-mysql'],
      { env: ACCOUNT },
    )
    expect(main.stdout).toContain(
      'PMM: pmm (10.99.0.50:443, PMM 1)\n  galera1h1n5  pull  server OK  linux:metrics OK',
    )
  })

  it.each([
    [{}, [false, false]],
    [{ tls: true }, [true, false]],
    [{ password: true }, [false, true]],
  ] as const)(
    'tells of exporters with %o whether they want TLS and a password',
    async (options, [tls, password]) => {
      await also(startExporters(lab, 'galera1h1n5', options))
      await serve({ versions: ['1'], tls: 'good' })
      const { code, report } = await ask([...ONE, '--pmm', '1'])
      expect(rows(nodeOf(report))).toEqual([
        [42000, 'OK', 'open', tls, password],
        [42002, 'OK', 'open', tls, password],
      ])
      expect(code).toBe(0)
    },
  )

  describe('who fetches', () => {
    it('a node that pushes is well with nothing on 42000, and it is said', async () => {
      await lab.iptables('galera1h1n5', AFTER_FIVE_RULES)
      await serve({ versions: ['3'], tls: 'good' })
      const { code, report } = await ask([...ONE, '--pmm', '3'])
      expect(code).toBe(0)
      expect(nodeOf(report)).toMatchObject({ mode: 'push', apis: [{ name: 'PMM Server API', status: 'OK' }] })
      expect(rows(nodeOf(report))).toEqual([
        [42000, 'PUSH', 'pushed', null, null],
        [42002, 'PUSH', 'pushed', null, null],
      ])
      const { stdout } = await view([...ONE, '--pmm', '3'])
      await expect(settled(stdout)).toMatchFileSnapshot('rendered/pmm.push.txt')
    })

    it("the server's own list tells, node by node", async () => {
      await lab.iptables('n2', AFTER_FIVE_RULES)
      await also(startExporters(lab, 'galera1h1n5'))
      await also(startPrometheus(lab, 'pmm', ['galera1h1n5']))
      await serve({ versions: ['2'], tls: 'good', account: 'pmm:s3cret' })
      await untilScraped(lab, 'pmm', 'up')
      const { code, report } = await ask(NODES, ACCOUNT)
      expect(report.pmm?.version).toBe('2')
      expect(report.pmm?.nodes.map(({ mode }) => mode)).toEqual(['pull', 'push'])
      expect(
        report.flows
          .filter(({ from }) => from === 'pmm')
          .map(({ to, status, required }) => [to, status, required]),
      ).toEqual([
        ['galera1h1n5', 'OK', true],
        ['galera1h1n5', 'OK', true],
        ['n2', 'DOWN', false],
        ['n2', 'DOWN', false],
      ])
      expect(report.findings).toMatchObject([{ code: 'pmm-push', severity: 'info', args: { nodes: 'n2' } }])
      expect(report.fixes).toEqual([])
      expect(code).toBe(0)
      const told = await ask([...ONE, '--pmm', '2'], ACCOUNT)
      expect(told.report.findings).toMatchObject([{ code: 'pmm-pulled', severity: 'info' }])
      expect(rows(nodeOf(told.report))?.[0]).toEqual([42000, 'OK', 'scraped', false, false])
    })

    it('the server says that it fetches where nobody may log in to it', async () => {
      await also(startExporters(lab, 'galera1h1n5'))
      await also(startPrometheus(lab, 'pmm', ['galera1h1n5']))
      await serve({ versions: ['1'], tls: 'good' })
      await untilScraped(lab, 'pmm', 'up')
      const shut = [
        '--via',
        `env SSL_CERT_FILE=${LAB_CA} sh -c 'test {name} = pmm && exit 9; exec ip netns exec {name} "$@"' sh`,
      ]
      const { code, report } = await check(lab, ['pmm', ...ONE, ...shut, ...PMM, '--pmm', '1'])
      expect(report.flows.filter(({ from }) => from === 'pmm')).toMatchObject([
        { status: 'OK', reason: 'scraped', proof: 'answer' },
        { status: 'OK', reason: 'scraped', proof: 'answer' },
      ])
      expect(code).toBe(0)
    })
  })

  describe('an open path without metrics', () => {
    it('is the password of the exporter, and not the firewall', async () => {
      await also(startExporters(lab, 'galera1h1n5', { password: true }))
      await also(startPrometheus(lab, 'pmm', ['galera1h1n5'], { password: true, wrongPassword: true }))
      await serve({ versions: ['1'], tls: 'good' })
      await untilScraped(lab, 'pmm', 'down')
      const { code, report } = await ask([...ONE, '--pmm', '1'])
      expect(rows(nodeOf(report))?.[0]).toEqual([42000, 'DOWN', 'exporter-password', false, true])
      expect(report.flows.every(({ status }) => status === 'OK')).toBe(true)
      expect(report.findings.map((each) => [each.code, each.severity])).toEqual([
        ['pmm-exporter-down', 'warning'],
        ['pmm-exporter-down', 'warning'],
      ])
      expect(code).toBe(1)
    })

    it('is TLS where the server speaks none', async () => {
      await also(startExporters(lab, 'galera1h1n5', { tls: true }))
      await also(startPrometheus(lab, 'pmm', ['galera1h1n5']))
      await serve({ versions: ['1'], tls: 'good' })
      await untilScraped(lab, 'pmm', 'down')
      const { code, report } = await ask([...ONE, '--pmm', '1'])
      expect(rows(nodeOf(report))?.[0]).toEqual([42000, 'DOWN', 'exporter-tls', true, false])
      expect(nodeOf(report)?.endpoints[0]?.lastError).toBe('server returned HTTP status 400 Bad Request')
      expect(code).toBe(1)
    })

    it('is an exporter that does not run', async () => {
      await serve({ versions: ['1'], tls: 'good' })
      const { code, report } = await ask([...ONE, '--pmm', '1'])
      expect(rows(nodeOf(report))?.[0]).toEqual([42000, 'CLOSED', 'nothing-listens', null, null])
      expect(report.findings[0]).toMatchObject({ code: 'pmm-exporter-stopped', severity: 'warning' })
      expect(code).toBe(1)
    })
  })

  describe('a server with a fault: a clear row, and an exit code', () => {
    const push = [...ONE, '--pmm', '3']
    const api = async (options: PmmServerOptions | null, args = push, env = {}) => {
      if (options !== null) await serve(options)
      const { code, report } = await ask(args, env)
      const row = nodeOf(report)?.apis[0]
      return {
        code,
        row: [row?.status, row?.reason],
        codes: report.findings.map((each) => each.code),
        report,
      }
    }
    it.each<[string, PmmServerOptions | null, string, string]>([
      ['nothing listens', null, 'refused', 'pmm-api-down'],
      ['closes without a word', { versions: [], raw: '' }, 'tls-failed', 'pmm-api-down'],
      [
        'garbage',
        { versions: [], raw: '\u0000\u001b[2Jgarbage\r\n\r\n', tls: 'good' },
        'no-http',
        'pmm-api-down',
      ],
      ['nothing over TLS', { versions: [], raw: '', tls: 'good' }, 'no-answer', 'pmm-api-down'],
      ['not ready', { versions: [], status: 503, tls: 'good' }, 'not-ready', 'pmm-api-down'],
      ['no PMM', { versions: [], status: 404, tls: 'good' }, 'other-answer', 'pmm-api-down'],
    ])('%s', async (_name, options, reason, code) => {
      const found = await api(options)
      expect(found.row).toEqual(['DOWN', reason])
      expect(found.codes).toContain(code)
      expect(found.code).toBe(1)
    })

    it('blocked', async () => {
      await serve({ versions: ['3'], tls: 'good' })
      await lab.iptables('pmm', '*filter\n-A INPUT -p tcp --dport 443 -j DROP\nCOMMIT\n')
      const found = await api(null)
      expect(found.row).toEqual(['DOWN', 'timeout'])
      // The blocked flow says it all.
      expect(found.codes).toEqual([])
      expect(found.code).toBe(2)
      const { stdout } = await view(push)
      const commands = stdout.split('\n').filter((line) => line.startsWith('iptables '))
      expect(commands).toHaveLength(1)
      expect((await lab.exec('pmm', commands[0] ?? 'false')).code).toBe(0)
      expect((await api(null)).row).toEqual(['OK', 'answered'])
    })

    it.each<[string, number, string]>([
      ['expired', 1, 'warning'],
      ['wrong-name', 1, 'warning'],
      ['self-signed', 0, 'info'],
    ])('a certificate that is %s', async (tls, code, severity) => {
      const found = await api({ versions: ['3'], tls })
      expect(found.row).toEqual(['OK', 'answered'])
      expect(nodeOf(found.report)?.certificate?.verification).toBe(tls)
      expect(found.report.findings).toMatchObject([{ code: 'pmm-certificate', severity }])
      expect(found.code).toBe(code)
      const { stdout } = await view(push)
      expect(stdout).toContain('The certificate of pmm ')
    })

    const guarded = { versions: ['1'], account: 'pmm:s3cret' } as const
    it.each<[string, PmmServerOptions, Record<string, string>, string[], string[], number]>([
      [
        'that is wrong',
        { ...guarded, tls: 'good' },
        { ...ACCOUNT, PMM_PASSWORD: 'x' },
        ['DOWN', 'password-refused'],
        ['pmm-password-refused'],
        1,
      ],
      [
        'that is wanted',
        { ...guarded, tls: 'good' },
        {},
        ['UNKNOWN', 'password-wanted'],
        ['pmm-password-wanted'],
        0,
      ],
      [
        'that must not be sent',
        { ...guarded, tls: 'self-signed' },
        ACCOUNT,
        ['UNKNOWN', 'password-withheld'],
        ['pmm-password-withheld', 'pmm-certificate'],
        0,
      ],
    ])('a password %s', async (_name, options, env, row, codes, code) => {
      await also(startExporters(lab, 'galera1h1n5'))
      const found = await api(options, [...ONE, '--pmm', '1'], env)
      expect(found.row).toEqual(row)
      expect(found.codes).toEqual(codes)
      expect(found.code).toBe(code)
    })

    it('a password that is sent all the same, on demand', async () => {
      await also(startExporters(lab, 'galera1h1n5'))
      const found = await api(
        { ...guarded, tls: 'self-signed' },
        [...ONE, '--pmm', '1', '--pmm-insecure-tls'],
        ACCOUNT,
      )
      expect(found.row).toEqual(['OK', 'answered'])
    })

    it('plain HTTP is found out', async () => {
      const found = await api({ versions: ['3'] })
      expect([found.row, found.code, nodeOf(found.report)?.certificate]).toEqual([
        ['OK', 'answered'],
        0,
        null,
      ])
    })

    it('an NTP server is asked too, and told where it is silent', async () => {
      await serve({ versions: ['3'], tls: 'good' })
      const ntp = lab.spawn('n2', ['python3', '-c', NTP])
      await once(ntp.stdout, 'data')
      const { code, report } = await ask([...push, '--ntp', '10.99.0.12'])
      expect(nodeOf(report)?.clock?.clientAheadOfNtp).toBeCloseTo(-7200, -1)
      expect(report.findings.map((each) => each.code)).toEqual(['pmm-ntp-drift'])
      expect(code).toBe(1)
      const shown = settled((await view([...push, '--ntp', '10.99.0.12'])).stdout)
      expect(shown.replace(/\b7[12]\d\ds$/gm, '7200s')).toContain(
        [
          '* System Time',
          'NTP Server (10.99.0.12)             | 2018-05-24 08:05:37 -0400 EDT',
          'PMM Server                          | 2018-05-24 12:05:34 +0000 GMT',
          'PMM Client                          | 2018-05-24 08:05:37 -0400 EDT',
          'PMM Server Time Drift               | 7200s',
          'PMM Client Time Drift               | 7200s',
          'PMM Client to PMM Server Time Drift | OK',
        ].join('\n'),
      )
      ntp.kill('SIGKILL')
      await once(ntp, 'close')
      const silent = await ask([...push, '--ntp', '10.99.0.12'])
      expect(silent.report.findings).toMatchObject([{ code: 'pmm-ntp-silent', severity: 'info' }])
      expect(silent.code).toBe(0)
    })

    it('a clock two hours off', async () => {
      // Nobody may log in there, or its own clock would be read.
      await serve({ versions: ['3'], tls: 'good', aheadSeconds: 7200 })
      const shut = `env SSL_CERT_FILE=${LAB_CA} TZ=EST5EDT sh -c 'test {name} = pmm && exit 9; exec ip netns exec {name} "$@"' sh`
      const { code, stdout } = await lab.execTool(['pmm', ...push, '--via', shut, ...PMM])
      expect(code).toBe(1)
      expect(stdout).toMatch(/^PMM Client to PMM Server Time Drift \| (7200|7199|7201)s$/m)
      expect(stdout).toContain('The time is out of sync')
    })
  })
})
