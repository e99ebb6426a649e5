import type { Value } from '../galera/node-settings.ts'
import type { KnownMember } from './known-addresses.ts'

/** Whether nothing else than this value can hold: a default does where no file was left unread that might set it. */
export function isBelieved(node: KnownMember, { origin }: Pick<Value<unknown>, 'origin'>): boolean {
  return origin.kind !== 'default' || isWhollyRead(node)
}

/** No option file was left unread. */
export function isWhollyRead({ survey }: KnownMember): boolean {
  return (survey?.files ?? []).every(({ state }) => state === 'read' || state === 'missing')
}
