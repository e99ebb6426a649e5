import { type LogKind, writePeer } from '../../galera/log-event.ts'
import type { ExplainedLine, ExplainedLog } from '../../galera/log-explained.ts'
import type { Speaker } from '../../galera/log-meanings.ts'
import { escapeText } from '../../terminal/escape.ts'
import { wrap } from '../../terminal/wrap.ts'
import { loadPalette } from './colour.ts'
import { count, nameList } from './lists.ts'

const SAID_BY: Readonly<Record<Speaker, string>> = {
  joiner: 'a node that joins, of itself',
  donor: 'the donor, of its connection to the joiner',
  acceptor: 'the node that somebody connected to',
  any: 'any member, of itself and the member that it names',
  client: 'a client of the server, which says it',
}

/** How much of an example line is shown. */
const EXAMPLE = 240

const COMPANION: Readonly<Partial<Record<LogKind, string>>> = {
  'connect-aborted': '"Operation aborted"',
  'never-received': '"Will never receive state"',
}

/** The likeliest cause in a line, what the known lines mean, what tells most first, and how many told something. */
export async function renderExplainLog(
  log: ExplainedLog,
  style: { readonly columns: number; readonly color: boolean },
): Promise<string> {
  const palette = await loadPalette(style.color)
  const sections = log.explained.map((line, index) => {
    const [first = '', ...rest] = wrap(`${index + 1}. ${line.means}`, style.columns, '   ')
    return [...[first, ...rest].map((part) => palette.heading(part)), ...lineOf(line, style.columns)].join(
      '\n',
    )
  })
  const likely =
    log.likely === null
      ? []
      : [wrap(`Most likely: ${escapeText(log.likely, EXAMPLE)}.`, style.columns, '  ').join('\n')]
  return `${[...likely, ...sections, wrap(summaryOf(log), style.columns).join('\n')].join('\n\n')}\n`
}

function lineOf(line: ExplainedLine, columns: number): string[] {
  const say = (label: string, text: string) => wrap(`   ${label}: ${text}`, columns, '     ')
  return [
    `   Line: ${escapeText(line.example.trim(), EXAMPLE)}`,
    ...say('Seen', seen(line)),
    ...say('Said by', SAID_BY[line.saidBy]),
    ...say('Proves', line.proves),
    ...say('Next', line.next),
    ...(line.command === null ? [] : [`     ${line.command}`]),
  ]
}

function seen({ count: times, first, last, peers, companions }: ExplainedLine): string {
  const when =
    first === null
      ? ''
      : first === last
        ? `, ${escapeText(first)}`
        : `, first ${escapeText(first)}, last ${escapeText(last ?? first)}`
  const named = peers.map(
    (peer) => `${escapeText(writePeer(peer), 80)}${peers.length === 1 ? '' : ` (${peer.count})`}`,
  )
  const companionNames = companions.map((each) => `${COMPANION[each.kind] ?? each.kind} (${each.count})`)
  return [
    `${count(times, 'time')}${when}`,
    ...(named.length === 0 ? [] : [`it names ${nameList(named)}`]),
    ...(companionNames.length === 0 ? [] : [`with it comes ${nameList(companionNames)}, which says no more`]),
  ].join('; ')
}

function summaryOf({ lines, ordinary, unknown, explained }: ExplainedLog): string {
  if (lines === 0)
    return 'No lines were given: pipe or paste the error log of a node, as in: tail -n 2000 FILE | pxc-netcheck explain'
  const told = lines - ordinary - unknown
  if (told > 0) {
    const filled = explained.some(({ command }) => command !== null)
      ? ' In the commands THIS stands for the node whose log it is; OTHER, DONOR and JOINER for what the line does not name.'
      : ''
    return `${count(lines, 'line')} read: ${told} told something; other lines: ${lines - told}, ordinary or not about the network.${filled}`
  }
  if (ordinary > 0)
    return `Nothing here tells of trouble: ${count(ordinary, 'line')} of an ordinary start, end or synchronisation; other lines: ${unknown}.`
  return `None of the ${count(lines, 'line')} is known to speak of the network. Give the lines with WSREP, Galera, WSREP_SST or socat, of the time of the trouble.`
}
