export interface NftText {
  /** By `FAMILY TABLE CHAIN HANDLE`, in nft's own words and without handle. */
  readonly rules: ReadonlyMap<string, string>
  /** `FAMILY TABLE`: switched off. The JSON of nft 1.0.6 names the table where it should name this flag. */
  readonly dormant: ReadonlySet<string>
  /** By `FAMILY TABLE CHAIN`: the interfaces of a base chain. nft 1.0.6 leaves them out of its JSON. */
  readonly devices: ReadonlyMap<string, readonly string[]>
}

/**
 * Reads `nft -s -a list ruleset`. The words of the rules are for people and for guards only: what a rule does is read
 * from the JSON. A comment may hold line breaks, which nft prints as they are: what stands in two places is not believed,
 * nor is a flag elsewhere than nft prints it.
 */
export function readNftText(listing: string): NftText {
  const dormant = new Set<string>()
  const twice = new Set<string>()
  const tables = new Map<string, number>()
  const rules = new Map<string, string>()
  const devices = new Map<string, readonly string[]>()
  let table = ''
  let chain: string | null = null
  let before = ''
  for (const line of listing.split('\n')) {
    const opened = /^table (\S+ \S+) \{/.exec(line)
    const inner = /^\t(\S+) (\S+) \{/.exec(line)
    const hooked = /^\t\ttype \S+ hook \S+ devices? (?:= )?(.*) priority /.exec(line)
    const rule = /^\t\t(.*) # handle (\d+)$/.exec(line)
    if (opened) {
      table = opened[1] ?? ''
      tables.set(table, (tables.get(table) ?? 0) + 1)
    } else if (/^table /.test(before) && /^\tflags .*\bdormant\b/.test(line)) dormant.add(table)
    else if (inner) chain = inner[1] === 'chain' ? (inner[2] ?? null) : null
    else if (hooked && chain !== null) {
      const key = `${table} ${chain}`
      devices.set(key, devices.has(key) ? [] : namesIn(hooked[1] ?? ''))
    } else if (rule && chain !== null) {
      const key = `${table} ${chain} ${rule[2]}`
      if (rules.has(key)) twice.add(key)
      rules.set(key, rule[1] ?? '')
    }
    before = line
  }
  for (const key of twice) rules.delete(key)
  for (const key of dormant) if (tables.get(key) !== 1) dormant.delete(key)
  return { rules, dormant, devices }
}

/** `"eth0"`, `{ eth0, eth1 }`. */
function namesIn(text: string): string[] {
  return text.match(/[^\s{},"]+/g) ?? []
}
