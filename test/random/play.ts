import type { Report } from '../../src/report/report.ts'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import type { IptablesTool } from '../lab/rulesets.ts'
import { restoreText } from './render.ts'
import { nftText } from './render-nft.ts'
import { addressOf, type BackEnd, type ChainSpec, type Scenario } from './scenario.ts'

const AS_NOBODY = 'setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all'

/** Makes the scenario's hosts, with everything that it says of them. */
export async function arrange(scenario: Scenario): Promise<Lab> {
  const { nodes, topology, lossPercent } = scenario
  const lab = await createLab({
    hosts: nodes.map(({ name, address }) => ({ name, address })),
    router: topology !== 'segment',
    nat: topology === 'nat',
  })
  try {
    if (topology === 'asymmetric') await must(lab, 'holder', privateWire(scenario))
    await Promise.all(scenario.listeners.map((listener) => serve(lab, scenario, listener)))
    for (const { host, kind, to } of scenario.routes) {
      const address = addressOf(scenario, to)
      await must(lab, host, `ip route replace ${kind} ${address}/${scenario.family === 4 ? 32 : 128}`)
    }
    await loadRules(lab, scenario)
    if (lossPercent > 0) await lab.loss(lossPercent)
    if (scenario.unplugged !== null) await lab.down(scenario.unplugged)
    return lab
  } catch (error) {
    await lab.close()
    throw error
  }
}

async function serve(lab: Lab, scenario: Scenario, listener: Scenario['listeners'][number]): Promise<void> {
  const service = scenario.services.find(({ name }) => name === listener.service)
  if (service === undefined) throw new Error(`no service ${listener.service}`)
  const { port, protocol } = service
  const address = scenario.family === 6 ? '::' : '0.0.0.0'
  await lab.serve(listener.node, { port, protocol, address, ...(listener.silent ? { reply: '' } : {}) })
}

/** What the host's chains are as texts, in the order they are loaded: for the lab, and for who repeats it by hand. */
export function rulesOf(scenario: Scenario): { host: string; tool: string; text: string }[] {
  const { chains, family } = scenario
  const hosts = [...new Set(chains.map(({ host }) => host))]
  return hosts.flatMap((host) => {
    const of = (backEnd: BackEnd): ChainSpec[] =>
      chains.filter((chain) => chain.host === host && chain.backEnd === backEnd)
    const iptables = (['iptables', 'iptables-legacy'] as const)
      .filter((backEnd) => of(backEnd).length > 0)
      .map((backEnd) => ({ host, tool: toolOf(backEnd, family), text: restoreText(scenario, of(backEnd)) }))
    return [...iptables, ...of('nft').map((chain) => ({ host, tool: 'nft', text: nftText(chain, family) }))]
  })
}

export const toolOf = (backEnd: 'iptables' | 'iptables-legacy', family: 4 | 6): IptablesTool =>
  family === 4 ? backEnd : backEnd === 'iptables' ? 'ip6tables' : 'ip6tables-legacy'

async function loadRules(lab: Lab, scenario: Scenario): Promise<void> {
  for (const { host, tool, text } of rulesOf(scenario)) {
    if (tool === 'nft') await lab.nft(host, text)
    else await lab.iptables(host, text, { tool: tool as IptablesTool })
  }
}

/** From the far node to each near one, which answers by way of the router; neighbours are told, not asked. */
function privateWire(scenario: Scenario): string {
  const far = scenario.nodes.find((node) => node.far)
  if (far === undefined) throw new Error('an asymmetric scenario has a far node')
  const [ip, bits] = scenario.family === 4 ? ['ip', 32] : ['ip -6', 128]
  const near = scenario.nodes.filter((node) => !node.far)
  const lines = near.flatMap(({ name }, i) => {
    const [here, there] = [`02:00:00:00:01:0${i}`, `02:00:00:00:02:0${i}`]
    const address = addressOf(scenario, name)
    return [
      `ip -n ${far.name} link add wire${i} address ${here} type veth peer name wire address ${there} netns ${name}`,
      `ip -n ${far.name} link set wire${i} up`,
      `ip -n ${name} link set wire up`,
      `${ip} -n ${far.name} neigh add ${address} lladdr ${there} dev wire${i} nud permanent`,
      `${ip} -n ${far.name} route replace ${address}/${bits} dev wire${i}`,
      `ip netns exec ${name} sh -c 'echo ${scenario.strictReversePath ? 1 : 0} >/proc/sys/net/ipv4/conf/wire/rp_filter'`,
    ]
  })
  return ['set -e', ...lines].join('\n')
}

async function must(lab: Lab, host: string, command: string): Promise<void> {
  const { code, stderr } = await lab.exec(host, command)
  if (code !== 0) throw new Error(`on ${host}: ${command}: ${stderr.trim()}`)
}

function toolArguments(scenario: Scenario, lab: Lab): string[] {
  const { nodes, services, privileged } = scenario
  const own = services.filter(({ catalogue }) => !catalogue)
  return [
    ...['--nodes', nodes.map(({ name }) => `${name}=${addressOf(scenario, name)}`).join(',')],
    ...['--via', privileged ? lab.via : `${lab.via} ${AS_NOBODY}`],
    ...own.flatMap(({ name, port, protocol }) => ['--service', `${name}=${port}/${protocol}`]),
    ...['--only', services.map(({ name }) => name).join(',')],
    ...['--timeout', timeoutOf(scenario), '--format', 'json'],
  ]
}

/** Address resolution takes 3 s to fail, and loss is outlasted by trying again. */
const timeoutOf = ({ lossPercent, unplugged }: Scenario): string =>
  lossPercent > 0 || unplugged !== null ? '3.6' : '1.5'

export async function runTool(lab: Lab, scenario: Scenario): Promise<Report> {
  const { stdout, stderr } = await lab.execTool(toolArguments(scenario, lab), { timeoutMs: 90_000 })
  if (stderr !== '') throw new Error(`the tool said on stderr: ${stderr}`)
  const report = JSON.parse(stdout) as Report
  if (report.error !== undefined) throw new Error(`the tool could not run: ${report.error.message}`)
  return report
}
