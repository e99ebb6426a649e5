import type { Finding } from '../report/report.ts'
import type { FindingCode } from './codes.ts'

/** What the files of one node show. */
export interface GivenRules {
  readonly node: string
  /** `nft -j list ruleset` is among them. */
  readonly nft: boolean
  /** They show the filter table alone: a listing, `iptables -S`. */
  readonly filterOnly: boolean
  /** A file says that there are rules of iptables-legacy, and no file has them. */
  readonly legacyMissing: boolean
}

/** What may block on a node and is not in its files. */
export function partialRules(given: readonly GivenRules[]): Finding[] {
  const of = (isPartial: (rules: GivenRules) => boolean) =>
    given
      .filter(isPartial)
      .map(({ node }) => node)
      .join(', ')
  return [
    ...finding(
      'legacy-rules-missing',
      'warning',
      of(({ legacyMissing }) => legacyMissing),
      (nodes) =>
        `There are rules of iptables-legacy on ${nodes}, which are not in the files and may block too: add what iptables-legacy-save prints.`,
    ),
    ...finding(
      'filter-table-only',
      'info',
      of(({ nft, filterOnly }) => filterOnly && !nft),
      (nodes) =>
        `Of ${nodes} only the filter table was given: raw, mangle and nat may block too; iptables-save has them all.`,
    ),
    ...finding(
      'nft-not-given',
      'info',
      of(({ nft }) => !nft),
      (nodes) =>
        `Of ${nodes} no nft -j list ruleset was given: native nft tables, such as firewalld's, are not in what iptables shows.`,
    ),
  ]
}

function finding(
  code: FindingCode,
  severity: Finding['severity'],
  nodes: string,
  message: (nodes: string) => string,
): Finding[] {
  return nodes === '' ? [] : [{ code, severity, args: { nodes }, message: message(nodes) }]
}
