import type { Protocol } from '../services.ts'
import { unreadMatch } from './filter-dump.ts'
import { LISTED_MATCHES } from './listing-matches.ts'

/** What stands behind the destination of a listed rule, as options of `iptables-save`. */
export interface ListingText {
  readonly options: readonly string[]
  readonly goto: boolean
  readonly rejectWith: string | null
}

/**
 * `text` is one line, its spaces as they were printed; `protocol` gives service names their meaning. Null where a comment
 * begins and does not end: the lines that follow may be it, and look like rules.
 */
export function readListingText(
  text: string,
  target: string | null,
  protocol: Protocol | null,
): ListingText | null {
  const options: string[] = []
  let rest = text.trim()
  const goto = /^\[goto\](?= |$)/.test(rest)
  if (goto) rest = rest.slice('[goto]'.length).trimStart()
  // Targets print behind all matches: at the end of the line this can be nobody's text.
  const reject = target === 'REJECT' ? /(?:^| )reject-with (\S+)$/.exec(rest) : null
  if (reject) rest = rest.slice(0, reject.index).trimEnd()
  const ambiguous = rest.split('*/').length > 2
  while (rest !== '') {
    if (target === 'LOG' && /^LOG (level|flags) /.test(rest)) break
    if (rest.startsWith('/*') && !rest.includes('*/')) return null
    // A comment may itself hold the end of a comment: where the first one ends cannot be told.
    const item = ambiguous && rest.startsWith('/*') ? null : nextItem(rest, protocol)
    options.push(item?.option ?? unreadMatch(rest))
    rest = item ? rest.slice(item.length).trimStart() : ''
  }
  return { options, goto, rejectWith: reject?.[1] ?? null }
}

function nextItem(rest: string, protocol: Protocol | null): { option: string; length: number } | null {
  for (const { pattern, read } of LISTED_MATCHES) {
    const found = pattern.exec(rest)
    if (!found) continue
    const option = read(found, protocol)
    return option === null ? null : { option, length: found[0].length }
  }
  return null
}
