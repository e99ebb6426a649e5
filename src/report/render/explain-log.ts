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

/** What the known lines mean, the likeliest cause first, and how many were not known. */
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
  return `${[...sections, wrap(summaryOf(log), style.columns).join('\n')].join('\n\n')}\n`
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

function seen({ count: times, first, last, peers }: ExplainedLine): string {
  const when =
    first === null
      ? ''
      : first === last
        ? `, ${escapeText(first)}`
        : `, first ${escapeText(first)}, last ${escapeText(last ?? first)}`
  const named = peers.map(({ address, port, count: of }) => {
    const where = port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
    return `${escapeText(where, 80)}${peers.length === 1 ? '' : ` (${of})`}`
  })
  return `${count(times, 'time')}${when}${named.length === 0 ? '' : `; it names ${nameList(named)}`}`
}

function summaryOf({ lines, ordinary, unknown, explained }: ExplainedLog): string {
  if (lines === 0)
    return 'No lines were given: pipe or paste the error log of a node, as in: tail -n 2000 FILE | pxc-netcheck explain'
  const rest = [
    ...(ordinary === 0 ? [] : [`${count(ordinary, 'line')} of an ordinary start or synchronisation`]),
    ...(unknown === 0 ? [] : [`${count(unknown, 'line')} not known`]),
  ].join(', ')
  if (explained.length > 0) {
    const filled = explained.some(({ command }) => command !== null)
      ? ' In the commands THIS stands for the node whose log it is; OTHER, DONOR and JOINER for what the line does not name.'
      : ''
    return `${count(lines, 'line')} read, ${count(explained.length, 'kind')} explained${rest === '' ? '' : `; ${rest}`}.${filled}`
  }
  if (ordinary > 0) return `Nothing here tells of trouble: ${rest}.`
  return `None of the ${count(lines, 'line')} is known to speak of the network. Give the lines with WSREP, Galera, WSREP_SST or socat, of the time of the trouble.`
}
