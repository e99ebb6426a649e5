import { groupBy, nameList, portList } from '../report/render/lists.ts'
import type { Finding, ReportFlow } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { hasNoDonor, type Joiner, joinersOf, OPEN_IT } from './joiner.ts'
import { clusterNodes } from './known-addresses.ts'
import { misaddressed } from './misaddressed.ts'

/** Joiners to which no node can give a full SST; those with the same ports blocked from every donor in one finding. */
export function noDonors(view: ClusterView): Finding[] {
  const joiners = joinersOf(view).filter(hasNoDonor)
  const wrong = misaddressed(view, joiners)
  return groupBy(joiners, (joiner) => `${wrong.has(joiner.name)} ${portsFromAll(joiner)}`).map((group) =>
    noDonor(view, group, wrong.has(group[0]?.name ?? '')),
  )
}

/** Services that are blocked between the joiner and each of its donors, in the direction that they run; empty: one here, another there. */
function servicesFromAll({
  name,
  transfers,
}: Joiner): { service: string; flows: ReportFlow[]; isIn: boolean }[] {
  const flows = transfers.flatMap(({ blocked }) => blocked)
  return groupBy(flows, ({ service, to }) => JSON.stringify([service, to === name])).flatMap((group) => {
    const [first] = group
    if (first === undefined || group.length < transfers.length) return []
    return [{ service: first.service, flows: group, isIn: first.to === name }]
  })
}

function portsFromAll(joiner: Joiner): string {
  return servicesFromAll(joiner)
    .map(({ flows, isIn }) => `${isIn ? 'to' : 'from'} ${portList(flows)}`)
    .join()
}

function noDonor(view: ClusterView, joiners: readonly Joiner[], isMisaddressed: boolean): Finding {
  const names = joiners.map(({ name }) => name)
  const blocked = joiners.flatMap(({ transfers }) => transfers.flatMap((each) => each.blocked))
  const [first] = joiners
  const fromAll = first === undefined ? [] : servicesFromAll(first)
  const told = joiners.length === 1 || fromAll.length === 0 ? arrowsText(blocked) : eachText(fromAll)
  const only = names.length === 1 ? names[0] : undefined
  const next = isMisaddressed
    ? `open nothing for it, but correct the address that ${only === undefined ? 'each of them' : 'it'} advertises, as another finding tells`
    : OPEN_IT
  return {
    code: 'no-donor',
    severity: 'critical',
    ...(only === undefined ? {} : { node: only }),
    args: { joiners: names.join(','), ports: portList(blocked), flows: blocked.length },
    message:
      `${nameList(names)} cannot get a full SST from any node: ${told}; ${consequenceOf(blocked)}. ${istText(joiners)}${nowText(view, names)}` +
      `Next: ${next}; until then, do not restart ${only ?? 'these nodes'}.`,
  }
}

/** `4568/tcp n1→n3, n2→n3 blocked`. */
function arrowsText(flows: readonly ReportFlow[]): string {
  return groupBy(flows, ({ port, protocol }) => `${port}/${protocol}`)
    .map((group) => `${portList(group)} ${nameList(group.map(arrow))} blocked`)
    .join(', ')
}

function arrow({ from, to }: ReportFlow): string {
  return `${from}→${to}`
}

function eachText(all: ReturnType<typeof servicesFromAll>): string {
  return all
    .map(
      ({ flows, isIn }) =>
        `${portList(flows)} is blocked ${isIn ? 'to each of them from every other node' : 'from each of them to every other node'}`,
    )
    .join(', and ')
}

function consequenceOf(blocked: readonly ReportFlow[]): string {
  return blocked.every(({ service }) => service === 'ist')
    ? 'a full SST would transfer the data and then fail'
    : 'whichever donor is chosen, the transfer fails and the joiner gives up'
}

function istText(joiners: readonly Joiner[]): string {
  const donors = joiners.map(({ transfers }) =>
    transfers.filter(({ ist }) => ist === 'open').map(({ donor }) => donor),
  )
  if (donors.every(({ length }) => length > 0)) {
    const from = joiners.length === 1 ? ` from ${nameList(donors[0] ?? [])}` : ''
    return `By IST${from} a short absence is still made up for. `
  }
  const none = joiners.every(({ transfers }) => transfers.every(({ ist }) => ist === 'blocked'))
  return none ? 'There is no IST either, after however short an absence. ' : ''
}

function nowText(view: ClusterView, names: readonly string[]): string {
  const synced = clusterNodes(view).filter(
    ({ name, settings }) => names.includes(name) && settings?.state?.state === 'Synced',
  )
  if (synced.length === 0 || synced.length < names.length) return ''
  return names.length === 1
    ? 'It is Synced, and finds out at its next start. '
    : 'They are Synced, and find out at their next start. '
}
