import { describe, expect, it } from 'vitest'
import { parsePmm } from '../../src/inventory/pmm.ts'
import { parseOptions } from '../../src/options.ts'

describe('--pmm-server', () => {
  it.each([
    ['pmm.example.org', { name: 'pmm.example.org', address: 'pmm.example.org' }, 443],
    ['10.0.0.9:8443', { name: '10.0.0.9', address: '10.0.0.9' }, 8443],
    ['pmm=dba@10.0.0.9:8443', { name: 'pmm', address: '10.0.0.9', user: 'dba' }, 8443],
    ['fd00::9', { name: 'fd00::9', address: 'fd00::9' }, 443],
    ['pmm=[fd00::9]:8443', { name: 'pmm', address: 'fd00::9' }, 8443],
  ])('takes %s', (text, node, port) => {
    const pmm = parsePmm(text, '3')
    expect(pmm.node).toEqual(node)
    expect(pmm.services.map((service) => service.port)).toEqual([port])
  })

  it.each([
    ['1', 'required'],
    ['pull', 'required'],
    ['auto', 'if-pulled'],
  ] as const)('expects the exporters of --pmm %s: %s', (kind, need) => {
    const [, ...exporters] = parsePmm('pmm', kind).services
    expect(exporters.map((each) => [each.port, each.need])).toEqual([
      [42000, need],
      [42002, need],
    ])
  })

  it.each(['2', '3', 'push'] as const)('expects no exporter of --pmm %s', (kind) => {
    expect(parsePmm('pmm', kind).services.map(({ name }) => name)).toEqual(['pmm-server'])
  })

  it.each([
    ['pmm:0', 'has no port from 1 to 65535'],
    ['pmm:65536', 'has no port from 1 to 65535'],
    ['a b', 'neither a host name'],
    ['', 'names no host|is empty'],
    ['224.0.0.1', 'not the address of one host'],
  ])('refuses "%s" and says why', (text, message) => {
    expect(() => parsePmm(text, 'auto')).toThrow(new RegExp(message))
  })

  it.each(['n1', 'pmm=10.0.0.1', 'N2=10.0.0.9'])('refuses %s, which is a node', (server) => {
    const parsed = parseOptions(['-n', 'n1=10.0.0.1,n2=10.0.0.2', '--pmm-server', server], '0')
    expect(parsed).toMatchObject({ kind: 'error', code: 'bad-pmm-server', exitCode: 3 })
  })

  it('needs an address where nobody is asked, by its own option', () => {
    const words = ['analyze', '-n', 'n1=10.0.0.1', '--pmm-server', 'pmm.lab', '--rules', 'n1=FILE']
    const parsed = parseOptions(words, '0')
    expect(parsed).toMatchObject({ message: expect.stringMatching(/: --pmm-server pmm\.lab=10\.0\.0\.1$/) })
  })

  it('makes one node enough, and its ports can be moved', () => {
    const words = ['-n', 'n1', '--pmm-server', 'pmm', '--pmm', '1', '--service', 'pmm-mysql=42005/tcp']
    const parsed = parseOptions(words, '0')
    if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
    expect(parsed.options.services.find(({ name }) => name === 'pmm-mysql')).toMatchObject({
      port: 42005,
      route: 'pmm-to-member',
    })
  })

  it('of the command pmm, only what is between the nodes and the server', () => {
    const parsed = parseOptions(['pmm', '-n', 'n1,n2', '--pmm-server', 'pmm', '--pmm', 'pull'], '0')
    if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed))
    expect(parsed.options.services.map(({ name }) => name)).toEqual(['pmm-server', 'pmm-linux', 'pmm-mysql'])
  })
})
