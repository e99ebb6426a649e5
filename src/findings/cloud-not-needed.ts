import type { Finding } from '../report/report.ts'

/** Of `--cloud`, where there is nothing that the rules of a cloud would have to let through. */
export function cloudNotNeeded(wanted: number, lost: number): Finding[] {
  if (wanted === 0 || lost > 0) return []
  return [
    {
      code: 'cloud-not-needed',
      severity: 'info',
      args: {},
      message: 'No flow is lost on the network: no cloud commands.',
    },
  ]
}
