import { createLab } from './lab.ts'
import { labAvailable } from './needs.ts'
import { benchRules } from './rules-bench.ts'

/** Rounds; each times both sides in turn, so that a machine that gets slower slows both. */
const ROUNDS = Number(process.env.PXC_NETCHECK_ROUNDS ?? 15)

interface Comparison {
  readonly name: string
  readonly ours: () => Promise<void>
  readonly other: () => Promise<void>
  readonly otherName: string
  /** The ratio of medians that the project promises, or null for a figure to know. */
  readonly atMost: number | null
}

async function time(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function compare({ name, ours, other, otherName, atMost }: Comparison): Promise<void> {
  const [our, their]: [number[], number[]] = [[], []]
  await ours()
  await other()
  for (let round = 0; round < ROUNDS; round++) {
    our.push(await time(ours))
    their.push(await time(other))
  }
  const ratio = median(our) / median(their)
  const promise =
    atMost === null
      ? ''
      : ratio <= atMost
        ? ` (promised: at most ${atMost})`
        : ` MISSES the promised ${atMost}`
  console.log(
    `${name}: ${median(our).toFixed(0)} ms, ${otherName}: ${median(their).toFixed(0)} ms, ratio ${ratio.toFixed(2)}${promise}`,
  )
}

async function main(): Promise<void> {
  benchRules()
  const missing = labAvailable(['ssh', 'iptables'])
  if (missing.length > 0) {
    console.error(`The benchmark needs a lab with ssh:\n  ${missing.join('\n  ')}`)
    process.exitCode = 3
    return
  }
  const lab = await createLab({ ssh: true })
  const tool = (args: string[], codes: number[]) => async () => {
    const { code, stderr } = await lab.execTool(args)
    if (code === null || !codes.includes(code)) throw new Error(`the tool ended with ${code}: ${stderr}`)
  }
  const bareSsh = async () => {
    const { code } = await lab.exec('admin', 'ssh n1 true & ssh n2 true & ssh n3 true & wait')
    if (code !== 0) throw new Error(`ssh ended with ${code}`)
  }
  const bareNode = async () => {
    await lab.exec('admin', [process.execPath, '-e', ''])
  }
  const mesh = ['--nodes', 'n1,n2,n3']
  try {
    console.log(`Medians of ${ROUNDS} rounds, each timing both sides in turn.`)
    await compare({
      name: 'healthy mesh of 3 over ssh',
      ours: tool(mesh, [0]),
      other: bareSsh,
      otherName: '3 parallel "ssh NODE true"',
      atMost: 2,
    })
    await compare({
      name: 'the same without raw sockets',
      ours: tool([...mesh, '--no-raw'], [0]),
      other: bareSsh,
      otherName: '3 parallel "ssh NODE true"',
      atMost: null,
    })
    await compare({
      name: '--version',
      ours: tool(['--version'], [0]),
      other: bareNode,
      otherName: 'bare node',
      atMost: null,
    })
  } finally {
    await lab.close()
  }
}

void main()
