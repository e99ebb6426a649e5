import { isIP } from 'node:net'
import { type BlackHole, isClamped, judgePath, LADDER, type MssEvidence } from '../probe/path-mtu.ts'
import type { Account, PathMtu } from '../session/messages.ts'
import type { MtuRequest } from '../session/requests.ts'
import { SessionError } from '../session/session.ts'
import type { FlowEvidence } from './evidence.ts'
import type { Member } from './members.ts'

/** Where a large packet is worth sending: both ends have raw sockets, so that nothing is touched and arrival is seen. */
export interface Path {
  readonly from: string
  readonly to: string
  readonly address: string
  readonly port: number
}

export function pathsBetween(members: readonly Member[], port: number): Path[] {
  const raw = members.filter(({ hello }) => hello?.raw === true)
  return raw.flatMap((from) =>
    raw.flatMap((to) =>
      from.name === to.name || !to.isTarget || to.address === null
        ? []
        : [{ from: from.name, to: to.name, address: to.address, port }],
    ),
  )
}

/** One small and one full-sized packet on each path; what was sent, by `from>to`. Costs nothing: nobody waits for it. */
export async function sendOnce(
  paths: readonly Path[],
  members: ReadonlyMap<string, Member>,
): Promise<Map<string, PathMtu>> {
  return send(paths, members, [], false)
}

/** The paths on which the full-sized packet has not arrived, again and in many sizes: which one dies. */
export async function findBlackHoles(
  paths: readonly Path[],
  sent: ReadonlyMap<string, PathMtu>,
  accounts: ReadonlyMap<string, Account>,
  members: ReadonlyMap<string, Member>,
  flows: readonly FlowEvidence[],
  mtuOf: (node: string, address: string) => number | null,
): Promise<BlackHole[]> {
  const late = paths.filter((path) => judge(path, sent, accounts)?.kind === 'suspect')
  // On a long way the packet may only have arrived by now.
  const now = late.length === 0 ? accounts : await askAgain(late, members)
  const suspects = late.filter((path) => judge(path, sent, now)?.kind === 'suspect')
  if (suspects.length === 0) return []
  const again = await send(suspects, members, LADDER, true)
  const later = await askAgain(suspects, members)
  return suspects.flatMap((path) => {
    const verdict = judge(path, again, later)
    const account = later.get(path.to)
    if (verdict?.kind !== 'suspect' || account === undefined) return []
    const { passes, dies } = verdict
    const { from, to, address } = path
    const ownMtu = (mtuOf(to, address) ?? dies) < dies
    const clamped = ownMtu || isClamped(account, mssOf(path, flows), passes)
    return [{ from, to, passes, dies, clamped, ownMtu }]
  })
}

async function askAgain(
  paths: readonly Path[],
  members: ReadonlyMap<string, Member>,
): Promise<ReadonlyMap<string, Account>> {
  const accounts = new Map<string, Account>()
  await Promise.all(
    [...new Set(paths.map(({ to }) => to))].map(async (name) => {
      const account = await quietly(() => members.get(name)?.session?.account())
      if (account) accounts.set(name, account)
    }),
  )
  return accounts
}

function mssOf({ from, to, address }: Path, flows: readonly FlowEvidence[]): MssEvidence {
  const attempts = flows
    .filter(({ flow }) => flow.from === from && flow.to === to && flow.protocol === 'tcp')
    .flatMap(({ result }) => result?.attempts ?? [])
  return {
    family: isIP(address) === 6 ? 6 : 4,
    answers: attempts.flatMap(({ mss }) => mss ?? []),
    isns: new Set(attempts.flatMap(({ isn }) => isn ?? [])),
  }
}

const key = ({ from, to }: Path) => `${from}>${to}`

function judge(path: Path, sent: ReadonlyMap<string, PathMtu>, accounts: ReadonlyMap<string, Account>) {
  const [result, account] = [sent.get(key(path)), accounts.get(path.to)]
  return result === undefined || account === undefined ? null : judgePath(result, account)
}

async function send(
  paths: readonly Path[],
  members: ReadonlyMap<string, Member>,
  sizes: readonly number[],
  repeat: boolean,
): Promise<Map<string, PathMtu>> {
  const bySource = new Map<string, MtuRequest[]>()
  for (const path of paths) {
    const request = { id: key(path), address: path.address, port: path.port, sizes }
    bySource.set(path.from, [...(bySource.get(path.from) ?? []), request])
  }
  const answers = await Promise.all(
    [...bySource].map(([name, requests]) =>
      quietly(() => members.get(name)?.session?.pathMtu(requests, repeat)),
    ),
  )
  return new Map(answers.flatMap((answer) => (answer ?? []).map((path) => [path.id, path] as const)))
}

/** A session that broke off is told by the probes; here it only means that nothing is known. */
async function quietly<T>(request: () => Promise<T> | undefined): Promise<T | null> {
  try {
    return (await request()) ?? null
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    return null
  }
}
