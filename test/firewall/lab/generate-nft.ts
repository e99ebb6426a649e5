import type { Hook } from '../../../src/firewall/evaluate.ts'
import { port, WIRE } from './hosts.ts'
import { inwards, type Matches, randomMatches, type Setting } from './nft-matches.ts'
import { randomSets } from './nft-sets.ts'
import type { Random } from './random.ts'

const TABLES = ['ip fw', 'ip6 fw', 'inet filter', 'inet fw', 'inet firewalld', 'netdev early']
/** Where iptables-nft keeps its own. */
const SHARED = ['ip filter', 'ip6 filter']
const PRIORITIES = [-300, -250, -160, -150, -140, -10, -5, -1, 1, 5, 10, 11, 20, 49, 60]
const COMMENTS = ['x -j DROP $HOME `id`', "$(touch /tmp/never) '; drop", 'é \\ } accept']

/** A loadable file of native rules on the way of the packets of one hook. `shared`: also in tables named as iptables' own. */
export function randomNft(random: Random, hook: Hook, shared: boolean): string {
  const names = shared ? [...TABLES, ...SHARED] : TABLES
  const chosen = new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(names)))
  return `${[...chosen].flatMap((name) => table(random, name, hook)).join('\n')}\n`
}

function table(random: Random, name: string, hook: Hook): string[] {
  const [family = ''] = name.split(' ')
  const { sets, lines } = randomSets(random, family)
  const hooks = hooksOf(family, hook)
  const bases = Array.from({ length: 1 + random.below(3) }, (_, n) => {
    const at = random.pick(hooks)
    return { chain: `base${n}`, setting: settingOf(random, family, at, sets) }
  })
  return [
    `table ${name} {`,
    ...lines,
    ...bases.flatMap(({ chain, setting }) => baseChain(random, chain, setting)),
    ...(random.chance(0.2) && family !== 'netdev' ? decoy(hook) : []),
    '}',
  ]
}

type At = Setting['hook']

function hooksOf(family: string, hook: Hook): readonly At[] {
  if (family === 'netdev') return [hook === 'INPUT' ? 'ingress' : 'egress']
  return hook === 'INPUT'
    ? ['input', 'input', 'input', 'prerouting']
    : ['output', 'output', 'output', 'postrouting']
}

function settingOf(random: Random, family: string, hook: At, sets: Setting['sets']): Setting {
  const priority = random.chance(0.2) ? 0 : random.pick(PRIORITIES)
  return { family: family as Setting['family'], hook, priority, sets }
}

function baseChain(random: Random, name: string, setting: Setting): string[] {
  const device = setting.family === 'netdev' ? ` device "${WIRE}"` : ''
  const policy = random.chance(0.3) ? 'drop' : 'accept'
  const callable = ['a', 'b', 'c'].slice(0, random.below(4)).map((letter) => `${name}${letter}`)
  const users = callable.map((chain, n) => {
    return userChain(random, chain, setting, callable.slice(n + 1), 1 + random.below(4))
  })
  return [
    // A chain must be known before a rule or a map leads to it.
    ...users.reverse().flat(),
    `  chain ${name} {`,
    `    type filter hook ${setting.hook}${device} priority ${setting.priority}; policy ${policy};`,
    ...rules(random, setting, callable, 2 + random.below(6)),
    '  }',
  ]
}

function userChain(
  random: Random,
  name: string,
  setting: Setting,
  callable: readonly string[],
  count: number,
) {
  return [`  chain ${name} {`, ...rules(random, setting, callable, count), '  }']
}

/** Never on the packets' way. */
function decoy(hook: Hook): string[] {
  const other = hook === 'INPUT' ? 'output' : 'input'
  return [
    '  chain decoy {',
    `    type filter hook ${other} priority 5; policy accept;`,
    '    counter accept',
    '  }',
    '  chain forwarded {',
    '    type filter hook forward priority 0; policy drop;',
    '  }',
  ]
}

function rules(random: Random, setting: Setting, callable: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => `    ${rule(random, setting, callable)}`)
}

function rule(random: Random, setting: Setting, callable: readonly string[]): string {
  if (random.chance(0.12)) return verdictMap(random, setting, callable)
  const matches = randomMatches(random, setting)
  const log = random.chance(0.08) ? 'log prefix "x drop "' : ''
  const comment = random.chance(0.1) ? `comment "${random.pick(COMMENTS)}"` : ''
  const early = setting.priority < -200 && setting.family !== 'netdev' && random.chance(0.2)
  const end =
    early && (setting.hook === 'prerouting' || setting.hook === 'output')
      ? 'notrack'
      : ending(random, setting, callable, matches)
  return [matches.text, log, counter(random), end, comment].filter(Boolean).join(' ') || 'counter'
}

const counter = (random: Random) => (random.chance(0.8) ? 'counter' : '')

function ending(random: Random, setting: Setting, callable: readonly string[], matches: Matches): string {
  if (callable.length > 0 && random.chance(0.35))
    return `${random.pick(['jump', 'jump', 'goto'])} ${random.pick(callable)}`
  const plain = ['accept', 'accept', 'accept', 'drop', 'return', 'continue', 'meta mark set 0x0', '']
  return random.pick([...plain, ...rejects(setting, matches)])
}

function rejects({ family, hook }: Setting, matches: Matches): string[] {
  if (hook !== 'input' && hook !== 'output' && hook !== 'prerouting') return []
  const six = ['reject with icmpv6 type admin-prohibited', 'reject with icmpv6 type addr-unreachable']
  const four = ['reject with icmp type host-prohibited', 'reject with icmp type net-unreachable']
  const any = [
    'reject with icmpx type admin-prohibited',
    'reject with icmpx type no-route',
    'reject with icmpx type host-unreachable',
  ]
  return [
    'reject',
    ...(matches.layer4 === 'tcp' ? ['reject with tcp reset'] : []),
    ...(matches.family === 4 ? four : matches.family === 6 ? six : []),
    ...(family === 'inet' ? any : []),
    ...(family === 'inet' && matches.family === null && matches.layer4 !== 'icmp' ? [...four, ...six] : []),
  ]
}

function verdictMap(random: Random, setting: Setting, callable: readonly string[]): string {
  const verdict = () =>
    callable.length > 0 && random.chance(0.5)
      ? `${random.pick(['jump', 'jump', 'goto'])} ${random.pick(callable)}`
      : random.pick(['accept', 'drop', 'return', 'continue'])
  const map = (...keys: readonly (string | number)[]) =>
    `{ ${keys.map((key) => `${key} : ${verdict()}`).join(', ')} }`
  const side = inwards(setting) ? 'saddr' : 'daddr'
  const four = [
    `${counter(random)} ip ${side} vmap ${map('10.99.0.11', '10.99.0.12-10.99.0.13', '10.98.0.0/16')}`,
    `ip ${side} vmap ${map('10.99.0.11', '10.99.0.14')}`,
    `ip ${side} . tcp dport vmap ${map('10.99.0.11 . 4567', '10.99.0.12 . 22', '10.99.0.13-10.99.0.14 . 4444-4567')}`,
  ]
  const six = [
    `ip6 ${side} vmap ${map('fd99::11', 'fd99::12/127')}`,
    `ip6 ${side} . tcp dport vmap ${map('fd99::12 . 22', 'fd99::11 . 4567')}`,
  ]
  const any = [
    `tcp dport vmap ${map(port(random), 1)}`,
    `tcp dport vmap ${map('22-4444', '4567-4568')}`,
    `${counter(random)} udp dport vmap ${map(4567)}`,
    `meta l4proto vmap ${map('tcp', 'udp')}`,
    `${inwards(setting) ? 'iifname' : 'oifname'} vmap ${map('"lo"', '"vb"')}`,
  ]
  const tracked = [
    `ct state vmap ${map('established', 'related', 'invalid')}`,
    `ct state vmap ${map('new', 'established')}`,
  ]
  return random.pick([
    ...(setting.family === 'ip6' ? [] : four),
    ...(setting.family === 'ip' ? [] : six),
    ...any,
    ...(setting.family === 'netdev' ? [] : tracked),
  ])
}
