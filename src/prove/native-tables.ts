/** nft numbers rules by itself, and commands name them by these numbers: so many are counted away at most. */
const MOST_HANDLES = 20_000
const BURNT = 'netcheck_burnt'

type Fields = Readonly<Record<string, unknown>> & { readonly handle: number; readonly table: string }
type Item = Readonly<Record<string, Fields>>

interface TableItem {
  readonly family: string
  readonly name: string
}

/**
 * The tables named (`inet filter`) of `nft -j list ruleset`, as JSON for `nft -j -f`, such that all have the handles that
 * they have there. nft 1.0.6 leaves out which device a chain is for: `text` is the same from `nft -a list ruleset`. Throws a
 * RangeError where that cannot be done.
 */
export function nativeTables(json: string, text: string | null, names: ReadonlySet<string>): string {
  const items: readonly Item[] = JSON.parse(json).nftables
  const tables = items.flatMap(({ table }) => (table ? [table as unknown as TableItem] : []))
  const commands = tables
    .filter(({ family, name }) => names.has(`${family} ${name}`))
    .flatMap((table) => rebuild(table, items, devicesIn(text ?? '')))
  return JSON.stringify({ nftables: commands })
}

/** Whether two listings have the same rules of these chains under the same handles, as far as commands may name them. */
export function sameHandles(one: string, other: string, names: ReadonlySet<string>): boolean {
  const handles = (json: string) =>
    (JSON.parse(json).nftables as readonly Item[])
      .flatMap(({ rule }) => (rule && names.has(`${rule.family} ${rule.table}`) ? [rule] : []))
      .map(({ family, table, chain, handle }) => `${family} ${table} ${chain} ${handle}`)
  return handles(one).join('\n') === handles(other).join('\n')
}

function rebuild(
  { family, name }: TableItem,
  items: readonly Item[],
  devices: ReadonlyMap<string, string>,
): object[] {
  const objects = items
    .flatMap((item) => Object.entries(item))
    .filter(([kind, each]) => kind !== 'table' && each.family === family && each.table === name)
  const order = objects.map(([, each]) => each)
  const commands: object[] = [{ add: { table: { family, name } } }]
  const made = new Set<number>()
  let next = 1
  let burnt = 0
  for (const [kind, each] of [...objects].sort(([, one], [, other]) => one.handle - other.handle)) {
    for (const before = each.handle - anonymousSets(each); next < before; next++) {
      if (++burnt > MOST_HANDLES) throw new RangeError('its numbers of rules are too high')
      commands.push({ add: { chain: { family, table: name, name: `${BURNT}${burnt}` } } })
    }
    commands.push(kind === 'rule' ? addRule(each, order, made) : add(kind, withDevice(each, devices)))
    made.add(each.handle)
    next = each.handle + 1
  }
  for (let n = 1; n <= burnt; n++)
    commands.push({ delete: { chain: { family, table: name, name: `${BURNT}${n}` } } })
  return commands
}

function add(kind: string, { handle: _, ...fields }: Fields): object {
  return { add: { [kind]: fields } }
}

/** By `FAMILY TABLE CHAIN`. Whatever a comment holds, it stands behind a rule, two steps further in than a chain. */
function devicesIn(text: string): Map<string, string> {
  const devices = new Map<string, string>()
  let [table, chain] = ['', '']
  for (const line of text.split('\n')) {
    table = /^table (\S+ \S+) \{/.exec(line)?.[1] ?? table
    chain = /^\tchain (\S+) \{/.exec(line)?.[1] ?? chain
    const device = /^\t\ttype \S+ hook (?:in|e)gress device "([^"]+)" priority/.exec(line)?.[1]
    if (device !== undefined) devices.set(`${table} ${chain}`, device)
  }
  return devices
}

function withDevice(each: Fields, devices: ReadonlyMap<string, string>): Fields {
  if ((each.hook !== 'ingress' && each.hook !== 'egress') || 'dev' in each) return each
  const dev = devices.get(`${each.family} ${each.table} ${each.name}`)
  if (dev === undefined) throw new RangeError('which device a chain is for was not read')
  return { ...each, dev }
}

/** Behind the last of those before it in its chain that are there already, which nft counts from 0. */
function addRule({ handle, ...fields }: Fields, order: readonly Fields[], made: ReadonlySet<number>): object {
  const chain = order.filter((each) => each.chain === fields.chain && 'expr' in each)
  const before = chain.slice(
    0,
    chain.findIndex((each) => each.handle === handle),
  )
  const ahead = before.filter((each) => made.has(each.handle)).length
  const there = chain.filter((each) => made.has(each.handle)).length
  if (ahead === there) return { add: { rule: fields } }
  if (ahead === 0) return { insert: { rule: fields } }
  return { add: { rule: { ...fields, index: ahead - 1 } } }
}

/** Each has a handle of its own, which comes before that of its rule. */
function anonymousSets(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + anonymousSets(each), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, each]) => {
    return sum + (key === 'set' && Array.isArray(each) ? 1 : 0) + anonymousSets(each)
  }, 0)
}
