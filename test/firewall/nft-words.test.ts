import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readNftText } from '../../src/firewall/nft-text.ts'
import { nftWords } from '../../src/firewall/nft-words.ts'

interface JsonRule {
  readonly family: string
  readonly table: string
  readonly chain: string
  readonly handle: number
  readonly comment?: string
  readonly expr: Record<string, never>[]
}

const FOLDERS = ['nft', 'real'].map((name) => new URL(`../../fixtures/rulesets/${name}/`, import.meta.url))
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => new URL(name, folder)),
)

/** Of extensions of iptables the JSON has the name alone. */
const isWhole = ({ expr }: JsonRule) => !expr.some((statement) => 'xt' in statement)

/** `reject` says more than nft itself does in tables of one family; what is rare stays JSON. */
const OTHERWISE = /^(?:.* )?reject(?: with icmp port-unreachable)?$|^\{"meter"/

describe('the words of a rule that is known by its JSON', () => {
  it.each(FILES.map((file) => [file.pathname.split('/').at(-1) ?? '', file] as const))(
    'are those of nft: %s',
    (_, file) => {
      const listed = readNftText(readFileSync(file.pathname.replace(/json$/, 'nft'), 'utf8')).rules
      const { nftables } = JSON.parse(readFileSync(file, 'utf8')) as { nftables: { rule?: JsonRule }[] }
      const rules = nftables.flatMap(({ rule }) => rule ?? []).filter(isWhole)
      expect(rules.length).toBeGreaterThan(1)
      for (const { family, table, chain, handle, expr, comment = '' } of rules) {
        const words = nftWords(expr, comment)
        if (!OTHERWISE.test(words)) {
          expect(words).toBe(listed.get(`${family} ${table} ${chain} ${handle}`))
        }
      }
    },
  )

  it.each<[unknown[], string]>([
    [[{ reject: { type: 'icmpx', expr: 'admin-prohibited' } }], 'reject with icmpx admin-prohibited'],
    [[{ reject: { type: 'tcp reset' } }], 'reject with tcp reset'],
    [[{ reject: null }], 'reject'],
    [[{ xt: { type: 'target', name: 'REJECT' } }], 'xt target "REJECT"'],
    [[{ counter: { packets: 5, bytes: 300 } }, { drop: null }], 'counter drop'],
    [[{ 'not yet': { known: 1 } }, { drop: null }], '{"not yet":{"known":1}} drop'],
    [
      [{ match: { op: '==', left: { osf: { key: 'name' } }, right: 'Linux' } }],
      '{"osf":{"key":"name"}} Linux',
    ],
    [[{ jump: { target: 'a\nb\u001b' } }], 'jump a?b?'],
  ])('%j', (expr, words) => {
    expect(nftWords(expr as never, '')).toBe(words)
  })

  it('end with the comment', () => {
    expect(nftWords([{ accept: null }], 'late\nrule')).toBe('accept comment "late?rule"')
  })

  it('are one line of any JSON', () => {
    const names = [
      'match',
      'set',
      'map',
      'vmap',
      'reject',
      'log',
      'limit',
      'dnat',
      'left',
      'right',
      'op',
      '|',
      '&',
    ]
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 4 }),
      ),
    }))
    const statements = fc.array(fc.dictionary(fc.constantFrom(...names), node, { maxKeys: 2 }), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(statements, fc.string(), (expr, comment) => {
        expect(nftWords(expr as never, comment)).not.toMatch(/\p{Cc}/u)
      }),
      { numRuns: 300 },
    )
  })
})
