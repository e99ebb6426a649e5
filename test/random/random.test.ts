import { expect, it } from 'vitest'
import { Random } from '../firewall/lab/random.ts'
import { describeLab } from '../lab/require.ts'
import { tryFixes } from './fixes.ts'
import { randomScenario } from './generate.ts'
import { judgeReport } from './judge.ts'
import { describeTrouble, type Outcome, tally } from './outcome.ts'
import { arrange, runTool } from './play.ts'
import type { Scenario } from './scenario.ts'

const SEED = Number(process.env.PXC_NETCHECK_SEED ?? 20180718)
const WANTED = process.env.PXC_NETCHECK_ROUNDS ?? '25'
const ROUNDS = WANTED === 'full' ? 500 : Number(WANTED)
if (!(SEED >= 0 && ROUNDS >= 1))
  throw new Error('PXC_NETCHECK_SEED takes a number, PXC_NETCHECK_ROUNDS one or full')
/** Most of a scenario's time is waiting for packets that do not come. */
const AT_A_TIME = 4
const NOTHING_OPENED: ReadonlySet<string> = new Set()

async function play(seed: number): Promise<Outcome> {
  const scenario = randomScenario(seed, new Random(seed))
  try {
    return await measure(scenario)
  } catch (error) {
    // One that could not be played to its end must not hide what the others show.
    const complaints = [error instanceof Error ? (error.stack ?? error.message) : String(error)]
    return { scenario, judged: [], again: [], pasted: 0, complaints }
  }
}

async function measure(scenario: Scenario): Promise<Outcome> {
  const lab = await arrange(scenario)
  try {
    const report = await runTool(lab, scenario)
    const judged = judgeReport(scenario, report, NOTHING_OPENED)
    const { pasted, complaints, judged: again } = await tryFixes(lab, scenario, report, judged)
    return { scenario, judged, again, pasted, complaints }
  } finally {
    await lab.close()
  }
}

/** One scenario after another, several at a time; each has its own seed, so that it can be played alone. */
async function playAll(seeds: readonly number[]): Promise<Outcome[]> {
  const waiting = [...seeds]
  const outcomes: Outcome[] = []
  const worker = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const outcome = await play(seed)
      outcomes.push(outcome)
      const trouble = describeTrouble(outcome)
      if (trouble !== null) console.error(trouble)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  return outcomes
}

describeLab('random scenarios', ['iptables', 'ip6tables', 'iptables-legacy', 'nft', 'loss', 'ipv6'], () => {
  it(
    `no wrong verdict in ${ROUNDS} of them (seed ${SEED})`,
    async () => {
      const seeds = Array.from({ length: ROUNDS }, (_, i) => SEED + i)
      const summary = tally(await playAll(seeds))
      console.info(`PXC_NETCHECK_SEED=${SEED} PXC_NETCHECK_ROUNDS=${ROUNDS}: ${JSON.stringify(summary)}`)
      expect(summary).toMatchObject({
        scenarios: ROUNDS,
        wrong: Object.fromEntries(Object.keys(summary.wrong).map((kind) => [kind, 0])),
        complaints: 0,
      })
      expect(summary.unknown / (summary.flows + summary.again)).toBeLessThanOrEqual(0.01)
    },
    30_000 + ROUNDS * 20_000,
  )
})
