import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'

const RUN = ['--nodes', 'n1=10.99.0.11,n2=10.99.0.12', '--via', 'ip netns exec {name}']
const TEXTFILES = '/run/textfile-collector'
const BLOCK = '*filter\n-A INPUT -p tcp --dport 4567 -s 10.99.0.11 -j DROP\nCOMMIT\n'
const OPEN = '*filter\nCOMMIT\n'

async function createNodes(): Promise<Lab> {
  const lab = await createLab({
    hosts: [
      { name: 'n1', address: '10.99.0.11' },
      { name: 'n2', address: '10.99.0.12' },
    ],
  })
  for (const node of ['n1', 'n2']) {
    for (const port of [3306, 4567]) await lab.serve(node, { port, protocol: 'tcp' })
  }
  return lab
}

describeLab('monitoring', ['iptables'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createNodes()
  })
  afterAll(async () => lab?.close())

  const plugin = (...more: string[]) =>
    lab.execTool([...RUN, '--skip', 'galera-udp', '--format', 'nagios', ...more])

  describe('as a plugin', () => {
    it('says OK, then what is blocked, in one line and with the code of it', async () => {
      await lab.iptables('n2', OPEN)
      const open = await plugin()
      expect(open).toMatchObject({ code: 0, stderr: '' })
      expect(open.stdout).toMatch(/^PXC-NETCHECK OK - 8 of 8 flows open \| down=0 unknown=0 time=[\d.]+s\n$/)
      await lab.iptables('n2', BLOCK)
      const blocked = await plugin()
      expect(blocked).toMatchObject({ code: 2, stderr: '' })
      expect(blocked.stdout).toMatch(
        /^PXC-NETCHECK CRITICAL - 1 of 8 DOWN from n1 to n2 \| down=1 unknown=0 time=[\d.]+s\n$/,
      )
    })

    it('says that the deadline cut it short', async () => {
      // What is dropped is waited for and then tried again, for which there is no time.
      await lab.iptables('n2', BLOCK)
      const cut = await plugin('--deadline', '3.6')
      expect(cut).toMatchObject({ code: 3, stderr: '' })
      expect(cut.stdout).toMatch(/^PXC-NETCHECK UNKNOWN - [^|]*cut short[ ,][^|]*\| /)
    })
  })
})

describeLab("the metrics in node_exporter's textfile collector", ['iptables', 'prometheus'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createNodes()
    await lab.exec('n1', `mkdir -p ${TEXTFILES}`)
    lab.spawn('n1', [
      'prometheus-node-exporter',
      '--web.listen-address=10.99.0.11:9100',
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${TEXTFILES}`,
    ])
    while (!(await lab.listeners('n1')).some(({ port }) => port === 9100)) {}
  })
  afterAll(async () => lab?.close())

  const metrics = async () => {
    const fetch =
      "import urllib.request; print(urllib.request.urlopen('http://10.99.0.11:9100/metrics').read().decode())"
    return (await lab.exec('n1', ['python3', '-c', fetch])).stdout
  }
  const check = (file: string) =>
    lab.execTool([...RUN, '--format', 'prometheus', '--output', `${TEXTFILES}/${file}`])
  const galera = (value: number) =>
    `pxc_netcheck_probe_success{dst="n2",port="4567",proto="tcp",service="galera",src="n1"} ${value}\n`

  it('are read as they are, and follow what is blocked', async () => {
    await lab.iptables('n2', BLOCK)
    expect(await check('pxc-netcheck.prom')).toMatchObject({ code: 2, stdout: '', stderr: '' })
    const blocked = await metrics()
    expect(blocked).toContain('node_textfile_scrape_error 0\n')
    expect(blocked).toContain(`node_textfile_mtime_seconds{file="${TEXTFILES}/pxc-netcheck.prom"}`)
    expect(blocked).toContain('# HELP pxc_netcheck_probe_success Whether the path of the flow is open (1)')
    expect(blocked).toContain(galera(0))
    expect(blocked).toContain('pxc_netcheck_status 2\n')
    await lab.iptables('n2', OPEN)
    expect(await check('pxc-netcheck.prom')).toMatchObject({ stdout: '', stderr: '' })
    const open = await metrics()
    expect(open).toContain('node_textfile_scrape_error 0\n')
    expect(open).toContain(galera(1))
    expect(open).not.toContain(galera(0))
  })

  it('a file that breaks the rules is seen to be refused', async () => {
    const file = `${TEXTFILES}/pxc-netcheck.prom`
    await lab.exec('n1', `sed -i 's/^pxc_netcheck_status .*/& 1700000000000/' ${file}`)
    const refused = await metrics()
    expect(refused).toContain('node_textfile_scrape_error 1\n')
    expect(refused).not.toContain('pxc_netcheck_status')
  })
})
