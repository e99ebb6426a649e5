import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/inventory/input-error.ts'
import { chooseServices, type ServiceChoice } from '../../src/inventory/services.ts'
import { GALERA_SERVICES } from '../../src/services.ts'

function choose(choice: Partial<ServiceChoice>) {
  return chooseServices(GALERA_SERVICES, { add: [], only: [], skip: [], ...choice })
}

function names(choice: Partial<ServiceChoice>): string {
  return choose(choice)
    .map(({ name, port, protocol }) => `${name}=${port}/${protocol}`)
    .join(' ')
}

describe('chooseServices', () => {
  it.each<[string, Partial<ServiceChoice>, string]>([
    ['all', {}, 'mysql=3306/tcp galera=4567/tcp ist=4568/tcp sst=4444/tcp galera-udp=4567/udp'],
    ['only, in the order of the catalogue', { only: ['sst', 'galera'] }, 'galera=4567/tcp sst=4444/tcp'],
    ['skip', { skip: ['mysql', 'galera-udp'] }, 'galera=4567/tcp ist=4568/tcp sst=4444/tcp'],
    ['skip wins over only', { only: ['ist', 'sst'], skip: ['sst'] }, 'ist=4568/tcp'],
    ['a moved port', { add: ['mysql=3307/tcp'], only: ['mysql'] }, 'mysql=3307/tcp'],
    [
      'a freed port',
      { add: ['mysql=3307/tcp', 'proxy=3306/tcp'], only: ['mysql', 'proxy'] },
      'mysql=3307/tcp proxy=3306/tcp',
    ],
  ])('%s', (_, choice, expected) => {
    expect(names(choice)).toBe(expected)
  })

  it('an added service is required and should listen', () => {
    expect(choose({ add: ['mysqlx=33060/tcp'] }).at(-1)).toEqual({
      name: 'mysqlx',
      port: 33060,
      protocol: 'tcp',
      listens: 'always',
      need: 'required',
      route: 'members',
      purpose: 'added with --service',
    })
  })

  it('a moved service stays what it is', () => {
    const [moved] = choose({ add: ['ist=5568/tcp'], only: ['ist'] })
    expect(moved).toMatchObject({ listens: 'during-transfer', port: 5568 })
    expect(GALERA_SERVICES[2]).toMatchObject({ port: 4568 })
  })

  it.each<[string, Partial<ServiceChoice>, string, RegExp]>([
    ['no protocol', { add: ['x=1'] }, 'bad-service', /--service mysqlx=33060\/tcp/],
    ['port 0', { add: ['x=0/tcp'] }, 'bad-service', /1 to 65535/],
    ['port 65536', { add: ['x=65536/tcp'] }, 'bad-service', /1 to 65535/],
    ['another protocol', { add: ['x=1/sctp'] }, 'bad-service', /tcp or udp/],
    ['a hostile name', { add: ['\x1b]0;x\x07\u202e=1/tcp'] }, 'bad-service', /"\\u\{202e\}=1\/tcp"/],
    [
      'a catalogue name with another protocol',
      { add: ['galera=4567/udp'] },
      'service-protocol',
      /galera=4567\/tcp/,
    ],
    ['a name twice', { add: ['x=1/tcp', 'x=2/tcp'] }, 'service-twice', /x twice/],
    ['a port that is taken', { add: ['x=4567/tcp'] }, 'service-port-taken', /already the port of galera/],
    ['an unknown --only', { only: ['mysqll'] }, 'unknown-service', /mysql, galera, ist, sst, galera-udp/],
    ['an unknown --skip', { skip: [''] }, 'unknown-service', /--skip/],
    ['nothing left', { only: ['sst'], skip: ['sst'] }, 'no-services', /leave no service/],
  ])('refuses %s', (_, choice, code, message) => {
    const attempt = () => choose(choice)
    expect(attempt).toThrow(InputError)
    expect(attempt).toThrow(expect.objectContaining({ code }))
    expect(attempt).toThrow(message)
  })
})
