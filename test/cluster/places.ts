import { expect } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import type { Lab } from '../lab/lab.ts'
import type { Cluster } from './cluster.ts'
import { VIA } from './machine.ts'

/** Where a member of the cluster is found: `mysql address:port`, one line a service. */
type Places = Record<string, readonly string[]>

async function json(cluster: Cluster, args: readonly string[]): Promise<Report> {
  const { stdout, stderr } = await cluster.lab.execTool([...args, '--via', VIA, '--json'])
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Report
}

/** Every flow as `target service address:port`, each with the members it comes from. */
function targetsOf({ flows }: Report, nameOf: (name: string) => string): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const { from, to, service, address, port } of flows) {
    // Without a multicast group nothing is sent there.
    if (service === 'galera-udp') continue
    const shown = address?.includes(':') ? `[${address}]` : address
    const key = `${nameOf(to)} ${service} ${shown}:${port}`
    found[key] = [...(found[key] ?? []), nameOf(from)].toSorted()
  }
  return found
}

/** Each place of each member, called by all the others; an arbitrator gets no transfer and sends none. */
function expected(places: Places): Record<string, string[]> {
  const names = Object.keys(places)
  const databases = names.filter((name) => places[name]?.some((place) => place.startsWith('mysql')))
  return Object.fromEntries(
    Object.entries(places).flatMap(([name, each]) =>
      each.map((place) => {
        const callers = place.startsWith('galera') ? names : databases
        return [`${name} ${place}`, callers.filter((caller) => caller !== name).toSorted()]
      }),
    ),
  )
}

/** Named, and found from the first node alone. */
export async function expectPlaces(
  cluster: Cluster,
  named: string,
  places: Places,
  findings: readonly string[] = [],
): Promise<void> {
  const all = await json(cluster, ['--nodes', named])
  expect(targetsOf(all, (name) => name)).toEqual(expected(places))
  expect(all.flows.filter(({ status }) => status === 'DOWN' || status === 'UNKNOWN')).toEqual([])
  expect(all.findings.map(({ code, node }) => `${code} ${node}`)).toEqual(findings)
  expect(all.exitCode).toBe(findings.length > 0 ? 1 : 0)

  const alone = await json(cluster, ['--nodes', cluster.nodeOption('n1')])
  const called = new Map(alone.nodes.map(({ name, address }) => [name, hostOf(cluster.lab, address)]))
  expect(targetsOf(alone, (name) => called.get(name) ?? name)).toEqual(expected(places))
  expect(alone.exitCode).toBe(all.exitCode)
}

function hostOf(lab: Lab, address: string | null | undefined): string {
  const host = lab.hosts.find((each) =>
    [each.address, each.address6, each.second, each.public].includes(address ?? ''),
  )
  return host?.name ?? String(address)
}

/** What `--print-config` says of each node. */
export async function printedConfig(cluster: Cluster): Promise<unknown[]> {
  const args = ['--nodes', cluster.nodesOption, '--via', VIA, '--print-config', '--json']
  const { code, stdout, stderr } = await cluster.lab.execTool(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return (JSON.parse(stdout) as { nodes: unknown[] }).nodes
}
