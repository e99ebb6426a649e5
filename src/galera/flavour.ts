import type { SurveyedServer } from '../session/survey-messages.ts'
import type { Flavour } from './node-settings.ts'

/** Which product a server is. */
export interface Product {
  readonly flavour: Flavour
  /** `10.11.19`, `8.0.36-28.1`. */
  readonly version: string | null
}

/** What a running server says of itself: its variables `version` and `version_comment`. */
export function productOfVariables(variables: SurveyedServer['variables']): Product | null {
  const { version, version_comment: comment = '' } = variables
  if (version === undefined) return null
  const words = `${version} ${comment}`
  const hasPxc = Object.keys(variables).some((name) => name.startsWith('pxc_'))
  const hasWsrep = Object.keys(variables).some((name) => name.startsWith('wsrep_'))
  return {
    flavour: flavourOf(words) ?? (hasPxc ? 'pxc' : hasWsrep ? 'mysql-wsrep' : 'unknown'),
    version: versionIn(version),
  }
}

/** What `mysqld --version` prints. */
export function productOfText(text: string): Product {
  return { flavour: flavourOf(text) ?? 'unknown', version: versionIn(/\bVer\s+(\S+)/.exec(text)?.[1] ?? '') }
}

function flavourOf(words: string): Flavour | null {
  if (/mariadb/i.test(words)) return 'mariadb'
  if (/percona xtradb cluster/i.test(words)) return 'pxc'
  return /wsrep_\d/.test(words) ? 'mysql-wsrep' : null
}

function versionIn(text: string): string | null {
  return /^\d+\.\d+\.\d+(?:-\d+(?:[.-]\d+)*)?/.exec(text)?.[0] ?? null
}

/** The series that groups and defaults go by: `10.11`, `8.0`. */
export function seriesOf(version: string | null): string | null {
  return /^\d+\.\d+/.exec(version ?? '')?.[0] ?? null
}

/**
 * `26.4.23` out of wsrep_provider_version. Percona leaves out the first number, which is the protocol's: its `4.16` is 26.4.16, its `3.45` (PXC 5.7)
 * is 25.3.45.
 */
export function galeraVersion(text: string | undefined): string | null {
  const [, version] = /^(\d+(?:\.\d+)+)/.exec(text ?? '') ?? []
  if (version === undefined) return null
  const first = { '3.': '25.', '4.': '26.' }[version.slice(0, 2)] ?? ''
  return first + version
}
