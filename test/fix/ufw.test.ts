import { describe, expect, it } from 'vitest'
import { ufwActionOf, ufwChain, ufwLines } from '../../src/fix/ufw.ts'
import { access, fixture } from './support.ts'

const RULE = 'from 10.99.0.11 to any port 4567 proto tcp'
const PEER = access('10.99.0.11', 4567)

describe('ufw', () => {
  it('is given a rule before all others', () => {
    expect(ufwLines(PEER, null)).toEqual({
      commands: [`ufw prepend allow ${RULE}`],
      undo: [`ufw delete allow ${RULE}`],
    })
    expect(ufwLines(access('fd00:99::11/64', 4567, 'udp'), null).commands).toEqual([
      'ufw prepend allow from fd00:99::/64 to any port 4567 proto udp',
    ])
  })

  it('must forget the rule that comes too late', () => {
    expect(ufwLines(PEER, 'allow')).toEqual({
      commands: [`ufw delete allow ${RULE}`, `ufw prepend allow ${RULE}`],
      undo: [`ufw delete allow ${RULE}`, `ufw allow ${RULE}`],
    })
    expect(ufwLines(PEER, 'allow log').commands[0]).toBe(`ufw delete allow log ${RULE}`)
  })

  it.each(['deny', 'reject', 'limit', 'deny log'] as const)(
    'has its rule turned where it says %s',
    (action) => {
      expect(ufwLines(PEER, action)).toEqual({
        commands: [`ufw allow ${RULE}`],
        undo: [`ufw ${action} ${RULE}`],
      })
    },
  )

  it('is given nothing that is no port', () => {
    expect(() => ufwLines(access('10.99.0.11', 70000), null)).toThrow(RangeError)
  })
})

describe('the rule that ufw has of this source, port and protocol', () => {
  const read = (rules: readonly string[], of = PEER) =>
    ufwActionOf(
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
  ] as const)('%s', (action, rules) => {
    expect(read(['-p tcp -m tcp --dport 22 -j ACCEPT', ...rules])).toBe(action)
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
    expect(read([rule])).toBeNull()
  })

  it('is found in a real dump, for IPv6 and networks too', () => {
    const rules = (name: string) => fixture(name).split('\n')
    expect(ufwActionOf(rules('ufw-full'), access('10.99.0.0/24', 3306))).toBe('allow')
    expect(ufwActionOf(rules('ufw-full'), access('10.99.0.100', 2222))).toBe('limit')
    expect(ufwActionOf(rules('ufw-full'), PEER)).toBeNull()
    expect(ufwActionOf(rules('ufw6-full'), access('fd00:99::11', 4567))).toBe('allow')
  })
})
