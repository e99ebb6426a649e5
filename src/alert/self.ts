/** This process, as its lock and its files name it. */
export interface Self {
  readonly pid: number
  /** null where there are no user ids. */
  readonly uid: number | null
  readonly env: Readonly<Record<string, string | undefined>>
  /** Somebody sits before it. */
  readonly interactive: boolean
}
