import type { Match } from './model.ts'

/** Types by name, as iptables and nft list them; other names stay unknown. */
export const ICMP_TYPES: Record<4 | 6, ReadonlyMap<string, number>> = {
  4: new Map([
    ['echo-reply', 0],
    ['destination-unreachable', 3],
    ['redirect', 5],
    ['echo-request', 8],
    ['time-exceeded', 11],
    ['parameter-problem', 12],
  ]),
  6: new Map([
    ['destination-unreachable', 1],
    ['packet-too-big', 2],
    ['time-exceeded', 3],
    ['parameter-problem', 4],
    ['echo-request', 128],
    ['echo-reply', 129],
    ['router-solicitation', 133],
    ['router-advertisement', 134],
    ['neighbour-solicitation', 135],
    ['neighbour-advertisement', 136],
    ['nd-router-solicit', 133],
    ['nd-router-advert', 134],
    ['nd-neighbor-solicit', 135],
    ['nd-neighbor-advert', 136],
  ]),
}

/** Reads `8`, `3/4`, `any` or a name; null for a name that is not in the table. */
export function readIcmp(family: 4 | 6, argument: string, negated: boolean): Match | null {
  const text = argument.toLowerCase()
  if (text === 'any') return { kind: 'icmp', family, type: null, code: null, negated }
  const found = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text)
  const type = found ? Number(found[1]) : ICMP_TYPES[family].get(text)
  if (type === undefined) return null
  return { kind: 'icmp', family, type, code: found?.[2] ? Number(found[2]) : null, negated }
}
