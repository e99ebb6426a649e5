import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateHost } from '../../src/firewall/host.ts'
import { type DuelResult, duel, PACKETS_A_STACK } from './lab/duel.ts'
import { Lab, whyNoLab } from './lab/lab.ts'
import { PLANTED } from './lab/planted.ts'

/** New in each run; the seed of a disagreement plays its stack of rules first. */
const SEED = Number(process.env.PXC_NETCHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
const PACKETS = Number(process.env.PXC_NETCHECK_PACKETS ?? 12_000)
if (!(SEED >= 0 && PACKETS >= 1))
  throw new Error('PXC_NETCHECK_SEED and PXC_NETCHECK_PACKETS take a number each')
/** Most planted bugs are met at once; what `goto` changes, seldom matters. */
const STACKS_FOR_A_BUG = 300
const SHOWN = 3

const HOOKS = ['INPUT', 'OUTPUT'].flatMap((hook) => [`IPv4 ${hook}`, `IPv6 ${hook}`])
/** What a run of any length must have met. */
const MET = [
  ...['iptables-nft', 'iptables-legacy', 'native', 'mixed', 'accept', 'drop', 'reject', 'same'],
  ...HOOKS.flatMap((hook) => ['NEW', 'ESTABLISHED', 'INVALID'].map((state) => `${hook} ${state}`)),
]

function describeDisagreements(results: readonly DuelResult[]): string {
  const wrong = results.filter(({ disagreements }) => disagreements.length > 0)
  const shown = wrong.slice(0, SHOWN).map(({ disagreements }) => disagreements[0])
  return `${wrong.length} of ${results.length} stacks of rules:\n${shown.join('\n\n')}`
}

const why = whyNoLab()

describe.skipIf(why !== null)('the evaluator and the kernel', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await Lab.start()
  })
  afterAll(async () => lab?.stop())

  it(
    `agree on fate, reject type and deciding rule (seed ${SEED})`,
    async () => {
      const counts = new Map<string, number>()
      const results: DuelResult[] = []
      while (results.length * PACKETS_A_STACK < PACKETS) {
        const result = await duel(lab, SEED + results.length, evaluateHost)
        results.push(result)
        for (const [key, count] of result.counts) counts.set(key, (counts.get(key) ?? 0) + count)
      }
      const packets = results.length * PACKETS_A_STACK
      console.info(
        `PXC_NETCHECK_SEED=${SEED} PXC_NETCHECK_PACKETS=${packets}: ${JSON.stringify(Object.fromEntries([...counts].sort()))}`,
      )
      const wrong = results.flatMap(({ disagreements }) => disagreements).length
      expect(wrong, describeDisagreements(results)).toBe(0)
      if (packets >= 3000) expect([...counts.keys()]).toEqual(expect.arrayContaining(MET))
      if (packets >= 3000) expect((counts.get('open') ?? 0) / packets).toBeLessThan(0.2)
      if (packets >= 3000) expect((counts.get('blurred') ?? 0) / packets).toBeLessThan(0.002)
      if (packets >= 3000) expect((counts.get('tie') ?? 0) / packets).toBeLessThan(0.08)
    },
    60_000 + PACKETS * 20,
  )

  it.each(Object.entries(PLANTED))(
    `are told apart when the evaluator %s (seed ${SEED})`,
    async (_, wrong) => {
      for (let n = 0; n < STACKS_FOR_A_BUG; n++) {
        const { disagreements } = await duel(lab, SEED + n, wrong)
        // What the real one says wrong, too, shows nothing of the bug.
        if (disagreements.length > 0 && (await duel(lab, SEED + n, evaluateHost)).disagreements.length === 0)
          return
      }
      expect.fail(`not noticed in ${STACKS_FOR_A_BUG * PACKETS_A_STACK} packets`)
    },
  )
})
