export interface NftText {
  /** By `FAMILY TABLE CHAIN HANDLE`, in nft's own words and without handle. */
  readonly rules: ReadonlyMap<string, string>
  /** `FAMILY TABLE`: switched off. The JSON of nft 1.0.6 names the table where it should name this flag. */
  readonly dormant: ReadonlySet<string>
}

/**
 * Reads `nft -s -a list ruleset`. The words of the rules are for people and for guards only: what a rule does is read
 * from the JSON.
 */
export function readNftText(listing: string): NftText {
  const dormant = new Set<string>()
  const rules = new Map<string, string>()
  let table = ''
  let chain: string | null = null
  for (const line of listing.split('\n')) {
    const opened = /^table (\S+ \S+) \{/.exec(line)
    const inner = /^\t(\S+) (\S+) \{/.exec(line)
    const rule = /^\t\t(.*) # handle (\d+)$/.exec(line)
    if (opened) table = opened[1] ?? ''
    else if (/^\tflags .*\bdormant\b/.test(line)) dormant.add(table)
    else if (inner) chain = inner[1] === 'chain' ? (inner[2] ?? null) : null
    else if (rule && chain !== null) rules.set(`${table} ${chain} ${rule[2]}`, rule[1] ?? '')
  }
  return { rules, dormant }
}
