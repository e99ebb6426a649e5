import type { Family } from '../firewall/address.ts'
import { type Dump, loadDumps } from '../firewall/host.ts'
import { dumpOfListing, isPrompt } from '../firewall/listing.ts'
import { dumpOfSpecs } from '../firewall/rule-specs.ts'
import { type RulesFormat, sniffBackend, sniffFamily, sniffFormat } from '../firewall/sniff.ts'
import { RulesetSyntaxError } from '../firewall/tokens.ts'
import { InputError } from '../inventory/input-error.ts'
import { escapeText } from '../terminal/escape.ts'
import { isBlank } from './blank.ts'

/** What a file holds, and how it is called in a message: safe to print. */
export interface RulesText {
  readonly node: string
  readonly shown: string
  readonly family: Family | null
  readonly text: string
}

export interface ReadRules {
  readonly node: string
  readonly shown: string
  readonly format: RulesFormat
  readonly dump: Dump
}

const EXPECTED =
  'Expected is what one of these prints: iptables-save, ip6tables-save, nft -j list ruleset, ipset save, iptables -S, iptables -L -n -v.'

/** Formats that prove nothing, and what to take instead. */
const REFUSED: Partial<Record<RulesFormat, string>> = {
  'plain-listing':
    'is a listing of iptables -L, which hides the interfaces of rules: a rule for lo alone looks like one for all. ' +
    'It proves nothing. Take iptables-save instead, or iptables -L -n -v.',
  'front-end':
    'is what firewall-cmd or ufw tells of its own settings, which is not all that the kernel does. ' +
    'Take nft -j list ruleset where firewalld runs, iptables-save where ufw does, both as root.',
  unknown: `holds no rules in a form that is known. ${EXPECTED}`,
}

const FOR_BOTH_FAMILIES: Partial<Record<RulesFormat, Dump['tool']>> = {
  'nft-json': 'nft',
  'nft-text': 'nft-text',
  'ipset-save': 'ipset',
}

/** Throws an `InputError` for a file that holds no rules, or none that can be read. */
export function readRules({ node, shown, family, text }: RulesText): ReadRules {
  if (isBlank({ text })) {
    throw fail(
      'rules-empty',
      `${shown} ${text.trim() === '' ? 'is empty' : 'has no rules'}. Where nft or firewalld keep the firewall ` +
        'iptables-save prints nothing: take nft -j list ruleset. Both are run as root.',
    )
  }
  const format = sniffFormat(text)
  const refused = REFUSED[format]
  if (refused !== undefined) throw fail('rules-format', `${shown} ${refused}`)
  const one = { node, shown, format }
  const tool = FOR_BOTH_FAMILIES[format]
  if (tool !== undefined) {
    if (family !== null) {
      throw fail('rules-family', `${shown} holds both families: write it without ip${family}:`)
    }
    return checked({ ...one, dump: { tool, text } })
  }
  const program = (family ?? sniffFamily(text) ?? 4) === 6 ? 'ip6tables' : 'iptables'
  const backend = sniffBackend(text)
  try {
    return checked({
      ...one,
      dump: { tool: backend === null ? program : `${program}-${backend}`, text: asSaved(format, text) },
    })
  } catch (error) {
    throw explained(error, shown)
  }
}

function asSaved(format: RulesFormat, text: string): string {
  switch (format) {
    case 'listing':
      return dumpOfListing(text)
    case 'rule-specs':
      return dumpOfSpecs(text)
    default:
      return withoutPrompts(text)
  }
}

/** Of a dump copied off a terminal: the line of the command above it, the next prompt below. */
function withoutPrompts(text: string): string {
  const lines = text.split('\n')
  const isRemark = (line: string) => isPrompt(line) && !line.startsWith('#')
  const first = lines.findIndex((line) => line.trim() !== '' && !isRemark(line))
  const last = lines.findLastIndex((line) => line.trim() !== '' && !isRemark(line))
  return `${'\n'.repeat(Math.max(0, first))}${lines.slice(Math.max(0, first), last + 1).join('\n')}\n`
}

/** Each file by itself, so that an error has its name. */
function checked(read: ReadRules): ReadRules {
  try {
    loadDumps([read.dump])
    return read
  } catch (error) {
    throw explained(error, read.shown)
  }
}

function explained(error: unknown, shown: string): unknown {
  if (!(error instanceof RulesetSyntaxError)) return error
  return fail('rules-syntax', `${shown} cannot be read: ${escapeText(error.message, 400)}`)
}

function fail(code: string, message: string): InputError {
  return new InputError(code, message)
}
