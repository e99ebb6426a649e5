import { comparableAddress, isHost } from '../inventory/address.ts'

const HOST = String.raw`(\[[0-9A-Fa-f:.%]{2,64}\]|[\w.-]{1,253})`
/** Options may have IPv6 without brackets. */
const VALUE = String.raw`(\[[0-9A-Fa-f:.%]{2,64}\]|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8}|[\w.-]{1,253})`
const URI = `(?:tcp|ssl)://${HOST}`

/** Lines in which a server names itself: Galera that met its own address or listens for an IST, its options, its name. */
const OWN: readonly (readonly [has: string, form: RegExp])[] = [
  ['matching local endpoint', new RegExp(`listing address ${URI}`)],
  ['points to own listening address', new RegExp(`'${URI}:\\d{1,5}' points to own`)],
  ['IST receiver', new RegExp(`(?:listening at:|addr using) ${URI}`)],
  ['base_host = ', new RegExp(`base_host = ${VALUE};`)],
  ['wsrep_node_address', new RegExp(`wsrep_node_address['"]? ?[:=]? ?['"]?${VALUE}`)],
  ['wsrep-node-address', new RegExp(`wsrep-node-address['"]? ?[:=]? ?['"]?${VALUE}`)],
  [' connected to cluster at position ', new RegExp(`Server ${HOST} connected to cluster`)],
  [' synced with group', new RegExp(`Server ${HOST} synced with group`)],
]

/** What is looked at of one line, in characters. */
const MAX_LINE = 4096

/** The addresses and names that the node whose log this is has by its own word, as `comparableAddress` spells them. */
export function ownNames(lines: readonly string[]): ReadonlySet<string> {
  const names = lines.flatMap((whole) => {
    const line = whole.slice(0, MAX_LINE)
    return OWN.flatMap(([has, form]) =>
      line.includes(has) ? (form.exec(line)?.[1]?.replace(/^\[|\]$/g, '') ?? []) : [],
    )
  })
  return new Set(names.filter(isHost).map(comparableAddress))
}
