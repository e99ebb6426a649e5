import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLab, type Lab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'

/** Option files of the host's own, in a mount namespace of the agent's. */
const withFiles = (script: string) =>
  `unshare --mount sh -c 'mount -t tmpfs tmpfs /etc/mysql; mkdir -p /etc/mysql; ${script}; exec ip netns exec {name} "$@"' sh`
const AS_NOBODY = 'setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all'
const CONF = '[mysqld]\\nwsrep_on=ON\\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\\n'

describeLab('one node alone', ['python3', 'sudo'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab()
  })
  afterAll(() => lab?.close())

  const run = (via: string, ...more: string[]) =>
    lab.execTool(['--nodes', 'n1=10.99.0.11', '--via', via, ...more])

  it('that names no other: what it says, and what to do, and nothing half done', async () => {
    const address = 'wsrep_cluster_address=gcomm://10.99.0.11'
    const via = withFiles(`printf "${CONF}${address}\\n" >/etc/mysql/my.cnf`)
    const { code, stdout, stderr } = await run(via)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(
      /names? no other \(wsrep_cluster_address is "gcomm:\/\/10\.99\.0\.11"\).*--nodes n1,OTHER/,
    )
    expect(await lab.leftovers()).toEqual([])
  })

  it('whose option file may not be read is not said to be in no cluster', async () => {
    const via = withFiles(`printf "${CONF}" >/etc/mysql/my.cnf; chmod 600 /etc/mysql/my.cnf`).replace(
      '{name}',
      `{name} ${AS_NOBODY}`,
    )
    const { code, stderr } = await run(via)
    expect(code).toBe(3)
    expect(stderr).toMatch(/its option file \/etc\/mysql\/my\.cnf could not be read.*--become/)
    const config = await run(via, '--print-config', '--json')
    expect(config.code).toBe(3)
    expect(JSON.parse(config.stdout).nodes[0].unread).toEqual(['/etc/mysql/my.cnf'])
  })

  it('that names others has them checked, too', async () => {
    const address = 'wsrep_cluster_address=gcomm://10.99.0.11,10.99.0.12'
    const via = withFiles(`printf "${CONF}${address}\\n" >/etc/mysql/my.cnf`)
    const { stdout } = await run(via, '--json')
    const report = JSON.parse(stdout)
    expect(report.nodes.map(({ name }: { name: string }) => name)).toEqual(['n1', '10.99.0.12'])
    expect(report.flows).toHaveLength(10)
  })
})
