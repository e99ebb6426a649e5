import type { ChainSpec, Effect, Family, Statement } from './scenario.ts'

const HOOKS = { in: 'input', out: 'output', forward: 'forward' } as const
const ICMP: Record<string, string> = {
  'net-unreachable': 'net-unreachable',
  'host-unreachable': 'host-unreachable',
  'port-unreachable': 'port-unreachable',
  'host-prohibited': 'host-prohibited',
  'admin-prohibited': 'admin-prohibited',
  'adm-prohibited': 'admin-prohibited',
  'addr-unreachable': 'addr-unreachable',
}

/** A chain as a native table of its own, beside whatever iptables has. */
export function nftText(chain: ChainSpec, family: Family): string {
  const { established, hook, otherwise, byPolicy, statements } = chain
  const policy = otherwise !== null && byPolicy ? 'drop' : 'accept'
  const lo = hook === 'in' ? ['iifname lo accept'] : hook === 'out' ? ['oifname lo accept'] : []
  const spared = otherwise === null ? [] : [...lo, ...(family === 6 ? ['meta l4proto ipv6-icmp accept'] : [])]
  const rules = [
    ...spared,
    ...(established ? ['ct state established,related accept'] : []),
    ...statements.flatMap((statement) => rulesOf(statement, hook === 'out', family)),
    ...(otherwise !== null && !byPolicy ? [`meta l4proto { tcp, udp } ${verdict(otherwise, family)}`] : []),
  ]
  const head = `type filter hook ${HOOKS[hook]} priority 10; policy ${policy};`
  return `table inet native_${hook} {\n  chain base {\n    ${[head, ...rules].join('\n    ')}\n  }\n}\n`
}

function rulesOf(statement: Statement, out: boolean, family: Family): string[] {
  const { effect, side, protocol, ports, peers, negated, towards, first } = statement
  const ip = family === 4 ? 'ip' : 'ip6'
  const set = (items: readonly (string | number)[]) => `{ ${items.join(', ')} }`
  return [
    [
      ...(first === null ? [] : ['ct state new']),
      ...(peers === null ? [] : [`${ip} ${out ? 'daddr' : 'saddr'} ${negated ? '!= ' : ''}${set(peers)}`]),
      ...(towards === null ? [] : [`${ip} daddr ${set(towards)}`]),
      `${protocol} ${side === 'request' ? 'dport' : 'sport'} ${set(ports)}`,
      verdict(effect, family),
    ].join(' '),
  ]
}

function verdict(effect: Effect, family: Family): string {
  const [word, , kind] = effect.split(' ')
  if (word !== 'REJECT') return effect.toLowerCase()
  if (kind === 'tcp-reset') return 'reject with tcp reset'
  const type = ICMP[kind?.replace(/^icmp6?-/, '') ?? 'port-unreachable']
  return `reject with ${family === 4 ? 'icmp' : 'icmpv6'} type ${type}`
}
