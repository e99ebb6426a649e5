import type { NodeOptions } from '../config.ts'

/** What is set otherwise than in a healthy cluster, by node. */
export type Settings = Readonly<Record<string, NodeOptions>>

interface Plant {
  /** Run on hosts, or in the `holder`, before the check, and what undoes it. */
  readonly plant?: Readonly<Record<string, readonly [plant: string, undo: string]>>
  /** Milliseconds that it takes longer to n3, and from it. */
  readonly delayMs?: number
  /** Of the tool. */
  readonly args?: readonly string[]
}

/** A trouble that is planted in the option files and on the hosts of three nodes on which no server runs. */
export interface Trouble extends Plant {
  readonly name: string
  readonly settings: Settings
  /** Every finding, as `code`, or `code node` where it is one node's. */
  readonly expected: readonly string[]
}

export const trouble = (
  name: string,
  settings: Settings,
  expected: readonly string[],
  more: Plant = {},
): Trouble => ({ name, settings, expected, ...more })

/** What looks like one and is none. */
export const noTrouble = (name: string, settings: Settings = {}, more: Plant = {}): Trouble =>
  trouble(name, settings, [], more)

/** Of node n, on the first or the second segment. */
export const at = (n: number, net = 99) => `10.${net}.0.1${n}`
export const gcomm = (...hosts: readonly string[]) => `gcomm://${hosts.join(',')}`
export const all = (set: (n: number) => NodeOptions): Settings =>
  Object.fromEntries([1, 2, 3].map((n) => [`n${n}`, set(n)]))
export const onN2 = (server: NodeOptions['server'] = {}, more: NodeOptions = {}): Settings => ({
  n2: { server, ...more },
})
