import { fileURLToPath } from 'node:url'
import { usableDumps } from '../../../src/check/plan-node.ts'
import type { Dump } from '../../../src/firewall/host.ts'
import type { OsHints } from '../../../src/fix/input.ts'
import type { RulesetDump } from '../../../src/session/messages.ts'
import type { Firewalld } from '../../lab/firewalld.ts'
import { HOST_FILES, PRISTINE } from '../../lab/host-files.ts'
import { createLab, type Lab } from '../../lab/lab.ts'
import program from './dumps.py'
import { type Station, startStation } from './station.ts'

/** The hosts that have rules, each with its own firewall, and so each can be in one test at a time. */
export const TARGETS = [
  'redhat',
  'debian',
  'legacy1',
  'legacy2',
  'native1',
  'native2',
  'mixed',
  'fwnft',
  'fwipt',
  'ufw',
  'docker',
] as const
export type Target = (typeof TARGETS)[number]

const PEERS = { p1: '10.99.0.11', p2: '10.99.0.12', stranger: '10.99.0.200' } as const
export type Peer = keyof typeof PEERS

export interface Said {
  readonly dumps: readonly Dump[]
  readonly hints: OsHints
}

/** Files that tell how a host keeps its rules over a reboot, and where they are below the host's own files. */
const STORES: Record<string, string> = {
  '/etc/sysconfig/iptables': 'sysconfig-iptables',
  '/etc/sysconfig/ip6tables': 'sysconfig-ip6tables',
  '/etc/iptables/rules.v4': 'rules.v4',
  '/etc/iptables/rules.v6': 'rules.v6',
  '/etc/nftables.conf': 'nftables.conf',
}
const PROGRAMS = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`])
const AGENT = fileURLToPath(new URL('../../../src/agent', import.meta.url))

/** All that the kernel holds of rules, without counters, handles and comments of the programs that print it. */
const STATE = `iptables-save; ip6tables-save
if [ -n "$(cat /proc/net/ip_tables_names)" ]; then iptables-legacy-save; fi
if [ -n "$(cat /proc/net/ip6_tables_names)" ]; then ip6tables-legacy-save; fi
nft -s list ruleset
ipset save`

export class Bench {
  readonly lab: Lab
  private readonly stations: ReadonlyMap<string, Station>
  private readonly firewalls = new Map<Target, Firewalld>()

  private constructor(lab: Lab, stations: ReadonlyMap<string, Station>) {
    this.lab = lab
    this.stations = stations
  }

  static async start(): Promise<Bench> {
    const peers = Object.entries(PEERS).filter(([name]) => name !== 'stranger')
    const lab = await createLab({
      stranger: true,
      hosts: [
        ...peers.map(([name, address]) => ({ name, address })),
        ...TARGETS.map((name, i) => ({ name, address: `10.99.0.${21 + i}` })),
        { name: 'box', address: '10.99.0.41' },
      ],
    })
    try {
      await must(lab, 'holder', prepare(lab.hosts.map(({ name }) => name)))
      const names = [...Object.keys(PEERS), ...TARGETS, 'box']
      const stations = await Promise.all(
        names.map(async (name) => [name, await startStation(lab, name)] as const),
      )
      return new Bench(lab, new Map(stations))
    } catch (error) {
      await lab.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.lab.close()
  }

  addressOf(host: string, family: 4 | 6): string {
    const { address, address6 } = this.lab.host(host)
    return family === 4 ? address : address6
  }

  station(host: string): Station {
    const found = this.stations.get(host)
    if (!found) throw new Error(`no station on ${host}`)
    return found
  }

  /** No rules, no sets, nothing kept for a reboot, as far as the host has no front end. */
  async clean(host: Target): Promise<void> {
    await this.lab.flush(host)
    const stores = Object.values(STORES).filter((name) => name !== 'nftables.conf')
    const emptied = stores.map((name) => `[ ! -e ${HOST_FILES}/${name} ] || : >${HOST_FILES}/${name}`)
    await must(this.lab, host, ['ipset destroy', `rm -f ${HOST_FILES}/nftables.conf`, ...emptied].join('\n'))
  }

  async run(host: string, script: string) {
    return this.lab.exec(host, ['sh', '-e'], { input: script })
  }

  async must(host: string, script: string): Promise<string> {
    return must(this.lab, host, script)
  }

  async firewalld(host: 'fwnft' | 'fwipt', files: Record<string, string>): Promise<void> {
    const backend = host === 'fwnft' ? 'nftables' : 'iptables'
    const running = this.firewalls.get(host)
    if (!running) {
      this.firewalls.set(host, await this.lab.firewalld(host, { backend, files }))
      return
    }
    const there = `${HOST_FILES}/firewalld`
    const texts = Object.entries(files).map(([name, text]) => `cat >${there}/${name} <<'END'\n${text}\nEND`)
    await must(
      this.lab,
      host,
      `rm -r ${there}\ncp -a ${PRISTINE}/firewalld ${there}
sed -i 's/^FirewallBackend=.*/FirewallBackend=${backend}/' ${there}/firewalld.conf\n${texts.join('\n')}`,
    )
    await running.restart()
  }

  async restartFirewalld(host: Target): Promise<void> {
    await this.firewalls.get(host)?.restart()
  }

  async ufw(host: Target, commands: readonly string[]): Promise<void> {
    await must(this.lab, host, `rm -rf ${HOST_FILES}/ufw ${HOST_FILES}/default-ufw`)
    await this.lab.flush(host)
    await this.lab.ufw(host, commands)
  }

  /** What the agent would say. */
  async said(host: Target): Promise<Said> {
    const text = await must(this.lab, host, `python3 - ${AGENT} <<'END'\n${program}\nEND`)
    const { dumps, firewall } = JSON.parse(text)
    const { osRelease, ...owner } = firewall
    return {
      dumps: usableDumps(dumps as RulesetDump[]) ?? [],
      hints: { osId: osRelease, nativeNft: false, ...owner },
    }
  }

  async state(host: Target): Promise<string> {
    const text = await must(this.lab, host, STATE)
    return text
      .replace(/^#.*\n/gm, '')
      .replace(/\[\d+:\d+\]/g, '')
      .replace(/ initval 0x[0-9a-f]+$/gm, '')
  }
}

/** Links from where the programs look to what is each host's own; and which back end `iptables` is there. */
function prepare(hosts: readonly string[]): string {
  return [
    'mkdir -p /etc/sysconfig /etc/iptables',
    ...Object.entries(STORES).map(([path, name]) => `ln -sfn ${HOST_FILES}/${name} ${path}`),
    ...PROGRAMS.map((name) => `ln -sfn ${HOST_FILES}/${name} /etc/alternatives/${name}`),
    ...hosts.flatMap((host) =>
      PROGRAMS.map((name) => {
        const [program, form] = name.split('-')
        const real = [program, host.startsWith('legacy') ? 'legacy' : 'nft', ...(form ? [form] : [])].join(
          '-',
        )
        return `ln -s /usr/sbin/${real} /etc/netns/${host}/host/${name}`
      }),
    ),
    ...['redhat', 'legacy1', 'legacy2', 'mixed', 'docker'].flatMap((host) =>
      ['sysconfig-iptables', 'sysconfig-ip6tables'].map((name) => `: >/etc/netns/${host}/host/${name}`),
    ),
    ...['rules.v4', 'rules.v6'].map((name) => `: >/etc/netns/debian/host/${name}`),
    ...CONTAINER,
  ].join('\n')
}

/** `box` is a container on `docker`, behind the bridge that Docker makes. */
const CONTAINER = [
  'ip -n box link delete eth0',
  'ip -n docker link add docker0 type bridge',
  'ip -n docker link add veth0 type veth peer name eth0 netns box',
  'ip -n docker link set veth0 master docker0 up',
  'ip -n docker link set docker0 up',
  'ip -n docker address add 172.17.0.1/16 dev docker0',
  'ip -n box address add 172.17.0.2/16 dev eth0',
  'ip -n box link set eth0 up',
  'ip -n box route add default via 172.17.0.1',
  'ip netns exec docker sysctl -qw net.ipv4.ip_forward=1',
]

async function must(lab: Lab, host: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(host, ['sh', '-e'], { input: script })
  if (code !== 0) throw new Error(`on ${host}: ${script}: code ${code}: ${stderr.trim()}${stdout.trim()}`)
  return stdout
}
