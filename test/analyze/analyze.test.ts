import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { type Analysis, analyze } from '../../src/analyze/analyze.ts'
import type { RulesText } from '../../src/analyze/read-rules.ts'
import { InputError } from '../../src/inventory/input-error.ts'
import { renderExplain } from '../../src/report/render/explain.ts'
import { renderTable } from '../../src/report/render/table.ts'
import type { ReportFlow } from '../../src/report/report.ts'
import { GALERA_SERVICES } from '../../src/services.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const fixture = (path: string) => read(`fixtures/${path}`)
const validate = new Ajv2020({ allowUnionTypes: true }).compile(
  JSON.parse(read('docs/schema/report-v1.json')),
)
const AT = Date.UTC(2026, 10, 24, 2, 10)
const RUN = { version: '0.1.0', startedAt: AT, finishedAt: AT }
const NODES = ['n1', 'n2', 'n3'].map((name, index) => ({ name, address: `192.168.70.6${index + 1}` }))

const file = (node: string, text: string, family: 4 | 6 | null = null): RulesText => ({
  node,
  shown: `The file ${node}.rules`,
  family,
  text,
})

function run(texts: readonly RulesText[], nodes = NODES): Analysis {
  const analysis = analyze({ nodes, pmm: null, services: GALERA_SERVICES, sourceNetworks: [] }, texts, RUN)
  expect(validate(analysis.report), JSON.stringify(validate.errors)).toBe(true)
  return analysis
}

/** A filter table, closed but for what is given; OUTPUT open. */
const closed = (...rules: string[]) =>
  [
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...rules,
    'COMMIT',
    '',
  ].join('\n')
const ESTABLISHED = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
const PEERS = '-A INPUT -s 192.168.70.0/24 -j ACCEPT'

function flowOf({ report }: Analysis, from: string, to: string, service = 'galera'): ReportFlow {
  const found = report.flows.find((flow) => flow.from === from && flow.to === to && flow.service === service)
  if (!found) throw new Error('no such flow')
  return found
}

function verdict(analysis: Analysis, from: string, to: string, service?: string) {
  const { status, reason, blockedAt, proof, blockedBy } = flowOf(analysis, from, to, service)
  return [status, reason, blockedAt, proof, blockedBy?.rule ?? null]
}

describe('a source whose rules rewrite its address', () => {
  const saved = (...rules: string[]) =>
    ['*nat', ':POSTROUTING ACCEPT [0:0]', ...rules, 'COMMIT', closed('-A INPUT -j ACCEPT')].join('\n')
  const SNAT = '-A POSTROUTING -p tcp -m tcp --dport 4567 -j SNAT --to-source 192.168.70.99'
  const MASQUERADE = '-A POSTROUTING -o eth0 -j MASQUERADE'
  const asked = (target: string, ...nat: string[]) => {
    const analysis = run([file('n1', saved(...nat)), file('n2', target)])
    const doubts = flowOf(analysis, 'n1', 'n2').observations.flatMap((o) => ('doubts' in o ? o.doubts : []))
    return { status: verdict(analysis, 'n1', 'n2')[0], doubts }
  }
  const BY_ADDRESS = closed('-A INPUT -s 192.168.70.61/32 -j ACCEPT')

  it('leaves open what the target makes of the other address', () => {
    expect(asked(BY_ADDRESS).status).toBe('OK')
    expect(asked(BY_ADDRESS, SNAT)).toMatchObject({ status: 'UNKNOWN', doubts: [SNAT, expect.anything()] })
    expect(asked(BY_ADDRESS, MASQUERADE).doubts).toContain(MASQUERADE)
    const answers = closed('-A INPUT -j ACCEPT', '-A OUTPUT -d 192.168.70.99/32 -j DROP')
    expect(asked(answers).status).toBe('OK')
    expect(asked(answers, SNAT).status).toBe('UNKNOWN')
  })

  it('does not where the target asks for no address, or the rule is for other packets', () => {
    expect(asked(closed('-A INPUT -p tcp -j ACCEPT'), SNAT).status).toBe('OK')
    expect(asked(closed(), SNAT).status).toBe('DOWN')
    expect(asked(BY_ADDRESS, SNAT.replace('4567', '4568')).status).toBe('OK')
    expect(asked(BY_ADDRESS, '-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE').status).toBe('OK')
  })
})

describe('whole analyses as text', () => {
  const CASES: Readonly<Record<string, () => Analysis>> = {
    article: () => run(NODES.map(({ name }) => file(name, fixture('listings/article-before.txt')))),
    rhel: () => run(NODES.map(({ name }) => file(name, fixture('listings/rhel-numbered.txt')))),
    mixed: () =>
      run([file('n1', fixture('listings/hostile.txt')), file('n2', fixture('rulesets/rhel-shadowed.rules'))]),
  }
  const style = { columns: 80, color: false, ascii: true, quiet: 0, view: 'check' } as const

  it.each(Object.entries(CASES))('%s', async (name, make) => {
    const { report } = make()
    await expect(await renderTable(report, style)).toMatchFileSnapshot(`rendered/${name}.txt`)
    await expect(await renderTable(report, { ...style, view: 'fix', node: 'n2' })).toMatchFileSnapshot(
      `rendered/${name}.fix.n2.txt`,
    )
    const one = { from: 'n2', to: 'n1', service: 'galera' }
    await expect(await renderExplain(report, one, style)).toMatchFileSnapshot(`rendered/${name}.explain.txt`)
  })
})

describe('the verdict of rules', () => {
  const open = closed(ESTABLISHED, PEERS)
  const with1 = (...rules: string[]) =>
    run([file('n1', closed(...rules)), file('n2', open), file('n3', open)])

  it('is OK by the rules of both ends, and says that nothing was sent', () => {
    const analysis = run(NODES.map(({ name }) => file(name, open)))
    expect(verdict(analysis, 'n1', 'n2')).toEqual(['OK', 'rules-accept', null, 'rules', null])
    expect(analysis.report).toMatchObject({ status: 'OK', exitCode: 0, fixes: [] })
    expect(analysis.report.findings.map(({ code }) => code)).toEqual(['no-packet-sent', 'nft-not-given'])
    expect(flowOf(analysis, 'n1', 'n2')).toMatchObject({ listening: null, rttMs: null })
  })

  it.each([
    ['the target drops', [ESTABLISHED], 'n2', 'n1', ['DOWN', 'dropped', 'target', 'rules', ':INPUT DROP']],
    [
      'the target rejects',
      [ESTABLISHED, '-A INPUT -p tcp -j REJECT --reject-with icmp-admin-prohibited'],
      'n2',
      'n1',
      [
        'DOWN',
        'icmp-admin-prohibited',
        'target',
        'rules',
        '-A INPUT -p tcp -j REJECT --reject-with icmp-admin-prohibited',
      ],
    ],
    [
      'the target resets',
      ['-A INPUT -p tcp -j REJECT --reject-with tcp-reset'],
      'n2',
      'n1',
      [
        'DOWN',
        'tcp-reset-by-firewall',
        'target',
        'rules',
        '-A INPUT -p tcp -j REJECT --reject-with tcp-reset',
      ],
    ],
    [
      'the target takes new connections alone',
      ['-A INPUT -m state --state NEW -j ACCEPT'],
      'n2',
      'n1',
      ['DOWN', 'payload-lost', 'target', 'rules', ':INPUT DROP'],
    ],
    [
      'the source may not send',
      [ESTABLISHED, PEERS, '-A OUTPUT -p tcp -m tcp --dport 4567 -j DROP'],
      'n1',
      'n2',
      ['DOWN', 'send-not-permitted', 'source', 'rules', '-A OUTPUT -p tcp -m tcp --dport 4567 -j DROP'],
    ],
    [
      'the target may not answer',
      [PEERS, '-A OUTPUT -p tcp -m tcp --sport 4567 -j DROP'],
      'n2',
      'n1',
      ['DOWN', 'reply-lost', 'reply', 'rules', '-A OUTPUT -p tcp -m tcp --sport 4567 -j DROP'],
    ],
    [
      'the source takes no answer',
      ['-A INPUT -p tcp -m tcp --dport 4567 --syn -j ACCEPT'],
      'n1',
      'n2',
      ['DOWN', 'reply-lost', 'reply', 'rules', ':INPUT DROP'],
    ],
    [
      'a rule that nobody can decide',
      [ESTABLISHED, '-A INPUT -m limit --limit 5/min -j ACCEPT'],
      'n2',
      'n1',
      ['UNKNOWN', 'rules-undecided', null, 'none', null],
    ],
  ])('%s', (_, rules, from, to, expected) => {
    expect(verdict(with1(...rules), from, to)).toEqual(expected)
  })

  it('asks no answers of a service that never gives one', () => {
    const deaf = closed('-A INPUT -p udp -m udp --dport 4567 -m state --state NEW -j ACCEPT')
    const analysis = run(NODES.map(({ name }) => file(name, deaf)))
    expect(verdict(analysis, 'n1', 'n2', 'galera-udp')).toEqual(['OK', 'rules-accept', null, 'rules', null])
  })

  it('says whose rules are missing, and is DOWN by the other end all the same', () => {
    const analysis = run([file('n1', open), file('n2', closed(ESTABLISHED))])
    expect(verdict(analysis, 'n1', 'n3').slice(0, 2)).toEqual(['UNKNOWN', 'target-rules-missing'])
    expect(verdict(analysis, 'n3', 'n1').slice(0, 2)).toEqual(['UNKNOWN', 'source-rules-missing'])
    expect(verdict(analysis, 'n3', 'n2').slice(0, 2)).toEqual(['DOWN', 'dropped'])
    expect(analysis.report.exitCode).toBe(2)
  })

  it('takes rules of the other family for none', () => {
    const analysis = run(NODES.map(({ name }) => file(name, open, 6)))
    expect(verdict(analysis, 'n1', 'n2').slice(0, 2)).toEqual(['UNKNOWN', 'target-rules-missing'])
  })

  it('judges IPv6 by a listing of old ip6tables', () => {
    const nodes = [
      { name: 'a', address: 'fd00::1' },
      { name: 'b', address: '[fd00::2]'.slice(1, -1) },
    ]
    const analysis = run([file('a', fixture('listings/old-ip6tables.txt'))], nodes)
    expect(verdict(analysis, 'b', 'a', 'galera-udp')).toEqual([
      'DOWN',
      'dropped',
      'target',
      'rules',
      ':INPUT DROP',
    ])
    // -i eth0: a file does not tell on which interface packets come.
    expect(verdict(analysis, 'b', 'a').slice(0, 2)).toEqual(['UNKNOWN', 'rules-undecided'])
  })
})

describe('a node with native nft', () => {
  const INPUT = { family: 'inet', table: 'firewalld', name: 'filter_INPUT', hook: 'input', policy: 'accept' }
  const nft = (...rules: object[][]) =>
    JSON.stringify({
      nftables: [
        { metainfo: { json_schema_version: 1 } },
        { table: { family: 'inet', name: 'firewalld' } },
        { chain: { ...INPUT, type: 'filter', prio: 10 } },
        ...rules.map((expr, index) => ({
          rule: { family: 'inet', table: 'firewalld', chain: 'filter_INPUT', handle: index + 7, expr },
        })),
      ],
    })
  const established = [
    { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['established', 'related'] } },
    { accept: null },
  ]
  const reject = [{ reject: { type: 'icmpx', expr: 'admin-prohibited' } }]
  const own = (nodes = NODES) => run([file('n1', nft(established, reject))], nodes)

  it('may come with the empty file that iptables-save leaves there', () => {
    for (const blank of ['', '\n', '# Generated by nobody\n', '[root@n1 ~]# iptables-save\n']) {
      const analysis = run([file('n1', blank), file('n1', nft(established, reject))])
      expect(analysis.report.flows).toEqual(own().report.flows)
    }
  })

  it('is told of rules of iptables-legacy by a file that has nothing else', () => {
    const warning = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n'
    const { report } = run([file('n1', warning), file('n1', nft(reject))])
    expect(report.findings.map(({ code }) => code)).toContain('legacy-rules-missing')
  })

  it('has the ICMP error of the family, and the rule in words', () => {
    const words = 'reject with icmpx admin-prohibited'
    expect(verdict(own(), 'n2', 'n1')).toEqual(['DOWN', 'icmp-admin-prohibited', 'target', 'rules', words])
    const six = NODES.map(({ name }, index) => ({ name, address: `fd00::${index + 1}` }))
    expect(verdict(own(six), 'n2', 'n1')).toEqual(['DOWN', 'icmp6-adm-prohibited', 'target', 'rules', words])
  })

  it('gets commands, but no script, where its rules are known by the JSON alone', () => {
    const plain = nft(established, reject).replaceAll('firewalld', 'filter')
    const listed = [
      'table inet filter {',
      '\tchain filter_INPUT {',
      '\t\tct state established,related accept # handle 7',
      '\t\treject with icmpx admin-prohibited # handle 8',
      '\t}',
      '}',
      '',
    ].join('\n')
    const json = run([file('n1', plain)])
    expect(json.report.fixes[0]?.commands[0]).toMatch(/^nft 'insert rule inet filter filter_INPUT handle 8 /)
    expect(json.scripts.get('n1')).toContain(
      'rule 2 of filter_INPUT in inet filter is known by its JSON only',
    )
    expect(json.scripts.get('n1')).not.toMatch(/^nft_insert '/m)
    const both = run([file('n1', plain), file('n1', listed)])
    expect(both.scripts.get('n1')).toMatch(/^nft_insert '.*'reject with icmpx admin-prohibited'/m)
  })
})

describe('the fixes', () => {
  it('open every place where the rules block a flow, one plan a node', () => {
    const shut = closed(ESTABLISHED, '-A OUTPUT -p tcp -m tcp --dport 4567 -j DROP')
    const { report, scripts } = run(
      NODES.slice(0, 2).map(({ name }) => file(name, shut)),
      NODES.slice(0, 2),
    )
    const galera = report.fixes.map(({ node, commands }) => [
      node,
      commands.filter((line) => line.includes('4567') && line.includes('tcp')),
    ])
    expect(galera).toEqual([
      [
        'n1',
        [
          'iptables -A INPUT --protocol tcp --match tcp --dport 4567 --source 192.168.70.62 --jump ACCEPT',
          'iptables -I OUTPUT 1 --protocol tcp --match tcp --dport 4567 --destination 192.168.70.62 --jump ACCEPT',
        ],
      ],
      [
        'n2',
        [
          'iptables -A INPUT --protocol tcp --match tcp --dport 4567 --source 192.168.70.61 --jump ACCEPT',
          'iptables -I OUTPUT 1 --protocol tcp --match tcp --dport 4567 --destination 192.168.70.61 --jump ACCEPT',
        ],
      ],
    ])
    expect(report.fixes.map(({ proven }) => proven)).toEqual([true, true])
    expect([...scripts.keys()]).toEqual(['n1', 'n2'])
  })

  it('are none where the rules are not known to block', () => {
    const { report } = run([file('n1', closed(ESTABLISHED, '-A INPUT -m limit --limit 5/min -j ACCEPT'))])
    expect(report.fixes).toEqual([])
  })

  it('stand before the rule of a listing that blocks', () => {
    const { report } = run([file('n1', fixture('listings/rhel-numbered.txt'))])
    expect(report.fixes[0]?.commands[0]).toMatch(/^iptables -I INPUT 6 .*--dport 4567 --source 192.168.70.62/)
  })
})

describe('what is partial is told', () => {
  const codes = (...texts: RulesText[]) =>
    run(texts)
      .report.findings.map(({ code }) => code)
      .slice(1)
  const nft = '{"nftables": [{"metainfo": {"json_schema_version": 1}}]}'

  it('a listing and iptables -S have the filter table alone', () => {
    expect(codes(file('n1', fixture('listings/rhel-numbered.txt')))).toEqual([
      'filter-table-only',
      'nft-not-given',
    ])
    expect(codes(file('n1', '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n'))).toEqual([
      'filter-table-only',
      'nft-not-given',
    ])
  })

  it('nothing where nft speaks too', () => {
    expect(codes(file('n1', closed()), file('n1', nft))).toEqual([])
  })

  it('rules of iptables-legacy that the other iptables has warned of', () => {
    const warned = `# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n${closed()}`
    expect(codes(file('n1', warned))).toContain('legacy-rules-missing')
    const legacy = `# Generated by iptables-legacy-save v1.8.9 on Tue\n${closed()}`
    expect(codes(file('n1', warned), file('n1', legacy))).not.toContain('legacy-rules-missing')
  })
})

describe('files that prove nothing are refused', () => {
  const nft = '{"nftables": []}'
  const SETS = 'create peers hash:ip family inet\n'
  const LIST_ALL = [
    'public (active)',
    '  target: default',
    '  icmp-block-inversion: no',
    '  interfaces: eth0',
    '  services: ssh dhcpv6-client',
    '  masquerade: no',
    '  rich rules: ',
    '',
  ].join('\n')
  it.each<[string, RulesText[], string, RegExp]>([
    [
      'a plain listing',
      [file('n1', fixture('listings/article-after.txt'))],
      'rules-format',
      /iptables -L,.*iptables-save/,
    ],
    ['an empty file', [file('n1', ' \r\n')], 'rules-empty', /n1\.rules is empty\. .*nft -j list ruleset/],
    ['comments alone', [file('n1', '# Warning\n')], 'rules-empty', /n1\.rules has no rules\. /],
    ['two empty files', [file('n1', ''), file('n1', '\n')], 'rules-empty', /is empty/],
    ['sets beside nothing', [file('n1', ''), file('n1', SETS)], 'rules-sets-only', /Add its rules/],
    ['garbage', [file('n1', 'Welcome to n1\n')], 'rules-format', /Expected is/],
    ['ufw status', [file('n1', 'Status: inactive\n')], 'rules-format', /iptables-save where ufw does/],
    ['firewall-cmd', [file('n1', LIST_ALL)], 'rules-format', /nft -j list ruleset where firewalld runs/],
    ['nft in words alone', [file('n1', 'table inet filter {\n}\n')], 'rules-format', /nft -j list ruleset/],
    ['no JSON', [file('n1', '{"nftables": [')], 'rules-syntax', /JSON/],
    ['a dump that breaks off', [file('n1', closed().replace('COMMIT\n', ''))], 'rules-syntax', /no COMMIT/],
    [
      'text of others',
      [file('n1', '*filter\n\u001b]0;x\u0007\n')],
      'rules-syntax',
      /line 2: expected a rule/,
    ],
    ['a table of others', [file('n1', '*filter\n:\u001b[2J - [0:0]\n*filter\n')], 'rules-syntax', /line 3/],
    ['sets alone', [file('n1', 'create peers hash:ip family inet\n')], 'rules-sets-only', /Add its rules/],
    [
      'one thing twice',
      [file('n1', closed()), file('n1', closed())],
      'rules-twice',
      /both hold the iptables rules/,
    ],
    ['nft twice', [file('n1', nft), file('n1', nft)], 'rules-twice', /both hold the nft rules/],
    ['a family for both', [file('n1', nft, 6)], 'rules-family', /without ip6:/],
  ])('%s', (_, texts, code, message) => {
    try {
      run(texts)
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
      return
    }
    throw new Error('was not refused')
  })

  it('but not a dump copied off a terminal', () => {
    const text = `\n[root@n1 ~]# iptables-save\r\n${closed(ESTABLISHED)}\n[root@n1 ~]# \n`
    expect(run([file('n1', text)]).report.flows).toHaveLength(30)
  })
})
