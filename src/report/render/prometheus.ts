import { showUnsafe } from '../../terminal/escape.ts'
import { type Report, type ReportFlow, RUN_STATUSES, type Severity } from '../report.ts'
import { isUnreachable } from '../status.ts'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

interface Metric {
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info']

/**
 * The text exposition format 0.0.4, as node_exporter's textfile collector reads it: no timestamps, as it skips the whole file
 * for one. A flow that could not be judged has no sample, as neither 0 nor 1 would be true.
 */
export function renderPrometheus(report: Report): string {
  return metricsOf(report)
    .filter(({ samples }) => samples.length > 0)
    .map(family)
    .join('')
}

function metricsOf(report: Report): Metric[] {
  const { flows, nodes, findings, durationMs, finishedAt, tool } = report
  return [
    {
      name: 'pxc_netcheck_probe_success',
      help: 'Whether the path of the flow is open (1) or blocked (0); no sample where that is not known.',
      samples: flows.flatMap((flow) =>
        flow.status === 'UNKNOWN' ? [] : [[labelsOf(flow), flow.status === 'DOWN' ? 0 : 1] as const],
      ),
    },
    {
      name: 'pxc_netcheck_probe_required',
      help: 'Whether the flow is needed (1); blocked, it is no alarm where it is not (0), or an --ignore covers it (0).',
      samples: flows.map((flow) => [
        labelsOf(flow),
        flow.required && flow.acknowledged === undefined ? 1 : 0,
      ]),
    },
    {
      name: 'pxc_netcheck_probe_duration_seconds',
      help: 'Round trip of the probe, where something answered.',
      samples: flows.flatMap((flow) =>
        flow.rttMs === null ? [] : [[labelsOf(flow), seconds(flow.rttMs)] as const],
      ),
    },
    {
      name: 'pxc_netcheck_node_ssh_up',
      help: 'Whether the node ran commands for the check (1), over ssh or what --via says.',
      // Nobody tried to reach the others.
      samples: nodes
        .filter((node) => node.reachable || isUnreachable(node))
        .map((node) => [{ node: node.name }, node.reachable ? 1 : 0]),
    },
    {
      name: 'pxc_netcheck_findings',
      help: 'Findings of the run by severity, but for those that an --ignore covers.',
      samples: SEVERITIES.map((severity) => [
        { severity },
        findings.filter((finding) => finding.severity === severity && finding.acknowledged === undefined)
          .length,
      ]),
    },
    {
      name: 'pxc_netcheck_status',
      help: `Status of the run: ${RUN_STATUSES.map((status, index) => `${index} ${status}`).join(', ')}.`,
      samples: [[{}, RUN_STATUSES.indexOf(report.status)]],
    },
    {
      name: 'pxc_netcheck_run_duration_seconds',
      help: 'How long the run took.',
      samples: [[{}, seconds(durationMs)]],
    },
    {
      name: 'pxc_netcheck_last_run_timestamp_seconds',
      help: 'When the run ended, in seconds since 1970.',
      samples: [[{}, seconds(Date.parse(finishedAt))]],
    },
    {
      name: 'pxc_netcheck_build_info',
      help: 'The version that ran; the value is always 1.',
      samples: [[{ version: tool.version }, 1]],
    },
  ]
}

function labelsOf({ from, to, service, protocol, port }: ReportFlow): Labels {
  return { src: from, dst: to, service, proto: protocol, port: String(port) }
}

/** Milliseconds hold no more digits than microseconds do. */
function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(6))
}

/** All samples of a metric follow one another, and each set of labels comes once: a reader refuses the whole file otherwise. */
function family({ name, help, samples }: Metric): string {
  const lines = new Map<string, number>()
  for (const [labels, value] of samples) {
    const series = `${name}${labelText(labels)}`
    if (!lines.has(series)) lines.set(series, value)
  }
  return [
    `# HELP ${name} ${help}\n`,
    `# TYPE ${name} gauge\n`,
    ...[...lines].map(([series, value]) => `${series} ${value}\n`),
  ].join('')
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** What a terminal would act on is shown first, so that the file may be looked at; then backslash and quote, as the format wants it. */
function escapeLabel(value: string): string {
  return showUnsafe(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}
