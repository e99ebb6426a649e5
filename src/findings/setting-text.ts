import { describeOrigin } from '../galera/describe-origin.ts'
import type { Origin, Value } from '../galera/node-settings.ts'

/** A setting with its value, and where it comes from unless the server itself said so: `wsrep_node_address=10.1.1.1 (/etc/my.cnf:12)`. */
export function settingText(name: string, { value, origin }: Value<string>): string {
  return `${name}=${clipped(value)}${inBrackets(origin)}`
}

/** ` (/etc/my.cnf:12)`; empty for what the running server said, or the command line that it runs with: these are what holds. */
export function inBrackets(origin: Origin): string {
  return origin.kind === 'server' || origin.kind === 'argument' ? '' : ` (${describeOrigin(origin)})`
}

const MAX_VALUE = 200

/** A value within a sentence: it may be as long as its owner likes. */
export function clipped(value: string): string {
  return value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value
}
