import type { ReportFlow, ReportNode } from '../../report.ts'
import { groupBy, nameList, unique } from '../lists.ts'
import { neededOnly } from '../optional.ts'
import { milliseconds } from '../rtt.ts'
import { ruleText } from '../rule-text.ts'
import { BLOCKED_AT_TEXTS, REASON_TEXTS } from '../text.ts'
import { BY_WEIGHT, mark, toneOf } from './marks.ts'
import { type Html, html, joined } from './markup.ts'
import type { Mesh, Pair } from './pairs.ts'

/**
 * Every flow in words: where the cells of the matrix lead to. Targets of a source that fare alike are told together, and so are
 * the ports of a target.
 */
export function flowsSection({ pairs }: Mesh, nodes: readonly ReportNode[]): Html {
  const [example] = pairs[0]?.flows ?? []
  const known = new Map(nodes.map(({ name, address }) => [name, address]))
  const alike = groupBy(pairs, ({ from, flows }) => JSON.stringify([from, flows.map(fateOfPort)]))
  return html`<section id="flows">
<h2>Every flow</h2>
<p class="aside">Each observation behind a verdict: run again with <code>--explain ${example === undefined ? 'FROM,TO,SERVICE' : `${example.from},${example.to},${example.service}`}</code></p>
<div class="scroll"><table class="list">
<thead><tr><th scope="col">From, to</th><th scope="col">Status</th><th scope="col">Ports</th><th scope="col">Why</th><th scope="col">Proof</th><th scope="col" class="number">RTT, ms</th></tr></thead>
${alike.map((group) => pairRows(group, known))}
</table></div>
</section>`
}

function pairRows(pairs: readonly Pair[], known: ReadonlyMap<string, string>): Html {
  const groups = groupBy(
    pairs.flatMap(({ flows }) => flows),
    (flow) => JSON.stringify(fate(flow)),
  ).toSorted(([a], [b]) => BY_WEIGHT.indexOf(a?.status ?? 'OK') - BY_WEIGHT.indexOf(b?.status ?? 'OK'))
  const targets = pairs.map(({ id, to, flows }) => {
    const others = unique(flows.map(({ address }) => address)).filter((address) => address !== known.get(to))
    return html`<span id="${id}">${to}${others.length > 0 && html` <small>${others.join(', ')}</small>`}</span>`
  })
  const ends = html`<th scope="rowgroup" rowspan="${groups.length}"><span class="name">${pairs[0]?.from ?? ''} → ${joined(targets, ', ')}</span></th>`
  return html`<tbody>${groups.map((group, index) => row(group, index === 0 && ends))}</tbody>
`
}

function fateOfPort(flow: ReportFlow): unknown[] {
  return [flow.service, flow.port, flow.protocol, ...fate(flow)]
}

/** What flows have to share to be told as one. */
function fate(flow: ReportFlow): unknown[] {
  const { status, reason, proof, blockedAt, blockedBy: by, acknowledged, needed, required } = flow
  const rule = by && [by.node, by.table, by.chain, by.position, by.rule]
  return [
    status,
    reason,
    proof,
    blockedAt,
    rule,
    ...(status === 'OK' ? [] : [acknowledged, needed, required]),
  ]
}

function row(flows: readonly ReportFlow[], ends: Html | false): Html {
  const [flow] = flows
  if (flow === undefined) return html``
  const ports = groupBy(flows, ({ service, port, protocol }) =>
    JSON.stringify([service, port, protocol]),
  ).map(([each]) => each && html`<span>${each.port}/${each.protocol} <small>${each.service}</small></span> `)
  const times = flows.flatMap(({ rttMs }) => rttMs ?? []).toSorted((a, b) => a - b)
  const range = unique([...times.slice(0, 1), ...times.slice(-1)].map(milliseconds)).join('–')
  return html`<tr>${ends}<td>${mark(flow.status, toneOf(flow))}</td><td class="ports">${ports.flatMap((port) => port ?? [])}</td><td class="why">${why(flow, flows)}</td><td>${flow.proof === 'none' ? '' : flow.proof}</td><td class="number">${range}</td></tr>`
}

function why(flow: ReportFlow, alike: readonly ReportFlow[]): Html {
  const { status, from, port, protocol, reason, blockedAt, blockedBy, needed, required, acknowledged } = flow
  const where = {
    status,
    from,
    to: nameList(unique(alike.map(({ to }) => to))),
    ports: `${port}/${protocol}`,
  }
  const matters =
    status === 'OK'
      ? []
      : needed === false
        ? ['known not to be needed']
        : required
          ? []
          : [`needed only ${neededOnly(flow)}`]
  const parts = [
    REASON_TEXTS[reason].short,
    ...(blockedAt === null ? [] : [BLOCKED_AT_TEXTS[blockedAt](where)]),
    ...matters,
    ...(status === 'OK' || acknowledged === undefined ? [] : [`ignored by --ignore ${acknowledged}`]),
  ]
  return html`${parts.join('; ')}${blockedBy !== undefined && html`<br>${ruleOwner(blockedBy)} <code>${ruleText(blockedBy)}</code>`}`
}

function ruleOwner({ node, table, chain, position }: NonNullable<ReportFlow['blockedBy']>): string {
  const place = table === 'filter' ? chain : `${chain} in ${table}`
  return `${place} ${position === null ? 'policy' : `rule ${position}`} of ${node}:`
}
