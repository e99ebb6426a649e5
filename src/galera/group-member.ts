import type { Hello } from '../session/messages.ts'
import type { NodeSettings } from './node-settings.ts'

/** A node of the cluster, as far as it is known. */
export interface GroupMember {
  readonly name: string
  /** null: nobody could log in there. */
  readonly hello: Hello | null
  /** null: not known; then what is so by default. */
  readonly settings: NodeSettings | null
}
