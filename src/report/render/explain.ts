import { escapeText } from '../../terminal/escape.ts'
import { wrap } from '../../terminal/wrap.ts'
import type { Report, ReportFlow } from '../report.ts'
import { loadPalette } from './colour.ts'
import { fixLines } from './fixes.ts'
import { observedTexts } from './observed.ts'
import { neededOnly } from './optional.ts'
import { ruleText } from './rule-text.ts'
import { safeReport } from './safe.ts'
import { BLOCKED_AT_TEXTS, PROOF_TEXTS, REASON_TEXTS } from './text.ts'

export interface ExplainStyle {
  readonly columns: number
  readonly color: boolean
}

/** One flow: the verdict, what was observed in order, why that is the verdict, and what opens it. */
export async function renderExplain(
  unsafe: Report,
  choice: { readonly from: string; readonly to: string; readonly service: string },
  style: ExplainStyle,
): Promise<string> {
  const report = safeReport(unsafe)
  const [from, to, service] = [choice.from, choice.to, choice.service].map((word) => escapeText(word))
  const flow = report.flows.find((one) => one.from === from && one.to === to && one.service === service)
  if (flow === undefined) {
    const known = report.flows.map((one) => `${one.from},${one.to},${one.service}`).slice(0, 5)
    const advice = known.length === 0 ? 'none was made' : `there are ${known.join(' and ')} ...`
    return `${wrap(`There is no such flow in this run; ${advice}`, style.columns, '  ').join('\n')}\n`
  }
  const palette = await loadPalette(style.color)
  const block = (title: string, lines: readonly string[]) => [palette.heading(title), ...lines]
  const fixes = report.fixes.filter(({ opens }) => opens.includes(flow.id))
  const sections = [
    [
      `${flow.from} -> ${flow.to} ${flow.port}/${flow.protocol} ${flow.service}: ${palette.flow[flow.status](flow.status)} (${REASON_TEXTS[flow.reason].short})`,
    ],
    block('Observed:', observed(flow, style.columns)),
    block('Why:', why(flow, style.columns)),
    ...fixes.map((fix) => fixLines(fix, { columns: style.columns, heading: palette.heading })),
    ...(fixes.length === 0 && flow.status !== 'OK'
      ? [wrap(`Next: ${nextStep(flow)}`, style.columns, '  ')]
      : []),
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function observed(flow: ReportFlow, columns: number): string[] {
  if (flow.observations.length === 0) return ['  Nothing: the flow was not probed.']
  return observedTexts(flow).flatMap((text, index) => wrap(`  ${index + 1}. ${text}.`, columns, '     '))
}

function why(flow: ReportFlow, columns: number): string[] {
  const { status, blockedAt, blockedBy, proof, reason, required } = flow
  const where = whereOf(flow)
  const lines = [
    `${status}: ${REASON_TEXTS[reason].sentence(where)}.`,
    ...(blockedAt === null ? [] : [`Where: ${BLOCKED_AT_TEXTS[blockedAt](where)}.`]),
    `Proof: ${PROOF_TEXTS[proof]}.`,
    ...(required ? [] : [`Not required: it is needed only ${neededOnly(flow)}.`]),
  ].flatMap((line) => wrap(`  ${line}`, columns, '    '))
  if (blockedBy === undefined) return lines
  const { node, table, chain, position, counted } = blockedBy
  return [
    ...lines,
    `  Blocked by ${table === 'filter' ? chain : `${chain} in ${table}`} ${position === null ? 'policy' : `rule ${position}`} of ${node}:`,
    `    ${ruleText(blockedBy)}`,
    ...(counted === undefined ? [] : [`  Its counter rose by ${counted} while this ran.`]),
  ]
}

function nextStep(flow: ReportFlow): string {
  return flow.blockedAt === 'network'
    ? 'Give source, destination, protocol and port to the network team; no command on the nodes opens this.'
    : REASON_TEXTS[flow.reason].next(whereOf(flow))
}

function whereOf({ status, from, to, port, protocol }: ReportFlow) {
  return { status, from, to, ports: `${port}/${protocol}` }
}
