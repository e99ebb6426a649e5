export interface GaleraRelease {
  /** 3 with MySQL 5.7 and MariaDB up to 10.3, 4 since. */
  readonly major: number
  readonly minor: number
}

/** `26.4.23` as Codership counts, with the version of the wsrep API in front (25 for Galera 3), or `4.18` as Percona does; null: neither. */
export function galeraRelease(version: string | null): GaleraRelease | null {
  const [, major, minor] = /^(?:2[56]\.)?([34])\.(\d+)/.exec(version ?? '') ?? []
  return major === undefined ? null : { major: Number(major), minor: Number(minor) }
}
