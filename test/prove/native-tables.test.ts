import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nativeTables } from '../../src/prove/native-tables.ts'
import { randomNft } from '../firewall/lab/generate-nft.ts'
import { Lab, whyNoLab } from '../firewall/lab/lab.ts'
import { Random } from '../firewall/lab/random.ts'

const SEED = Number(process.env.PXC_NETCHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
const ROUNDS = 25

type Item = Readonly<Record<string, Record<string, unknown> & { family: string; name: string }>>

const itemsOf = (json: string): Item[] => JSON.parse(json).nftables
const namesOf = (json: string) =>
  new Set(itemsOf(json).flatMap(({ table }) => (table ? [`${table.family} ${table.name}`] : [])))

/** All but the numbers of tables, which no command names, and what has been counted meanwhile. */
const shape = (json: string) =>
  itemsOf(json)
    .map(({ table, ...rest }) => (table ? { table: table.name } : rest))
    .map((item) => JSON.stringify(item).replace(/"packets": ?\d+, ?"bytes": ?\d+/g, ''))

const why = whyNoLab()

describe.skipIf(why !== null)('native tables, rebuilt', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start()
  })
  afterAll(async () => lab?.stop())

  it(`have the same rules with the same handles, whatever was deleted and inserted (seed ${SEED})`, async () => {
    const random = new Random(SEED)
    let rebuilt = 0
    for (let n = 0; n < ROUNDS; n++) {
      const text = randomNft(random, 'INPUT', true)
      expect((await lab.load('nft', text)).ok, text).toBe(true)
      const rules = itemsOf(await lab.save('nft')).flatMap(({ rule }) => (rule ? [rule] : []))
      const { family, table, chain, handle } = random.pick(rules)
      const where = `${family} ${table} ${chain}`
      const changes = `nft insert rule ${where} handle ${handle} counter; nft delete rule ${where} handle ${handle}`
      expect((await lab.sh(changes)).stderr).toBe('')
      const json = await lab.save('nft')
      const again = nativeTables(json, await lab.save('nft-text'), namesOf(json))
      const { ok, output } = await lab.load('nft-json', again)
      // What nft 1.0.6 lists and does not take back.
      if (!ok && output.includes('conflicting protocols specified')) continue
      expect(ok, `${output}\n${text}`).toBe(true)
      expect(shape(await lab.save('nft')), text).toEqual(shape(json))
      rebuilt++
    }
    expect(rebuilt).toBeGreaterThan(ROUNDS / 3)
  })
})
