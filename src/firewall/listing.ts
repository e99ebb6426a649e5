import { filterDump, isForeignChain, type ShownChain } from './filter-dump.ts'
import { listedRule, startsWithCounters } from './listing-rule.ts'
import { RulesetSyntaxError } from './tokens.ts'

/** The columns of `iptables -L -v`, with `--line-numbers` or without. */
const VERBOSE = /^\s*(num\s+)?pkts\s+bytes\s+target\s+prot\s+opt\s+in\s+out\s+source\s+destination\s*$/
/** Those of `iptables -L`. */
const PLAIN = /^\s*(num\s+)?target\s+prot\s+opt\s+source\s+destination\s*$/
const CHAIN = /^Chain (\S+) \((.*)\)\s*$/
/** What a shell prints before a command, at the end of a listing that was copied off a terminal. */
const PROMPT = /^(\[?[\w.-]+@[\w.-]+[^#$%>]*)?[#$%>](\s|$)/
/** A line that was broken in two goes on with what it matches: that must not be taken for prose. */
const BROKEN_OFF = /\b[sd]pts?:|\b(multiport|state|ctstate|match-set|reject-with|ADDRTYPE|IP range)\b|\*\//
/** The command above a listing, where it names another table. Of `-t security` nothing else tells. */
const OTHER_TABLE = /(^| )(-t ?|--table[ =])(nat|mangle|raw|security)\b/
/** iptables-nft says so of what it cannot show; a dump that holds the line is never taken for the whole. */
const INCOMPLETE = /^# Table .* (is incompatible|contains incompatible)/
/** No rule is as long, and prose is not read at any length. */
const LONGEST_LINE = 10_000
const TAKE_INSTEAD = 'Take iptables-save instead, or iptables -L -n -v.'

interface ListedChain extends ShownChain {
  readonly rules: string[]
  /** Null until its line of column names. */
  numbered: boolean | null
}

export function isPlainListing(text: string): boolean {
  return text.split('\n').some((line) => PLAIN.test(clean(line)))
}

export function isListing(text: string): boolean {
  return text.split('\n').some((line) => CHAIN.test(clean(line)))
}

export function isPrompt(line: string): boolean {
  return PROMPT.test(line)
}

/**
 * Reads `iptables -L -v`, with names or with `-n`, as people paste it, and writes it as a dump of `iptables-save` with the
 * one table that it shows. What the listing leaves open is a match that may hold or not (`-m unread`), never left out.
 * Throws `RulesetSyntaxError` where it is no proof: a plain `-L`, which hides interfaces; lines cut off or broken in two; or
 * chains that tell of another table than filter.
 */
export function dumpOfListing(text: string): string {
  const remarks = text.split('\n').filter((line) => INCOMPLETE.test(line))
  return filterDump(readChains(text), remarks.map(clean))
}

function readChains(text: string): ListedChain[] {
  const chains: ListedChain[] = []
  let isProse = true
  for (const [index, raw] of text.split('\n').entries()) {
    const line = clean(raw)
    const at = index + 1
    const chain = chains.at(-1)
    const header = CHAIN.exec(line)
    if (line.length > LONGEST_LINE) {
      throw new RulesetSyntaxError(at, `this line is too long for a rule. ${TAKE_INSTEAD}`)
    } else if (header) {
      chains.push(openChain(header, chains, at))
      isProse = false
    } else if (PLAIN.test(line)) {
      throw new RulesetSyntaxError(
        at,
        `a listing without the columns in and out hides interfaces: a rule for lo alone looks like one for all. ${TAKE_INSTEAD}`,
      )
    } else if (VERBOSE.test(line)) {
      if (chain) chain.numbered = line.trimStart().startsWith('num')
    } else if (line.trim() === '') {
      isProse = true
    } else if (chain && chain.numbered !== null && startsWithCounters(line, chain.numbered)) {
      addRule(chain, line, at)
      isProse = false
    } else if (line.includes('tables') && OTHER_TABLE.test(line)) {
      throw new RulesetSyntaxError(at, `a listing of another table than filter. ${TAKE_INSTEAD}`)
    } else if (!isHarmless(line, isProse)) {
      throw new RulesetSyntaxError(at, `this is no line of a listing. ${TAKE_INSTEAD}`)
    }
  }
  if (chains.length === 0) throw new RulesetSyntaxError(1, `there is no chain in it. ${TAKE_INSTEAD}`)
  if (chains.some(({ numbered }) => numbered === null)) {
    throw new RulesetSyntaxError(1, `a chain has no line of column names. ${TAKE_INSTEAD}`)
  }
  return chains
}

function clean(line: string): string {
  return line.trimEnd().replace(/[\t\u00a0]/g, ' ')
}

/** Around chains there may be commands, prompts and prose, inside of one only a prompt. */
function isHarmless(line: string, isProse: boolean): boolean {
  if (isPrompt(line)) return true
  return isProse && !BROKEN_OFF.test(line) && !startsWithCounters(line, false)
}

function openChain(header: RegExpExecArray, chains: readonly ListedChain[], at: number): ListedChain {
  const [, name = '', about = ''] = header
  const policy = /^policy (ACCEPT|DROP)\b/.exec(about)?.[1]
  if (policy === undefined && !/^\d+ references/.test(about)) {
    throw new RulesetSyntaxError(at, 'a chain has neither policy nor references')
  }
  if (isForeignChain(name)) {
    throw new RulesetSyntaxError(at, `${name} is no chain of the filter table. ${TAKE_INSTEAD}`)
  }
  if (chains.some((chain) => chain.name === name)) {
    throw new RulesetSyntaxError(at, 'a chain is listed twice: more than one listing, or more than one table')
  }
  return { name, policy: policy ?? '-', rules: [], numbered: null }
}

function addRule(chain: ListedChain, line: string, at: number): void {
  const numbered = chain.numbered === true
  if (numbered && Number.parseInt(line, 10) !== chain.rules.length + 1) {
    throw new RulesetSyntaxError(at, 'the rule numbers leave one out')
  }
  chain.rules.push(listedRule(chain.name, line, numbered, at))
}
