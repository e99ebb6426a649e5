import type { Value } from '../galera/node-settings.ts'
import type { KnownMember } from './known-addresses.ts'

/** Whether nothing else than this value can hold: a default does where no file was left unread that might set it. */
export function isBelieved({ survey }: KnownMember, { origin }: Pick<Value<unknown>, 'origin'>): boolean {
  const files = survey?.files ?? []
  return origin.kind !== 'default' || files.every(({ state }) => state === 'read' || state === 'missing')
}
