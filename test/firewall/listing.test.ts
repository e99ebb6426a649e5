import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIptablesSave } from '../../src/firewall/iptables-save.ts'
import { dumpOfListing } from '../../src/firewall/listing.ts'
import { RulesetSyntaxError } from '../../src/firewall/tokens.ts'

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/listings/${name}.txt`, import.meta.url), 'utf8')

const FIXTURES = ['article-before', 'rhel-numbered', 'hostile', 'old-ip6tables', 'names', 'input-only']

/** The rules of INPUT without `-A INPUT`. */
function input(listing: string): string[] {
  const ruleset = parseIptablesSave(dumpOfListing(listing))
  const rules = ruleset.tables.get('filter')?.chains.get('INPUT')?.rules ?? []
  return rules.map(({ text }) => text.replace('-A INPUT ', ''))
}

const HEADER = ' pkts bytes target     prot opt in     out     source               destination'
const OTHERS = `
Chain FORWARD (policy ACCEPT 0 packets, 0 bytes)
${HEADER}

Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)
${HEADER}
`

/** A whole listing whose INPUT has these lines. */
function listing(...lines: string[]): string {
  return ['Chain INPUT (policy DROP 0 packets, 0 bytes)', HEADER, ...lines, OTHERS].join('\n')
}

/** A listed rule for all TCP with this behind it. */
const rule = (text: string, target = 'ACCEPT') =>
  listing(
    `    0     0 ${target.padEnd(10)} 6    --  *      *       0.0.0.0/0            0.0.0.0/0            ${text}`,
  )

function whyRefused(text: string): string {
  try {
    dumpOfListing(text)
  } catch (error) {
    if (error instanceof RulesetSyntaxError) return error.message
    throw error
  }
  throw new Error('was not refused')
}

describe('dumpOfListing', () => {
  it("reads the article's iptables -v -L to the letter", () => {
    expect(dumpOfListing(fixture('article-before'))).toBe(`*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 3306 -j ACCEPT
-A INPUT -p tcp -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -j REJECT --reject-with icmp-host-prohibited
COMMIT
`)
  })

  it("refuses the article's plain iptables -L, and says what to take", () => {
    expect(whyRefused(fixture('article-after'))).toMatch(
      /^line 3: .*hides interfaces.*iptables-save.*-L -n -v/,
    )
  })

  it('reads numbered lines with CRLF, a command above and a prompt below', () => {
    const saved = readFileSync(
      new URL('../../fixtures/rulesets/article-before.rules', import.meta.url),
      'utf8',
    )
    const rules = saved.split('\n').filter((line) => line.startsWith('-A INPUT'))
    expect(input(fixture('rhel-numbered')).map((text) => `-A INPUT ${text}`)).toEqual(rules)
  })

  it('reads old ip6tables, which leave the column of options blank', () => {
    expect(input(fixture('old-ip6tables'))).toEqual([
      '-i lo -j ACCEPT',
      '-m state --state RELATED,ESTABLISHED -j ACCEPT',
      '-p tcp -m tcp --dport 9',
      '-s fd00::2/128 -i eth0 -p tcp -m multiport --dports 3306,4444,4567,4568 -j ACCEPT',
      '-p icmpv6 -j ACCEPT',
    ])
  })

  it('takes names that it does not know for what may match', () => {
    expect(input(fixture('names')).slice(1, 4)).toEqual([
      '-s db2.example.com -p tcp -m tcp --dport 3306 -j ACCEPT',
      '-s 10.0.0.3/32 -p tcp -m multiport --dports 3306,4444,4567,4568 -j ACCEPT',
      '-p tcp -m tcp --dport in-house -j ACCEPT',
    ])
    const rules = parseIptablesSave(dumpOfListing(fixture('names')))
      .tables.get('filter')
      ?.chains.get('INPUT')
    const open = rules?.rules.map(({ matches }) => matches.some(({ kind }) => kind === 'unknown'))
    expect(open).toEqual([false, true, false, true, false])
  })

  it('lets no text of a rule pass for a match', () => {
    expect(input(fixture('hostile'))).toEqual([
      '-p tcp -m multiport --dports 22 -j f2b-sshd',
      '-i lo -j ACCEPT',
      '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-p tcp -m unread --text "/* x */ tcp dpt:9 /* y */" -j ACCEPT',
      '-p tcp -m comment --comment "tcp dpt:22 reject-with tcp-reset" -m tcp --dport 4567 -j ACCEPT',
      '-m limit --limit 5/min --limit-burst 5 -j LOG',
      '-p udp -m unread --text "STRING match  \\" udp dpt:53\\" ALGO name bm" -j ACCEPT',
      '-s 192.168.70.62/32 -p tcp -m tcp --dport 3306 -j ACCEPT',
    ])
  })

  it.each([
    ['match-set peers src tcp dpt:22', '-m unread --text "match-set peers src tcp dpt:22"'],
    ['recent: CHECK name: x tcp dpt:22', '-m unread --text "recent: CHECK name: x tcp dpt:22"'],
    ['tcp dpt:22 match-set peers src', '-m tcp --dport 22 -m unread --text "match-set peers src"'],
    ['state NEW,ESTABL', '-m unread --text "state NEW,ESTABL"'],
    ['tcp flags:0x17/0x02 dpt:22', '-m tcp --tcp-flags FIN,SYN,RST,ACK SYN --dport 22'],
    ['tcp flags:!FIN,SYN/NONE', '-m tcp ! --tcp-flags FIN,SYN NONE'],
    ['tcp option=8', '-m tcp --tcp-option 8'],
    ['/* a "b" \\ c */ tcp dpt:!22', '-m comment --comment "a \\"b\\" \\\\ c" -m tcp ! --dport 22'],
    ['[goto] ', ''],
    ['', ''],
  ])('what stands behind the addresses: %j', (text, expected) => {
    const target = text.startsWith('[goto]') ? '-g USR' : '-j USR'
    expect(input(rule(text, 'USR'))).toEqual([`-p tcp ${expected} ${target}`.replace('  ', ' ')])
  })

  it('takes `any` beside `*` for the name of an interface', () => {
    const one = (inside: string, out: string) =>
      input(listing(`0 0 ACCEPT 0 -- ${inside} ${out} 0.0.0.0/0 0.0.0.0/0`))
    expect(one('any', '*')).toEqual(['-i any -j ACCEPT'])
    expect(one('any', 'any')).toEqual(['-j ACCEPT'])
    expect(one('!eth0', 'any')).toEqual(['! -i eth0 -j ACCEPT'])
  })

  it('reads what a mail program or a web page has done to the spaces', () => {
    const [first = '', header = '', second = ''] = fixture('article-before').split('\n').slice(1, 4)
    const squeezed = [first, header, second].map((line) => line.trim().replace(/ +/g, '\u00a0')).join('\n\n')
    expect(input(`${squeezed.replace(/^Chain.*$/m, first)}\n${OTHERS}`)).toEqual([
      '-m state --state RELATED,ESTABLISHED -j ACCEPT',
    ])
  })

  it('leaves open what a listing of one chain does not show', () => {
    expect(dumpOfListing(fixture('input-only'))).toContain(`
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A INPUT -m unread --text "the file may break off here" -j UNREAD
-A FORWARD -m unread --text "the file has no chain FORWARD" -j UNREAD
-A OUTPUT -m unread --text "the file has no chain OUTPUT" -j UNREAD
COMMIT`)
  })

  it('passes on that there are rules which iptables cannot show', () => {
    const remark = "# Table `filter' contains incompatible base-chains, use 'nft' tool to list them."
    expect(parseIptablesSave(dumpOfListing(`${remark}\n${listing()}`)).incomplete).toEqual([remark])
  })

  it.each([
    ['nothing', '', /no chain/],
    ['a chain without columns', 'Chain INPUT (policy ACCEPT)\n', /no line of column names/],
    [
      'a line cut short',
      listing('    0     0 ACCEPT     tcp  --  any    any     anywh'),
      /not all of its columns/,
    ],
    [
      'a line broken in two',
      listing('    0     0 ACCEPT tcp -- any any anywhere anywhere', 'tcp dpt:22'),
      /^line 4/,
    ],
    [
      'broken in two, spaced',
      listing('    0     0 ACCEPT tcp -- any any anywhere anywhere', '', 'tcp dpt:22'),
      /^line 5/,
    ],
    [
      'a comment over two lines',
      rule('/* a\n 0 0 DROP all -- * * 0.0.0.0/0 0.0.0.0/0 /* b */'),
      /does not end/,
    ],
    ['two listings', `${listing()}\n${listing()}`, /listed twice/],
    ['the nat table', `Chain PREROUTING (policy ACCEPT)\n${HEADER}\n`, /no chain of the filter table/],
    ['the security table', `# iptables -t security -L -n -v\n${listing()}`, /another table/],
    [
      'a number left out',
      listing().replace(HEADER, `num ${HEADER}\n2 0 0 ACCEPT 0 -- * * 0.0.0.0/0 0.0.0.0/0`),
      /leave one out/,
    ],
    ['rules before any chain', `0 0 ACCEPT 0 -- * * 0.0.0.0/0 0.0.0.0/0\n${listing()}`, /^line 1/],
    ['a line without end', `${'x'.repeat(20_000)}\n${listing()}`, /too long/],
  ])('refuses %s', (_, text, message) => {
    expect(whyRefused(text)).toMatch(message)
  })

  it('makes a dump that can be read, or refuses, whatever is done to a listing', () => {
    const bits = [
      '*/',
      '/* ',
      '"',
      '\\',
      '\n',
      ' -j ACCEPT ',
      '!',
      '--',
      ' tcp dpt:22',
      '\u0000',
      '\u202e',
      '$(id)',
    ]
    const lines = FIXTURES.map((name) => fixture(name))
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.array(fc.tuple(fc.nat(4000), fc.nat(3), fc.oneof(fc.constantFrom(...bits), fc.string())), {
          maxLength: 4,
        }),
        (text, edits) => {
          const broken = edits.reduce(
            (before, [at, cut, put]) => before.slice(0, at) + put + before.slice(at + cut),
            text,
          )
          try {
            parseIptablesSave(dumpOfListing(broken))
          } catch (error) {
            expect(error).toBeInstanceOf(RulesetSyntaxError)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
