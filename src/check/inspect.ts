import type { Flow } from '../plan.ts'
import type { Inspection } from '../session/survey-messages.ts'
import { inspectMembers } from './ask-members.ts'
import type { Gathered } from './gather.ts'
import type { Member } from './members.ts'

/** Where a server without an error log of its own writes: the units of the packages. */
const UNITS = {
  pxc: 'mysql',
  mariadb: 'mariadb',
  'mysql-wsrep': 'mysql',
  garbd: 'garb',
  unknown: 'mysql',
} as const

/** What the findings need beside the flows, asked while they are probed: certificates, logs, routes, labels of ports. */
export async function inspect(
  { surveys, surveyed, resolved }: Gathered,
  members: readonly Member[],
  flows: readonly Flow[],
): Promise<Map<string, Inspection>> {
  const settings = new Map(surveyed.map((node) => [node.name, node.settings]))
  const known = members.filter(({ name }) => settings.get(name)?.wsrep)
  const inspections = await inspectMembers(known, ({ name }) => {
    const own = settings.get(name) ?? null
    const survey = surveys.get(name)
    const { certificate = null, ca = null, key = null } = own?.tls ?? {}
    const logs = (survey?.servers ?? []).flatMap(({ log }) => log ?? [])
    const elsewhere = own?.errorLog?.value ?? `journal:${UNITS[own?.flavour ?? 'unknown']}`
    const peers = flows.filter(({ from, to }) => from === name || to === name)
    return {
      names: [],
      // Of the key only whether it is there: nothing but certificates is read out of a file.
      certificates: [certificate, ca, key].flatMap((file) =>
        file?.value.startsWith('/') ? [file.value] : [],
      ),
      logs: logs.length > 0 ? logs : [elsewhere],
      routes: [
        ...new Set(
          peers.flatMap((flow) => (flow.from === name ? flow.address : addressOf(flow.from, members))),
        ),
      ],
      portLabels: survey?.selinux === 'enforcing',
    }
  })
  return new Map(
    [...inspections].map(([name, inspection]) => [
      name,
      { ...inspection, resolved: resolved.get(name) ?? [] },
    ]),
  )
}

function addressOf(name: string, members: readonly Member[]): string[] {
  return members.flatMap((member) =>
    member.name === name && member.address !== null ? [member.address] : [],
  )
}
