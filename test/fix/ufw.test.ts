import { describe, expect, it } from 'vitest'
import { ufwChain, ufwKnows, ufwLines } from '../../src/fix/ufw.ts'
import { access, fixture } from './support.ts'

const RULE = 'from 10.99.0.11 to any port 4567 proto tcp'
const PEER = access('10.99.0.11', 4567)
const HERE = { ...PEER, destination: access('10.99.0.1', 1).source }

describe('ufw', () => {
  it('is given a rule before all others', () => {
    expect(ufwLines(PEER)).toEqual({
      commands: [`ufw prepend allow ${RULE}`],
      undo: [`ufw delete allow ${RULE}`],
    })
    expect(ufwLines(access('fd00:99::11/64', 4567, 'udp')).commands).toEqual([
      'ufw prepend allow from fd00:99::/64 to any port 4567 proto udp',
    ])
    expect(ufwLines(HERE).commands).toEqual([`ufw prepend allow ${RULE.replace('any', '10.99.0.1')}`])
  })

  it('is given nothing that is no port', () => {
    expect(() => ufwLines(access('10.99.0.11', 70000))).toThrow(RangeError)
  })
})

describe('a rule that ufw has of this source, port and protocol', () => {
  const read = (rules: readonly string[], of = PEER) =>
    ufwKnows(
      rules.map((rule) => `-A ${ufwChain(of)} ${rule}`),
      of,
    )
  const spec = '-s 10.99.0.11/32 -p tcp -m tcp --dport 4567'
  const recent = '-m conntrack --ctstate NEW -m recent --set --name DEFAULT --mask 255.255.255.255 --rsource'

  it.each([
    ['allow', [`${spec} -j ACCEPT`]],
    ['deny', [`${spec} -j DROP`]],
    ['reject', [`${spec} -j REJECT --reject-with tcp-reset`]],
    ['deny log', [`${spec} -j ufw-user-logging-input`, `${spec} -j DROP`]],
    [
      'limit',
      [`${spec} ${recent}`, `${spec} ${recent} -j ufw-user-limit`, `${spec} -j ufw-user-limit-accept`],
    ],
  ] as const)('%s', (_action, rules) => {
    expect(read(['-p tcp -m tcp --dport 22 -j ACCEPT', ...rules])).toBe(true)
    expect(read(rules, HERE)).toBe(false)
  })

  it.each([
    '-s 10.99.0.11/32 -i eth0 -p tcp -m tcp --dport 4567 -j ACCEPT',
    '-s 10.99.0.11/32 -d 10.99.0.12/32 -p tcp -m tcp --dport 4567 -j ACCEPT',
    '-s 10.99.0.0/24 -p tcp -m tcp --dport 4567 -j ACCEPT',
    '-s 10.99.0.11/32 -p tcp -m tcp --dport 45670 -j ACCEPT',
    '-s 10.99.0.11/32 -p tcp -m multiport --dports 4567,4568 -j ACCEPT',
    '-s 10.99.0.11/32 -p udp -m udp --dport 4567 -j ACCEPT',
    '-p tcp -m tcp --dport 4567 -j DROP',
  ])('is not %s', (rule) => {
    expect(read([rule])).toBe(false)
  })

  it('is another one where it names an address of this host', () => {
    const rule = '-s 10.99.0.11/32 -d 10.99.0.1/32 -p tcp -m tcp --dport 4567 -j DROP'
    expect(read([rule], HERE)).toBe(true)
    expect(read([rule])).toBe(false)
  })

  it('is found in a real dump, for IPv6 and networks too', () => {
    const rules = (name: string) => fixture(name).split('\n')
    expect(ufwKnows(rules('ufw-full'), access('10.99.0.0/24', 3306))).toBe(true)
    expect(ufwKnows(rules('ufw-full'), access('10.99.0.100', 2222))).toBe(true)
    expect(ufwKnows(rules('ufw-full'), PEER)).toBe(false)
    expect(ufwKnows(rules('ufw6-full'), access('fd00:99::11', 4567))).toBe(true)
  })
})
