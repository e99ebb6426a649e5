import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dump, evaluateHost, loadDumps } from '../../src/firewall/host.ts'
import { RulesetSyntaxError } from '../../src/firewall/tokens.ts'
import { packetsOf } from '../../src/fix/opening.ts'
import { type NodePlan, planNode } from '../../src/fix/plan-fixes.ts'
import { fixScript } from '../../src/fix/script.ts'
import { filter, flow, node } from './support.ts'

/** What the commands may call, and what would show that text of the host was executed. */
const FIREWALLS = ['iptables', 'iptables-legacy', 'ip6tables', 'nft', 'firewall-cmd', 'ufw']
const CANARIES = ['id', 'touch', 'reboot', 'canary']
const REAL = ['sed', 'grep', 'head', 'tail', 'cut', 'wc', 'cat']

/**
 * Writes down what it is called with; then answers a listing with the text of a file: what it lists is the first word of
 * its arguments behind the options, and a number of a rule is a line of it.
 */
const FAKE = `#!/bin/sh
{ printf '%s\\0' "\${0##*/}" "$@"; printf '\\036\\0'; } >> "$LOG"
case " $* " in
*' -S '*)
  for last; do :; done
  case $last in
  [0-9]*) sed -n "$((last + 1))p" "$HOST/rules" ;;
  *) cat "$HOST/rules" ;;
  esac ;;
*' list '*) cat "$HOST/nft" ;;
*query-rich-rule*) exit 1 ;;
esac
`

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hostile-'))
  mkdirSync(join(home, 'bin'))
  mkdirSync(join(home, 'cwd'))
  for (const name of [...FIREWALLS, ...CANARIES]) {
    writeFileSync(join(home, 'bin', name), FAKE)
    chmodSync(join(home, 'bin', name), 0o755)
  }
  for (const name of REAL) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
    symlinkSync(found, join(home, 'bin', name))
  }
})
afterAll(() => rmSync(home, { recursive: true }))

/** What a host answers to `-S INPUT` and `nft -s -a list chain`. */
interface Answers {
  readonly rules?: string
  readonly nft?: string
}

/** Runs a script with no other programs than these, and says what was called. */
function run(
  script: string,
  { rules = '', nft = '' }: Answers = {},
): { calls: string[][]; code: number | null } {
  const log = join(home, 'log')
  writeFileSync(log, '')
  writeFileSync(join(home, 'rules'), rules)
  writeFileSync(join(home, 'nft'), nft)
  const env = { PATH: join(home, 'bin'), LOG: log, HOST: home }
  const { status } = spawnSync('/bin/sh', { input: script, env, cwd: join(home, 'cwd') })
  const calls = readFileSync(log, 'utf8').split('\u001e\0').slice(0, -1)
  return { calls: calls.map((call) => call.split('\0').slice(0, -1)), code: status }
}

const PIECES = [
  '-j DROP',
  ' -j ACCEPT ',
  '$(id)',
  '`touch canary`',
  "'; id; '",
  '"; id; "',
  '" -j ACCEPT "',
  '\\',
  "\\'",
  '$HOME',
  '; canary',
  '&& canary',
  '| reboot',
  '> canary',
  '# handle 3',
  '\u001b[2J\u001b]0;x\u0007',
  '\u202e',
  'é漢😀',
  '*',
  '%s%n',
  '-A INPUT -j ACCEPT',
  'COMMIT',
]
const LINES = [
  '\n',
  '\nid\n',
  '\n-A INPUT -j ACCEPT\n',
  '\n\tflags dormant\n',
  '\n\t\taccept # handle 5\n',
  '\nCOMMIT\n*filter',
]

const piece = fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 8 }))
const joined = (part: fc.Arbitrary<string>) =>
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('').replaceAll('\0', ''))
const hostile = joined(fc.oneof(piece, fc.constantFrom(...LINES)))

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`

/** As a name of a chain: iptables takes what has no white space or quotes in it. */
const chainName = (text: string) => `x${text.replace(/[\s"\p{C}]/gu, '')}`.slice(0, 28)

interface Host {
  readonly dumps: readonly Dump[]
  readonly answers: Answers
}

/** An iptables host with the texts in a comment, in the prefix of a log, and in the name of a chain. */
function iptablesHost(comment: string, prefix: string, name: string): Host {
  const rules = [
    '-A INPUT -p icmp -j ACCEPT',
    `-A INPUT -j LOG --log-prefix ${quoted(prefix)}`,
    `-A INPUT -m comment --comment ${quoted(comment)} -j ${chainName(name)}`,
    `-A ${chainName(name)} -p tcp -m comment --comment ${quoted(comment)} -j DROP`,
  ]
  const shown = rules.filter((rule) => rule.startsWith('-A INPUT'))
  return {
    dumps: [{ tool: 'iptables', text: filter(rules) }],
    answers: { rules: `${['-P INPUT ACCEPT', ...shown].join('\n')}\n` },
  }
}

/** Where firewalld keeps a zone: its name becomes a word of a command. */
function firewalldHost(name: string, comment: string): Host {
  const zone = chainName(name)
  const rules = [
    '-A INPUT -j INPUT_ZONES',
    `-A INPUT_ZONES -m comment --comment ${quoted(comment)} -g IN_${zone}`,
    `-A IN_${zone} -j IN_${zone}_deny`,
    `-A IN_${zone} -j IN_${zone}_allow`,
    `-A IN_${zone} -j REJECT`,
    `-A IN_${zone}_allow -p udp -j ACCEPT`,
    `-A IN_${zone}_deny -p udp -j DROP`,
  ]
  return { dumps: [{ tool: 'iptables', text: filter(rules) }], answers: {} }
}

/** Any name will do: nft takes them as JSON. */
function nftHost(table: string, chain: string, comment: string, base = 'input'): Host {
  const at = { family: 'inet', table }
  const drop = [
    { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 4567 } },
    { drop: null },
  ]
  const nftables = [
    { table: { family: 'inet', name: table, handle: 1 } },
    { chain: { ...at, name: base, handle: 1, type: 'filter', hook: 'input', prio: 0, policy: 'accept' } },
    { chain: { ...at, name: chain, handle: 2 } },
    { rule: { ...at, chain: base, handle: 5, comment, expr: [{ log: { prefix: comment } }] } },
    { rule: { ...at, chain: base, handle: 6, comment, expr: [{ jump: { target: chain } }] } },
    { rule: { ...at, chain, handle: 7, comment, expr: drop } },
  ]
  const words = [
    `\t\tlog prefix "${comment}" comment "${comment}" # handle 5`,
    `\t\tjump ${chain} comment "${comment}" # handle 6`,
  ]
  const text = [
    `table inet ${table} { # handle 1`,
    `\tchain ${base} { # handle 1`,
    '\t\ttype filter hook input priority filter; policy accept;',
    ...words,
    '\t}',
    '',
    `\tchain ${chain} { # handle 2`,
    `\t\ttcp dport 4567 drop comment "${comment}" # handle 7`,
    '\t}',
    '}',
  ].join('\n')
  return {
    dumps: [
      { tool: 'nft', text: JSON.stringify({ nftables }) },
      { tool: 'nft-text', text },
    ],
    answers: { nft: text },
  }
}

const BLOCKED = flow()

function fates({ dumps }: Host): string[] {
  const loaded = loadDumps(dumps)
  return packetsOf(BLOCKED).map((packet) => evaluateHost(loaded, 'INPUT', packet).fate)
}

/** One for each call that the plan means to make, as the words of a shell: no other quotes than single ones stand in it. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
}

function expectHarmless(host: Host): NodePlan {
  const plan = planNode({ ...node(host.dumps, [BLOCKED]), name: 'n1' })
  const lines = plan.fixes.flatMap(({ commands, undo, persist }) => [...commands, ...undo, ...persist])
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*$/)
  for (const { note } of plan.fixes) expect(note ?? '').toMatch(/^[\x20-\x7e]*$/)
  const commands = plan.fixes.flatMap((fix) => fix.commands)
  expect(run(commands.join('\n')).calls).toEqual(commands.map(wordsOf))
  const script = fixScript(plan) ?? ''
  expect(script).toMatch(/^[\x20-\x7e\n]*$/)
  const undo = plan.fixes.flatMap((fix) => fix.undo).join('\n')
  for (const each of [script, undo]) {
    expect(spawnSync('/bin/sh', ['-n'], { input: each }).status).toBe(0)
    const { calls } = run(each, host.answers)
    for (const [program = ''] of calls) expect(FIREWALLS).toContain(program)
  }
  expect(readdirSync(join(home, 'cwd'))).toEqual([])
  return plan
}

describe('text of a hostile host', () => {
  const runs = { numRuns: 25 }

  it('in iptables decides nothing, and nothing of it is executed', () => {
    const plain = iptablesHost('a', 'b', 'c')
    fc.assert(
      fc.property(hostile, hostile, joined(piece), (comment, prefix, name) => {
        const host = iptablesHost(comment, prefix, name)
        expect(fates(host)).toEqual(fates(plain))
        const plan = expectHarmless(host)
        expect(plan.fixes[0]?.commands).toEqual(planNode(node(plain.dumps, [BLOCKED])).fixes[0]?.commands)
      }),
      runs,
    )
  })

  it('is compared to the letter by the script', () => {
    const tricky = joined(piece).map((text) => text.replace(/[\n\r]/g, ''))
    fc.assert(
      fc.property(tricky, tricky, (comment, name) => {
        const { dumps, answers } = iptablesHost(comment, 'b', name)
        const { calls } = run(fixScript(planNode(node(dumps, [BLOCKED]))) ?? '', answers)
        expect(calls.filter(([, ...args]) => args.includes('-I'))).toHaveLength(1)
        const other = iptablesHost(`${comment}!`, 'b', name).answers
        const changed = run(fixScript(planNode(node(dumps, [BLOCKED]))) ?? '', other)
        expect(changed.calls.filter(([, ...args]) => args.includes('-I'))).toEqual([])
        expect(changed.code).toBe(3)
      }),
      runs,
    )
  })

  it('as the name of a zone of firewalld reaches no command, or as one word', () => {
    fc.assert(
      fc.property(joined(piece), hostile, (name, comment) => {
        expectHarmless(firewalldHost(name, comment))
      }),
      runs,
    )
    expect(expectHarmless(firewalldHost('pxc', 'a')).fixes[0]?.backend).toBe('firewalld')
  })

  it('in nft decides nothing, and nothing of it is executed', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (table, chain, comment) => {
        const host = nftHost(table, chain, comment)
        expect(fates(host)).toEqual(fates(nftHost('t', 'c', 'd')))
        expectHarmless(host)
      }),
      runs,
    )
  })

  it('in a comment of nft changes no command', () => {
    const plain = planNode(node(nftHost('t', 'c', 'd').dumps, [BLOCKED]))
    expect(plain.fixes).toMatchObject([{ backend: 'nft', proven: true }])
    fc.assert(
      fc.property(hostile, (comment) => {
        const host = nftHost('t', 'c', comment)
        const plan = expectHarmless(host)
        expect(plan.fixes[0]?.commands).toEqual(plain.fixes[0]?.commands)
      }),
      runs,
    )
  })

  it('is a name for which no command is given, and the note says so', () => {
    for (const odd of ['a b', '-f', '$(id)', 'x;id', 'a\nb', 'é', '1st', '']) {
      for (const host of [nftHost(odd, 'c', 'd'), nftHost('t', 'c', 'd', odd)]) {
        const { fixes } = expectHarmless(host)
        expect(fixes).toMatchObject([{ backend: 'none', commands: [], proven: false }])
        expect(fixes[0]?.note).toContain('nft takes no such names in a command')
      }
      // In a name that no command needs to tell it does not matter.
      if (odd !== '') expect(expectHarmless(nftHost('t', odd, 'd')).fixes).toMatchObject([{ backend: 'nft' }])
    }
  })

  it('is read or refused, and nothing else is thrown', () => {
    const tools = ['iptables', 'nft', 'nft-text', 'ipset'] as const
    const text = fc.oneof(hostile, fc.constantFrom('constructor', '__proto__', 'inet'))
    const dump = fc.record({ tool: fc.constantFrom(...tools), text })
    fc.assert(
      fc.property(fc.array(dump, { maxLength: 3 }), hostile, (dumps, table) => {
        const wrapped = dumps.map(({ tool, text }): Dump => {
          if (tool === 'iptables') return { tool, text: `*filter\n:INPUT DROP [0:0]\n${text}\nCOMMIT\n` }
          return {
            tool,
            text:
              tool === 'nft'
                ? JSON.stringify({ nftables: [{ table: { name: table, family: text } }] })
                : text,
          }
        })
        try {
          loadDumps(wrapped)
        } catch (error) {
          expect(error).toBeInstanceOf(RulesetSyntaxError)
        }
        expect(() => planNode(node(wrapped, [BLOCKED]))).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })
})
