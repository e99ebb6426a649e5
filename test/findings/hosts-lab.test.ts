import { afterEach, beforeEach, expect, it } from 'vitest'
import { check } from '../acceptance/report.ts'
import type { Lab } from '../lab/handle.ts'
import { HOST_FILES } from '../lab/host-files.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'

const NAMES = ['n1', 'n2', 'n3']

/** Troubles of real hosts, as the whole tool tells them: no server runs, and the settings are those of option files. */
describeLab('what the hosts of a cluster are up to', ['iptables', 'ssh', 'sudo'], () => {
  let lab: Lab
  beforeEach(async () => {
    lab = await createLab({
      hosts: NAMES.map((name, index) => ({
        name,
        address: `10.99.0.${11 + index}`,
        second: `10.97.0.${11 + index}`,
      })),
    })
    // The lab has its own /etc, in which a server's packages may have left their option files.
    await on(
      'holder',
      `[ ! -e /etc/mysql ] || mv /etc/mysql /etc/mysql.away; ln -sf ${HOST_FILES}/my.cnf /etc/my.cnf`,
    )
    for (const name of NAMES) await on(name, `cat > ${HOST_FILES}/my.cnf`, options(name))
  })
  afterEach(async () => {
    expect(await lab.leftovers()).toEqual([])
    await lab?.close()
  })

  const options = (name: string) =>
    [
      '[mysqld]',
      'wsrep_on=ON',
      'wsrep_provider=/usr/lib/galera/libgalera_smm.so',
      `wsrep_cluster_address=gcomm://${NAMES.map((each) => lab.host(each).address).join(',')}`,
      `wsrep_node_address=${lab.host(name).address}`,
      '',
    ].join('\n')
  const on = async (name: string, script: string, input = '') => {
    const { code, stderr } = await lab.exec(name, ['sh', '-ec', script], { input })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }
  const told = async () => {
    const nodes = NAMES.map((name) => `${name}=${lab.host(name).address}`).join(',')
    const { report } = await check(lab, ['--nodes', nodes, '--via', lab.via, '--timeout', '1'])
    return report.findings.map(({ code, severity, node }) => [code, severity, node])
  }

  it('nothing, where nothing is wrong', async () => {
    expect(await told()).toEqual([])
  })

  it('4568 blocked from everywhere: no full SST', async () => {
    await on('n3', 'iptables -A INPUT -p tcp --dport 4568 -j DROP')
    expect(await told()).toEqual([['no-donor', 'critical', 'n3']])
  })

  it('a way back by another interface, with a strict rp_filter', async () => {
    await on(
      'n2',
      `ip route add ${lab.host('n1').address}/32 dev eth1
for each in all default eth0 eth1; do echo 0 > /proc/sys/net/ipv4/conf/$each/rp_filter; done
echo 1 > /proc/sys/net/ipv4/conf/eth0/rp_filter`,
    )
    expect(await told()).toContainEqual(['rp-filter', 'critical', 'n2'])
    // What is lost seems absent to n1 alone, and nothing is concluded from it for the cluster.
    await on('n2', 'echo 2 > /proc/sys/net/ipv4/conf/eth0/rp_filter')
    expect((await told()).map(([code]) => code)).not.toContain('rp-filter')
  })
})
