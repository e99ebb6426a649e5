import { describe, expect, it } from 'vitest'
import { locateBySettings, namesIn, type Surveyed } from '../../src/check/locate.ts'
import type { NodeSettings } from '../../src/galera/node-settings.ts'
import { planFlows } from '../../src/plan.ts'
import { GALERA_SERVICES, type Service } from '../../src/services.ts'
import { addressOf, endpoint, PORTS, settings, value } from '../findings/view.ts'

const node = (index: number, more: Partial<NodeSettings> = {}, also: Partial<Surveyed> = {}): Surveyed => ({
  name: `n${index + 1}`,
  address: addressOf(index),
  own: ['127.0.0.1', addressOf(index)],
  settings: settings(index, 2, more),
  resolved: new Map(),
  ...also,
})
const advertising = (address: string) => ({
  endpoints: {
    mysql: endpoint(PORTS.mysql),
    galera: endpoint(PORTS.galera, { advertised: value(address) }),
    ist: endpoint(PORTS.ist, { advertised: value(address) }),
    sst: endpoint(PORTS.sst, { advertised: value(address) }),
  },
})
const dialling = (...hosts: string[]) => ({
  clusterAddress: value({ text: '', hosts: hosts.map((host) => ({ host, port: null })), options: new Map() }),
})

/** `SERVICE ADDRESS PORT` of the flows of the first node to the second. */
function flows(nodes: readonly Surveyed[], services: readonly Service[] = GALERA_SERVICES): string[] {
  const endpoints = nodes.map(({ name, address }) => ({
    name,
    address: address ?? '',
    role: 'member' as const,
  }))
  return planFlows(endpoints, endpoints, services, locateBySettings(nodes))
    .filter(({ from }) => from === 'n1')
    .map(({ service, address, port }) => `${service.name} ${address} ${port}`)
}

describe('where a service is probed', () => {
  it('is the given address and the usual port without settings', () => {
    const bare = { settings: null }
    expect(flows([node(0, {}, bare), node(1, {}, bare)])).toEqual([
      'mysql 10.1.1.2 3306',
      'galera 10.1.1.2 4567',
      'ist 10.1.1.2 4568',
      'sst 10.1.1.2 4444',
      'galera-udp 10.1.1.2 4567',
    ])
  })

  it('is the port that the target uses, unless the user has said another', () => {
    const moved = {
      endpoints: { mysql: endpoint(3307), galera: endpoint(5567), ist: endpoint(5568), sst: endpoint(5444) },
    }
    const said = GALERA_SERVICES.map((each) =>
      each.name === 'sst' ? ({ ...each, port: 6444, fixed: true } as const) : each,
    )
    expect(flows([node(0), node(1, moved)], said)).toEqual([
      'mysql 10.1.1.2 3307',
      'galera 10.1.1.2 5567',
      'ist 10.1.1.2 5568',
      'sst 10.1.1.2 6444',
      'galera-udp 10.1.1.2 5567',
    ])
  })

  it('is its own address where the name that the source dials is that of several members', () => {
    const all = [addressOf(2), addressOf(1), addressOf(0)]
    const source = node(0, dialling('pxc-headless'), { resolved: new Map([['pxc-headless', all]]) })
    const [second, third] = [node(1), node(2)]
    expect(flows([source, second, third]).filter((each) => each.startsWith('galera '))).toEqual([
      'galera 10.1.1.2 4567',
      'galera 10.1.1.3 4567',
    ])
  })

  it('is the address that the target tells its peers, and for group communication the one that the source dials', () => {
    const two = { own: ['10.1.1.2', '10.2.2.2'] }
    expect(flows([node(0), node(1, advertising('10.2.2.2'), two)])).toEqual([
      'mysql 10.1.1.2 3306',
      'galera 10.1.1.2 4567',
      'ist 10.2.2.2 4568',
      'sst 10.2.2.2 4444',
      'galera-udp 10.2.2.2 4567',
    ])
    const dials = node(0, dialling('10.1.1.1', '10.2.2.2'))
    expect(flows([dials, node(1, {}, two)])).toContain('galera 10.2.2.2 4567')
  })

  it('is what a name leads to on the source, its first address alone', () => {
    const six = 'fd00::2'
    const resolved = new Map([['db2', [six, '10.1.1.2']]])
    const source = node(0, dialling('db2'), { resolved })
    const target = node(1, advertising('db2'), { own: ['10.1.1.2', six] })
    expect(flows([source, target])).toEqual(expect.arrayContaining([`galera ${six} 4567`, `ist ${six} 4568`]))
    const deaf = { ...source, resolved: new Map() }
    expect(flows([deaf, target])).toEqual(
      expect.arrayContaining(['galera 10.1.1.2 4567', 'ist 10.1.1.2 4568']),
    )
  })

  it.each([
    ['loopback', '127.0.1.1'],
    ['every address', '0.0.0.0'],
    ['a multicast group', '239.192.0.11'],
    ['a link-local one', 'fe80::1'],
    ['the source itself', '10.1.1.1'],
    ['no address', '-oProxyCommand=x'],
  ])('is never %s, whatever a node tells', (_, told) => {
    expect(flows([node(0), node(1, advertising(told))])).toEqual(
      expect.arrayContaining(['ist 10.1.1.2 4568', 'sst 10.1.1.2 4444', 'galera-udp 10.1.1.2 4567']),
    )
  })

  it('is never that of another member, whose settings were copied', () => {
    const copied = node(1, advertising('10.1.1.3'))
    expect(flows([node(0), copied, node(2)]).slice(0, 5)).toEqual([
      'mysql 10.1.1.2 3306',
      'galera 10.1.1.2 4567',
      'ist 10.1.1.2 4568',
      'sst 10.1.1.2 4444',
      'galera-udp 10.1.1.2 4567',
    ])
  })

  it('an arbitrator has no data: group communication only, to it and from it', () => {
    const garbd = { flavour: 'garbd' } as const
    for (const nodes of [
      [node(0), node(1, garbd)],
      [node(0, garbd), node(1)],
    ]) {
      expect(flows(nodes)).toEqual(['galera 10.1.1.2 4567', 'galera-udp 10.1.1.2 4567'])
    }
  })
})

it('asks for the names that settings speak of, and for nothing that is no name', () => {
  const told = [settings(0, 2, dialling('db1', '10.1.1.2', 'db 2', '-x')), settings(1, 2, advertising('db1'))]
  expect(namesIn(told)).toEqual(['db1'])
})
