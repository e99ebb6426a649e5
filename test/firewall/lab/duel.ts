import { type evaluateHost, type HostDecision, loadDumps } from '../../../src/firewall/host.ts'
import type { Packet } from '../../../src/firewall/model.ts'
import { type Comparison, compare, mayBe } from './compare.ts'
import { dumpStack } from './dump-stack.ts'
import { far, port } from './hosts.ts'
import { Blurred, type KernelVerdict, kernelVerdict } from './kernel-verdict.ts'
import type { Lab, Opening } from './lab.ts'
import { Magazine } from './magazine.ts'
import { Random } from './random.ts'
import { randomStack, type Stack } from './stack.ts'

/** What is asked; a test of the comparison gives a wrong one. */
export type Evaluator = typeof evaluateHost

export interface DuelResult {
  /** By what the rules were loaded with, `IPv4 INPUT NEW` and the like, the kernel's fate, and how it compares. */
  readonly counts: ReadonlyMap<string, number>
  readonly disagreements: readonly string[]
}

export const PACKETS_A_STACK = 30

/** One stack of rules, and a magazine of packets against it. */
export async function duel(lab: Lab, seed: number, evaluator: Evaluator): Promise<DuelResult> {
  const random = new Random(seed)
  const stack = randomStack(random)
  const { hook, families } = stack
  const { ok, output, flows } = await lab.loadStack(stack.texts, openings(random, stack))
  if (!ok) throw new Error(`PXC_NETCHECK_SEED=${seed}: the rules do not load: ${output}\n${show(stack)}`)
  const { dumps, written, rules } = await dumpStack(lab, stack, random)
  const [loaded, loadedAsWritten] = [loadDumps(dumps), loadDumps(written)]
  const magazine = new Magazine(random, hook, flows)
  const counts = new Map<string, number>()
  const disagreements: string[] = []
  for (let n = 0; n < PACKETS_A_STACK; n++) {
    const { packet, bullet } = magazine.next(random.pick(families))
    const kernel = verdictOrNull(await lab.watch(hook, bullet), hook, packet.family, rules)
    if (kernel === null) {
      counts.set('blurred', (counts.get('blurred') ?? 0) + 1)
      continue
    }
    const dumped = compare(evaluator(loaded, hook, packet), kernel, packet, rules)
    const asWritten = compare(evaluator(loadedAsWritten, hook, packet), kernel, packet, rules)
    const vague = evaluator(loaded, hook, vaguely(packet, stack))
    const complaint =
      complaintOf(dumped) ??
      complaintOf(asWritten) ??
      (mayBe(vague, kernel, rules) ? null : lessIsOther(vague, kernel))
    const state = `IPv${packet.family} ${hook} ${packet.ctState}`
    for (const key of [stack.kind, state, kernel.fate, dumped.kind])
      counts.set(key, (counts.get(key) ?? 0) + 1)
    if (complaint !== null) {
      const which = `PXC_NETCHECK_SEED=${seed}, packet ${n}: ${JSON.stringify(packet)}`
      disagreements.push(`${which}\n${complaint}\n${show(stack)}`)
    }
  }
  return { counts, disagreements }
}

function verdictOrNull(...args: Parameters<typeof kernelVerdict>): KernelVerdict | null {
  try {
    return kernelVerdict(...args)
  } catch (error) {
    if (error instanceof Blurred) return null
    throw error
  }
}

function openings(random: Random, { families }: Stack): Opening[] {
  return families.flatMap((family): Opening[] => [
    { family, protocol: 'tcp', source: far(random, family), port: 4567 },
    { family, protocol: 'tcp', source: far(random, family), port: port(random), opener: 'host' },
    { family, protocol: 'udp', source: far(random, family), port: 4567 },
  ])
}

function complaintOf(result: Comparison): string | null {
  return result.kind === 'different' ? `ours: ${result.ours}\nkernel's: ${result.kernels}` : null
}

function vaguely(packet: Packet, { hook }: Stack): Packet {
  const destination = hook === 'INPUT' ? null : packet.destination
  return { ...packet, sourcePort: null, inInterface: null, outInterface: null, destination }
}

/** Knowing less must never turn into another answer. */
function lessIsOther(vague: HostDecision, kernel: KernelVerdict): string {
  return `knowing less, ours says ${vague.fate} instead of ${kernel.fate}`
}

const show = ({ texts }: Stack) => texts.map(({ tool, text }) => `---- ${tool}\n${text}`).join('\n')
