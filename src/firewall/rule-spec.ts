import { parseNet } from './address.ts'
import { type IpSets, ipsetFields } from './ipset-save.ts'
import { EXTENSION_HEADERS, FREE_TEXT_OPTIONS, MATCH_OPTIONS, UNDERSTOOD_MODULES } from './match-options.ts'
import type { Match, Side } from './model.ts'
import { shortName, splitOption } from './option-names.ts'
import { RulesetSyntaxError, type Token } from './tokens.ts'

/** The options of one rule, read but not yet resolved against the chains of its table. */
export interface RuleSpec {
  readonly matches: readonly Match[]
  /** `-s A,B` is two rules to iptables; so is `-d`. */
  readonly sources: readonly Match[]
  readonly destinations: readonly Match[]
  readonly target: { readonly name: string; readonly how: 'jump' | 'goto' } | null
  readonly targetOptions: ReadonlyMap<string, string>
}

/** Reads options in any order: saved files, unlike `iptables-save`, keep the order of whoever wrote them. */
export function readSpec(tokens: readonly Token[], line: number, sets: IpSets | null): RuleSpec {
  return new SpecReader(tokens, line, sets).read()
}

class SpecReader {
  private readonly tokens: readonly Token[]
  private readonly line: number
  private readonly sets: IpSets | null
  private at = 0
  /** The argument glued to the option just read. */
  private glued: string | null = null
  private negated = false
  private readonly modules = new Set<string>()
  private readonly matches: Match[] = []
  private readonly targetOptions = new Map<string, string>()
  private sources: readonly Match[] = []
  private destinations: readonly Match[] = []
  private target: RuleSpec['target'] = null

  constructor(tokens: readonly Token[], line: number, sets: IpSets | null) {
    this.tokens = tokens
    this.line = line
    this.sets = sets
  }

  read(): RuleSpec {
    for (let token = this.next(); token; token = this.next()) {
      if (isBang(token)) {
        this.negate()
        continue
      }
      this.option(this.optionName(token))
      if (this.glued !== null) throw this.error('an option has an argument that it does not take')
      this.negated = false
    }
    if (this.negated) throw this.error('a ! without option')
    const { matches, sources, destinations, target, targetOptions } = this
    return { matches, sources, destinations, target, targetOptions }
  }

  private option(name: string): void {
    const known = MATCH_OPTIONS.get(name)
    if (known) {
      const args = Array.from({ length: known.arity }, () => this.argument())
      this.matches.push(known.read({ args, negated: this.negated }) ?? this.unknown([name, ...args]))
      return
    }
    switch (name) {
      case '-s':
        this.sources = this.addresses('source')
        return
      case '-d':
        this.destinations = this.addresses('destination')
        return
      case '-i':
      case '-o': {
        const text = this.argument()
        const side = name === '-i' ? 'in' : 'out'
        this.matches.push({ kind: 'interface', side, name: text, negated: this.negated })
        return
      }
      case '-p': {
        const protocol = this.argument().toLowerCase()
        this.matches.push({ kind: 'protocol', protocol, negated: this.negated })
        return
      }
      case '-f':
        this.matches.push({ kind: 'fragment', negated: this.negated })
        return
      case '-m': {
        const module = this.word()
        this.modules.add(module)
        if (module === 'rpfilter') this.matches.push({ kind: 'reverse-path', negated: false })
        else if (EXTENSION_HEADERS.has(module))
          this.matches.push({ kind: 'extension-header', negated: false })
        else if (!UNDERSTOOD_MODULES.has(module)) this.matches.push(this.unknown([name, module]))
        return
      }
      case '-j':
      case '-g':
        if (this.target) throw this.error('two targets')
        this.target = { name: this.word(), how: name === '-j' ? 'jump' : 'goto' }
        return
      case '--match-set': {
        const name = this.argument()
        this.matches.push(this.inSet(name, this.word()))
        return
      }
      case '--invert': {
        const last = this.matches.pop()
        if (last?.kind === 'reverse-path') this.matches.push({ ...last, negated: true })
        else this.matches.push(...(last ? [last] : []), this.unknown([name]))
        return
      }
      case '--validmark':
      case '--loose':
      case '--accept-local':
        if (!this.modules.has('rpfilter')) this.matches.push(this.unknown([name]))
        return
      case '-c':
        this.word()
        this.word()
        return
      case '--comment':
        this.word()
        return
      case '--reject-with':
      case '--to-destination':
      case '--to-source':
      case '--to-ports':
      case '--zone':
      case '--zone-orig':
      case '--zone-reply':
        this.targetOptions.set(name, this.word())
        return
      case '--notrack':
        this.targetOptions.set(name, '')
        return
      default:
        this.matches.push(this.unknown([name, ...this.unknownArguments(name)]))
    }
  }

  private optionName(token: Token): string {
    if (!looksLikeOption(token)) throw this.error(`bad argument ${JSON.stringify(token.text)}`)
    const { name, argument } = splitOption(token.text)
    this.glued = argument
    // The policy module has a --proto of its own.
    return name === '--proto' && this.modules.has('policy') ? name : shortName(name)
  }

  /** How many arguments an unknown option takes is not known: all up to the next option. */
  private unknownArguments(name: string): string[] {
    const words: string[] = []
    if (this.glued !== null || FREE_TEXT_OPTIONS.has(name)) words.push(this.word())
    for (let token = this.tokens[this.at]; token && !looksLikeOption(token); token = this.tokens[this.at]) {
      if (isBang(token)) break
      words.push(token.text)
      this.at++
    }
    return words
  }

  private addresses(side: Side): Match[] {
    const texts = this.argument().split(',')
    return texts.map((text) => {
      const net = parseNet(text)
      return net ? { kind: 'address', side, net, negated: this.negated } : this.unknown([text])
    })
  }

  private inSet(name: string, flags: string): Match {
    const set = this.sets?.get(name)
    const found = set ? ipsetFields(set, flags.split(',')) : null
    // iptables takes a packet without the field for one that is not in the set; nft would end the rule.
    const vague = this.negated && found?.fields.some(({ kind }) => kind === 'port')
    if (!found || vague) return this.unknown(['--match-set', name, flags])
    return { kind: 'elements', ...found, negated: this.negated }
  }

  private unknown(words: readonly string[]): Match {
    return { kind: 'unknown', text: words.join(' '), negated: this.negated }
  }

  /** An argument that may follow a `!`, as in dumps of old: `-s ! 10.0.0.0/8`. */
  private argument(): string {
    const token = this.tokens[this.at]
    if (this.glued === null && token && isBang(token)) {
      this.negate()
      this.at++
    }
    return this.word()
  }

  private word(): string {
    const { glued } = this
    this.glued = null
    const text = glued ?? this.next()?.text
    if (text === undefined) throw this.error('an option has no argument')
    return text
  }

  private next(): Token | undefined {
    return this.tokens[this.at++]
  }

  private negate(): void {
    if (this.negated) throw this.error('two ! for one option')
    this.negated = true
  }

  private error(message: string): RulesetSyntaxError {
    return new RulesetSyntaxError(this.line, message)
  }
}

function isBang({ text, quoted }: Token): boolean {
  return text === '!' && !quoted
}

function looksLikeOption({ text, quoted }: Token): boolean {
  return !quoted && text.startsWith('-')
}
