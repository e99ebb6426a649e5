import type { LogPeer } from '../galera/log-event.ts'
import type { MatchedGroup } from '../galera/log-match.ts'
import { LOG_MEANINGS } from '../galera/log-meanings.ts'
import { nameList, unique } from '../report/render/lists.ts'
import { REASON_TEXTS } from '../report/render/text.ts'
import type { ReportFlow } from '../report/report.ts'
import { shellQuote } from '../terminal/shell-quote.ts'

/** What equal lines of a node tell and what the run makes of it; `groups` are of one kind. */
export function logMessage(groups: readonly MatchedGroup[]): string {
  const [head] = groups
  if (head === undefined) return ''
  const { short, next } = LOG_MEANINGS[head.kind]
  const peers = unique(groups.flatMap(({ peer }) => (peer === null ? [] : peerText(peer))))
  const named = peers.length === 0 ? '' : ` (${nameList(peers)})`
  const flows = unique(groups.flatMap((group) => group.flows))
  const down = flows.filter(({ status }) => status === 'DOWN')
  const said = `its log says ${times(groups)}: ${short}${named}`
  const [flow] = down
  if (flow !== undefined) {
    const are = down.length === 1 ? `it is ${flowList(down)} that is` : `${flowList(down)} are`
    return `${said}; and ${are} DOWN (${why(flow)}). Next: open ${down.length === 1 ? 'it' : 'them'} as shown, or add --explain ${shellQuote(`${flow.from},${flow.to},${flow.service}`)} to this command.`
  }
  const open = flows.filter(({ status }) => status === 'OK' || status === 'CLOSED')
  if (open.length > 0 && open.length === flows.length) {
    return `${said}. But ${flowList(open)} ${open.length === 1 ? 'is' : 'are'} open now, so it is no block, or no longer. Next: ${next}`
  }
  return `${said}. Next: ${next}`
}

function times(groups: readonly MatchedGroup[]): string {
  const count = groups.reduce((sum, group) => sum + group.count, 0)
  // Times of one kind in one log are written alike, so they sort as text.
  const [first = null] = groups.flatMap((group) => group.first ?? []).sort()
  const last =
    groups
      .flatMap((group) => group.last ?? [])
      .sort()
      .at(-1) ?? null
  if (count === 1) return first === null ? 'once' : `once (${first})`
  return first === null ? `${count} times` : `${count} times (since ${first}, last at ${last})`
}

function peerText({ address, port }: LogPeer): string {
  if (port === null) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function flowList(flows: readonly ReportFlow[]): string {
  const names = flows.map(({ from, to, port, protocol }) => `${from} -> ${to} ${port}/${protocol}`)
  return `the flow${names.length === 1 ? '' : 's'} ${nameList(names)}`
}

function why({ reason, blockedAt, from, to }: ReportFlow): string {
  const { short } = REASON_TEXTS[reason]
  const at = {
    source: ` at ${from}`,
    target: ` at ${to}`,
    network: ' between them',
    // The reason itself says so.
    reply: '',
  }
  return blockedAt === null ? short : `${short}${at[blockedAt]}`
}
