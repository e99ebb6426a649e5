import type { ReportFlow } from '../report/report.ts'
import { galeraRelease } from './galera-release.ts'
import type { GroupMember } from './group-member.ts'
import type { NodeSettings } from './node-settings.ts'
import { allOpen, flowFinder, type Openness, opennessOf } from './openness.ts'

/** What one node could give to another that joins. */
export interface Transfer {
  readonly donor: string
  readonly joiner: string
  /** null: the joiner's method transfers no data at all. */
  readonly sst: Openness | null
  readonly ist: Openness
  /** The blocked flows of those that an SST (or else IST) needs. */
  readonly blocked: readonly ReportFlow[]
}

interface Need {
  readonly dials: 'donor' | 'joiner'
  readonly service: 'sst' | 'ist' | 'mysql'
}

const IST: Need = { dials: 'donor', service: 'ist' }
const SST: Need = { dials: 'donor', service: 'sst' }

/** Every pair of a donor and a joiner, by joiner. An arbitrator is neither. */
export function transfersOf(members: readonly GroupMember[], flows: readonly ReportFlow[]): Transfer[] {
  const find = flowFinder(members, flows)
  const withData = members.filter(({ settings }) => !isOutside(settings) && settings?.flavour !== 'garbd')
  return withData.flatMap((joiner) =>
    withData
      .filter((donor) => donor !== joiner)
      .map((donor) => {
        const flowOf = ({ dials, service }: Need) =>
          dials === 'donor' ? find(donor.name, joiner.name, service) : find(joiner.name, donor.name, service)
        const ist = opennessOf(flowOf(IST))
        const needs = sstNeeds(joiner.settings)
        const found = (needs ?? [IST]).map(flowOf)
        return {
          donor: donor.name,
          joiner: joiner.name,
          sst: needs && allOpen(found.map(opennessOf)),
          ist,
          blocked: found.filter((flow): flow is ReportFlow => opennessOf(flow) === 'blocked'),
        }
      }),
  )
}

/** A stopped server that has a cluster address is to be a member, whatever else its files lack. */
function isOutside(settings: NodeSettings | null): boolean {
  if (settings === null || settings.wsrep) return false
  const address = settings.all.get('wsrep_cluster_address')?.value ?? ''
  return settings.running || settings.known === 'server' || address === ''
}

/**
 * Who dials whom for a full SST, by the joiner's method: wsrep_sst_*.sh. Galera 4 sends the certification index over the joiner's IST port with
 * every SST. null: the method sends nothing.
 */
function sstNeeds(settings: NodeSettings | null): Need[] | null {
  const data = dataNeeds(settings?.sstMethod.value ?? null)
  const preloads = galeraRelease(settings?.galeraVersion ?? null)?.major !== 3
  return data && [...data, ...(preloads ? [IST] : [])]
}

function dataNeeds(method: string | null): Need[] | null {
  switch (method) {
    case 'skip':
    case 'ist_only':
      return null
    case 'mysqldump':
      return [{ dials: 'donor', service: 'mysql' }]
    case 'clone':
      return [SST, { dials: 'joiner', service: 'mysql' }]
    default:
      return [SST]
  }
}
