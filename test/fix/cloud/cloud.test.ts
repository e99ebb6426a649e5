import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LostFlow } from '../../../src/fix/cloud/opening.ts'
import { cloudFixes } from '../../../src/fix/cloud/plan.ts'
import type { Cloud } from '../../../src/inventory/cloud.ts'
import { parseClouds } from '../../../src/inventory/cloud.ts'
import { canonicalAddress } from '../../../src/inventory/host-address.ts'
import type { Fix } from '../../../src/report/report.ts'
import { isSafe } from '../../../src/terminal/escape.ts'
import { openedBy, option, policyOf } from './read-calls.ts'
import { runCommands } from './run-commands.ts'

const KINDS = ['aws', 'gcp', 'azure', 'kubernetes'] as const
const NAMED: Readonly<Record<Cloud['kind'], string>> = {
  aws: 'aws=sg-0123456789abcdef0',
  gcp: 'gcp=db-net',
  azure: 'azure=db-rg(1)/db-nsg',
  kubernetes: 'kubernetes=db/app.kubernetes.io/name=pxc',
}

function lost(part: Partial<LostFlow> = {}): LostFlow {
  const flow: LostFlow = {
    id: '',
    from: 'n1',
    to: 'n2',
    address: '10.0.0.2',
    source: '10.0.0.1',
    sentFrom: null,
    protocol: 'tcp',
    port: 4567,
    ...part,
  }
  return { ...flow, id: part.id ?? `${flow.source}->${flow.to}/${flow.port}/${flow.protocol}` }
}

const fixesFor = (flows: readonly LostFlow[], ...items: string[]) => cloudFixes(flows, parseClouds(items))
const commandsFor = (flows: readonly LostFlow[], item: string) =>
  fixesFor(flows, item).flatMap(({ commands }) => commands)

describe('the commands of each cloud', () => {
  const flows = [
    lost({ port: 4568 }),
    lost({ port: 4567 }),
    lost({ source: '10.0.0.3' }),
    lost({ source: '10.0.0.3', port: 4568 }),
    lost({ source: '10.0.0.4', protocol: 'udp' }),
  ]

  it('aws: a command for each rule, neighbouring ports as a range', () => {
    const permission = (protocol: string, from: number, to: number, source: string) =>
      `'[{"IpProtocol":"${protocol}","FromPort":${from},"ToPort":${to},"IpRanges":[{"CidrIp":"${source}/32","Description":"pxc-netcheck"}]}]'`
    const line = 'aws ec2 authorize-security-group-ingress --group-id sg-0123456789abcdef0 --ip-permissions'
    const [fix] = fixesFor(flows, NAMED.aws)
    expect(fix?.commands).toEqual([
      `${line} ${permission('tcp', 4567, 4568, '10.0.0.1')}`,
      `${line} ${permission('tcp', 4567, 4568, '10.0.0.3')}`,
      `${line} ${permission('udp', 4567, 4567, '10.0.0.4')}`,
    ])
    expect(fix?.undo[2]).toBe(
      `aws ec2 revoke-security-group-ingress --group-id sg-0123456789abcdef0 --ip-permissions '[{"IpProtocol":"udp","FromPort":4567,"ToPort":4567,"IpRanges":[{"CidrIp":"10.0.0.4/32"}]}]'`,
    )
  })

  it('aws: a range is of one protocol', () => {
    const commands = commandsFor([lost(), lost({ protocol: 'udp', port: 4568 })], NAMED.aws)
    expect(runCommands(commands).calls.flatMap(openedBy)).toEqual([
      '10.0.0.1/32 tcp/4567',
      '10.0.0.1/32 udp/4568',
    ])
  })

  it('aws: IPv6 has ranges of its own', () => {
    const [call = []] = runCommands(
      commandsFor([lost({ address: 'fd00::2', source: 'FD00:0::01' })], NAMED.aws),
    ).calls
    expect(JSON.parse(option(call, '--ip-permissions')[0] ?? '')).toEqual([
      {
        IpProtocol: 'tcp',
        FromPort: 4567,
        ToPort: 4567,
        Ipv6Ranges: [{ CidrIpv6: 'fd00::1/128', Description: 'pxc-netcheck' }],
      },
    ])
  })

  it('gcp: a rule for each product, both protocols in one', () => {
    expect(commandsFor(flows, NAMED.gcp)).toEqual([
      expect.stringMatching(
        /^gcloud compute firewall-rules create pxc-netcheck-[0-9a-f]{8} --network db-net --direction INGRESS --action ALLOW --rules tcp:4567,tcp:4568 --source-ranges 10\.0\.0\.1\/32,10\.0\.0\.3\/32 --destination-ranges 10\.0\.0\.2\/32 --priority 900$/,
      ),
      expect.stringMatching(/ --rules udp:4567 --source-ranges 10\.0\.0\.4\/32 /),
    ])
    const both = commandsFor([lost(), lost({ protocol: 'udp' })], NAMED.gcp)
    expect(both).toEqual([expect.stringContaining(' --rules tcp:4567,udp:4567 ')])
  })

  it('azure: a rule for each protocol', () => {
    const commands = commandsFor([lost(), lost({ protocol: 'udp' }), lost({ port: 3306 })], NAMED.azure)
    expect(commands).toEqual([
      expect.stringMatching(
        /^az network nsg rule create --resource-group 'db-rg\(1\)' --nsg-name db-nsg --name pxc-netcheck-[0-9a-f]{8} --priority \d+ --direction Inbound --access Allow --protocol Tcp --source-address-prefixes 10\.0\.0\.1\/32 --destination-address-prefixes 10\.0\.0\.2\/32 --destination-port-ranges 3306 4567 --output none$/,
      ),
      expect.stringMatching(/ --protocol Udp .* --destination-port-ranges 4567 --output none$/),
    ])
  })

  it('kubernetes: one policy for a target', () => {
    const [list, apply = []] = runCommands(commandsFor(flows, NAMED.kubernetes)).calls
    expect(list).toEqual(['kubectl', 'get', 'networkpolicy', '--namespace', 'db', '--output', 'name'])
    expect(apply.slice(0, -1)).toEqual(['kubectl', 'apply', '--filename', '-'])
    const port = (protocol: string, number: number) => ({ protocol, port: number })
    expect(policyOf(apply)).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: expect.stringMatching(/^pxc-netcheck-[0-9a-f]{8}$/), namespace: 'db' },
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'pxc' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ ipBlock: { cidr: '10.0.0.1/32' } }, { ipBlock: { cidr: '10.0.0.3/32' } }],
            ports: [port('TCP', 4567), port('TCP', 4568)],
          },
          { from: [{ ipBlock: { cidr: '10.0.0.4/32' } }], ports: [port('UDP', 4567)] },
        ],
      },
    })
  })

  it('kubernetes: where no policy is, none is made, since it would close the rest', () => {
    const { calls, stderr } = runCommands(commandsFor(flows, NAMED.kubernetes), '')
    expect(calls.map(([, verb]) => verb)).toEqual(['get'])
    expect(stderr).toBe('No NetworkPolicy was found in db, so none blocks: not applied.\n')
  })

  it.each(KINDS)('%s: a place to fill in is one that the cloud refuses, and the note says so', (kind) => {
    const [fix] = fixesFor([lost()], kind)
    expect(fix?.commands.join('\n')).toContain('REPLACE-ME')
    expect(fix?.note).toContain(`in place of REPLACE-ME, or give it: --cloud ${kind}=`)
    const [named] = fixesFor([lost()], NAMED[kind])
    expect(`${named?.commands.join('\n')}${named?.undo.join('\n')}${named?.note}`).not.toContain('REPLACE-ME')
  })

  it.each([
    ['aws', /Duplicate is fine.*every member.*ACLs .*stateless/],
    ['gcp', /inside the network.*lowest priority.*EGRESS/],
    ['azure', /SecurityRuleConflict.*100 to 4096.*Outbound/],
    ['kubernetes', /^Only where a policy selects the pod already.*close all.*podSelector/],
  ] as const)('%s: what the commands cannot know stands in the note', (kind, expected) => {
    const [fix] = fixesFor([lost()], NAMED[kind])
    expect(fix?.note).toMatch(expected)
  })

  it('a source that says it has another address is let in by none of its own telling', () => {
    const [fix] = fixesFor(
      [lost({ sentFrom: '10.9.9.9' }), lost({ sentFrom: '10.9.9.9', port: 1 })],
      NAMED.aws,
    )
    expect(fix?.commands.join()).not.toContain('10.9.9.9')
    expect(fix?.note?.match(/n1 says that it sent from 10\.9\.9\.9, not from 10\.0\.0\.1/g)).toHaveLength(1)
  })
})

describe('names and numbers of rules', () => {
  const names = (flows: readonly LostFlow[], kind: Cloud['kind']) =>
    commandsFor(flows, NAMED[kind]).flatMap((line) => /pxc-netcheck-[0-9a-f]{8}/.exec(line)?.[0] ?? [])

  it.each(['gcp', 'azure', 'kubernetes'] as const)('%s: the same for the same rule, else others', (kind) => {
    const [first] = names([lost()], kind)
    expect(names([lost({ id: 'x', from: 'y' })], kind)).toEqual([first])
    const others = [lost({ port: 4568 }), lost({ protocol: 'udp' }), lost({ source: '10.0.0.9' })]
    const all = [first, ...others.flatMap((other) => names([other], kind))]
    expect(new Set(all).size).toBe(4)
  })

  it('azure: each number once in a group, for all targets together', () => {
    const flows = Array.from({ length: 990 }, (_, index) =>
      lost({ to: `n${index}`, address: `10.1.${index >> 8}.${index & 255}` }),
    )
    const numbers = commandsFor(flows, NAMED.azure).map((line) => Number(/--priority (\d+) /.exec(line)?.[1]))
    expect(new Set(numbers).size).toBe(990)
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(100)
    expect(Math.max(...numbers)).toBeLessThanOrEqual(4096)
  })

  it('azure: more rules than numbers are not made up', () => {
    const flows = Array.from({ length: 4200 }, (_, index) =>
      lost({ to: `n${index}`, address: `10.1.${index >> 8}.${index & 255}` }),
    )
    const fixes = fixesFor(flows, NAMED.azure)
    const none = fixes.filter(({ commands }) => commands.length === 0)
    expect(none.length).toBeGreaterThan(0)
    expect(none.every(({ opens, note }) => opens.length === 0 && /does not hold/.test(note ?? ''))).toBe(true)
    const numbers = fixes.flatMap(({ commands }) =>
      commands.map((l) => Number(/--priority (\d+) /.exec(l)?.[1])),
    )
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(Math.max(...numbers)).toBe(4096)
  })
})

describe('any set of lost flows', () => {
  const port = fc.record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    port: fc.constantFrom(1, 3306, 4444, 4567, 4568, 4569, 65_535),
  })
  const sources = {
    4: ['10.0.0.1', '10.0.0.3', '10.255.0.10', '10.20.0.0/16', '192.168.1.128/25'],
    6: ['fd00::1', 'FD00:0:0::000A', '2001:db8::1:0:0:1', 'fd00:0:0:7::/64', 'fe80:1::'],
  }
  const targets = [
    { to: 'n1', address: '10.0.0.2', family: 4 },
    { to: 'n2', address: '10.0.0.254', family: 4 },
    { to: 'n-6', address: 'fd00::2', family: 6 },
  ] as const
  const flow = fc
    .tuple(fc.constantFrom(...targets), fc.nat(4), port)
    .map(([{ to, address, family }, source, ports]) =>
      lost({ to, address, source: sources[family][source] ?? '', ...ports }),
    )
  const flowsOf = fc.array(flow, { minLength: 1, maxLength: 25 })

  const cidr = (text: string) =>
    text.includes('/') ? text : `${canonicalAddress(text)}/${text.includes(':') ? 128 : 32}`
  const wanted = (flows: readonly LostFlow[], withTarget: boolean) =>
    [
      ...new Set(
        flows.map(
          ({ source, protocol, port: number, address }) =>
            `${cidr(source)} ${protocol}/${number}${withTarget ? ` -> ${cidr(address)}` : ''}`,
        ),
      ),
    ].sort()

  function check(kind: Cloud['kind'], flows: readonly LostFlow[], fixes: readonly Fix[]): void {
    const order = [...new Set(flows.map(({ to }) => to))]
    expect(fixes.map(({ node }) => node)).toEqual(order)
    for (const fix of fixes) {
      const own = flows.filter(({ to }) => to === fix.node)
      expect(fix).toMatchObject({
        backend: 'cloud',
        persist: [],
        proven: false,
        opens: own.map(({ id }) => id),
      })
      const { calls } = runCommands(fix.commands)
      const opened = calls.flatMap(openedBy)
      expect(opened.toSorted()).toEqual(wanted(own, kind === 'gcp' || kind === 'azure'))
      const undone = runCommands(fix.undo).calls
      if (kind === 'aws') {
        expect(undone.flatMap(openedBy)).toEqual(opened)
        expect(undone.every((call) => call[2] === 'revoke-security-group-ingress')).toBe(true)
      } else {
        const made = calls.flat().flatMap((word) => word.match(/pxc-netcheck-[0-9a-f]{8}/g) ?? [])
        expect(undone.map((call) => call.find((word) => word.startsWith('pxc-netcheck-')))).toEqual(made)
        expect(undone.every((call) => call.includes('delete'))).toBe(true)
      }
      expect([...fix.commands, ...fix.undo, fix.note].every((line) => isSafe(line ?? ''))).toBe(true)
    }
  }

  it.each(KINDS)('%s: what is opened is what was blocked, and nothing else', (kind) => {
    fc.assert(
      fc.property(flowsOf, (flows) => {
        check(kind, flows, fixesFor(flows, NAMED[kind]))
      }),
      { numRuns: 25 },
    )
  })
})

describe('text of others', () => {
  const hostile = [
    '',
    'n2',
    '10.0.0.1;id',
    '10.0.0.1\n',
    '$(id)',
    '10.0.0.1/33',
    '10.0.0.1/8/8',
    'fe80::1%eth0',
  ]

  it.each(KINDS.flatMap((kind) => hostile.map((text) => [kind, text] as const)))(
    '%s: %j is no address',
    (kind, text) => {
      expect(() => fixesFor([lost({ source: text })], kind)).toThrow(RangeError)
      expect(() => fixesFor([lost({ address: text })], kind)).toThrow(RangeError)
    },
  )

  it.each([
    ['a mask', { source: '10.0.0.0/255.0.255.0' }],
    ['another family', { source: 'fd00::1' }],
    ['a port of words', { port: '4567 --source-ranges 0.0.0.0/0' as unknown as number }],
    ['port 0', { port: 0 }],
    ['half a port', { port: 4567.5 }],
    ['a protocol of its own', { protocol: 'all' as 'tcp' }],
  ])('%s throws', (_, part) => {
    for (const kind of KINDS) expect(() => fixesFor([lost(part)], kind)).toThrow(RangeError)
  })

  it('names stay one word each, whatever is in them', () => {
    const name = `'; touch owned; echo "$(id)\``
    const clouds: Cloud[] = [
      { kind: 'aws', group: name },
      { kind: 'gcp', network: name },
      { kind: 'azure', group: { resourceGroup: name, nsg: name } },
      { kind: 'kubernetes', pods: { namespace: name, key: name, value: name } },
    ]
    for (const cloud of clouds) {
      const fixes = cloudFixes([lost()], [cloud])
      const { calls } = runCommands(fixes.flatMap(({ commands }) => commands))
      const [call = []] = calls.slice(-1)
      if (cloud.kind === 'kubernetes') expect(policyOf(call).metadata.namespace).toBe(name)
      else expect(call).toContain(name)
      expect(openedBy(call)).toHaveLength(1)
    }
    const lines: Cloud[] = [
      { kind: 'aws', group: 'a\nb' },
      { kind: 'kubernetes', pods: { namespace: 'db\nEOF\nid', key: 'a', value: 'b' } },
    ]
    for (const cloud of lines) expect(() => cloudFixes([lost()], [cloud])).toThrow(RangeError)
  })
})
