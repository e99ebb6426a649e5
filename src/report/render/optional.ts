import type { ReportFlow } from '../report.ts'

/** When a flow that is not required is needed after all. */
export function neededOnly({ service }: ReportFlow): string {
  return service.startsWith('pmm-')
    ? 'where the PMM server fetches metrics itself (PMM 1, --metrics-mode=pull; say --pmm pull or push)'
    : 'with multicast (gmcast.mcast_addr)'
}
