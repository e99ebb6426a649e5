import { FAR, port } from './hosts.ts'
import type { Random } from './random.ts'

/** A named set or verdict map of a table. */
export interface Named {
  readonly name: string
  /** Its key, in nft's types. */
  readonly key: string
}

type Kind = Named & { readonly flags: string; readonly elements: (random: Random) => readonly string[] }

const some = <T>(random: Random, items: readonly T[]): T[] => {
  const chosen = items.filter(() => random.chance(0.5))
  return chosen.length > 0 ? chosen : [random.pick(items)]
}

const SETS: readonly Kind[] = [
  { name: 'four', key: 'ipv4_addr', flags: '', elements: (random) => some(random, FAR[4]) },
  {
    name: 'fournets',
    key: 'ipv4_addr',
    flags: 'flags interval;',
    elements: (random) =>
      some(random, ['10.99.0.11', '10.99.0.12/31', '10.98.0.0/16', '10.99.0.14-10.99.0.20']),
  },
  { name: 'six', key: 'ipv6_addr', flags: '', elements: (random) => some(random, FAR[6]) },
  {
    name: 'sixnets',
    key: 'ipv6_addr',
    flags: 'flags interval;',
    elements: (random) => some(random, ['fd99::11', 'fd99::12/127', 'fd98::/16', 'fd99::14-fd99::20']),
  },
  {
    name: 'ports',
    key: 'inet_service',
    flags: '',
    elements: (random) => some(random, ['22', '3306', '4567', '4568']),
  },
  {
    name: 'portranges',
    key: 'inet_service',
    flags: 'flags interval; auto-merge;',
    elements: (random) => some(random, ['22', '3306-3310', '4444-4567', '60000-65535']),
  },
  {
    name: 'fourport',
    key: 'ipv4_addr . inet_service',
    flags: '',
    elements: (random) => some(random, FAR[4]).map((address) => `${address} . ${port(random)}`),
  },
  {
    name: 'fourportranges',
    key: 'ipv4_addr . inet_service',
    flags: 'flags interval;',
    elements: (random) =>
      some(random, ['10.99.0.11-10.99.0.12 . 4444-4568', '10.99.0.13 . 22', '10.98.0.0/16 . 1-65535']),
  },
  {
    name: 'sixport',
    key: 'ipv6_addr . inet_service',
    flags: 'flags interval;',
    elements: (random) =>
      some(random, ['fd99::11 . 4567', 'fd99::12-fd99::13 . 22-4444', 'fd99::/64 . 3306']),
  },
  {
    name: 'triple',
    key: 'ipv4_addr . inet_proto . inet_service',
    flags: 'flags interval;',
    elements: (random) =>
      some(random, ['10.99.0.0/28 . tcp . 4567-4568', '10.99.0.14 . udp . 4567', '10.99.0.12 . tcp . 22']),
  },
]

/** Some named sets, with their declarations. */
export function randomSets(
  random: Random,
  family: string,
): { sets: readonly Named[]; lines: readonly string[] } {
  const fitting = SETS.filter(({ key }) => {
    if (family === 'ip') return !key.startsWith('ipv6')
    return family !== 'ip6' || !key.startsWith('ipv4')
  })
  const sets = fitting.filter(() => random.chance(0.35))
  const lines = sets.flatMap(({ name, key, flags, elements }) => [
    `  set ${name} {`,
    `    type ${key}; ${flags}`,
    `    elements = { ${[...new Set(elements(random))].join(', ')} }`,
    '  }',
  ])
  return { sets, lines }
}
