import { parseAddress } from '../firewall/address.ts'
import type { Hook } from '../firewall/evaluate.ts'
import { type Dump, loadDumps } from '../firewall/host.ts'
import { grid } from '../fix/grid.ts'
import type { BlockedFlow } from '../fix/input.ts'
import type { Opening } from '../fix/opening.ts'
import { printable } from '../fix/shell.ts'
import { bulletOf, connectionOf, otherPackets, type Planned, plannedFor } from './crossings.ts'
import { sameHandles } from './native-tables.ts'
import { nativeNames, rulesTexts } from './rules-texts.ts'
import { type Interface, type RulesText, Scratch } from './scratch.ts'

export interface ProofInput {
  readonly dumps: readonly Dump[]
  /** The node's own addresses, and on which of its interfaces they are. */
  readonly addresses: readonly { readonly address: string; readonly interface: string }[]
  readonly commands: readonly string[]
  /** What the commands accept; nothing else may change. */
  readonly openings: readonly (Opening & { readonly hook: Hook })[]
  readonly flows: readonly BlockedFlow[]
}

export type KernelProof =
  | { readonly kind: 'proven'; readonly packets: number }
  | { readonly kind: 'refuted'; readonly failures: readonly string[] }
  | { readonly kind: 'unavailable'; readonly why: string }

const MOST_OTHERS = 300
const MOST_FAILURES = 5
/** Connections take theirs from 20,000 on. */
const FIRST_PORT = 40_000
const LAST_PORT = 60_000

interface Place {
  readonly local: string
  readonly wire: string
}

/**
 * Loads a node's own rules into a scratch host of this machine's kernel, and sends packets before and after the commands:
 * those of the flows must pass then and not all have passed before, and no other packet may fare differently. It says nothing
 * of what is not in the dumps: other kernels, routes, the state of limits.
 */
export async function proveWithKernel(input: ProofInput): Promise<KernelProof> {
  let scratch: Scratch | null = null
  try {
    const texts = rulesTexts(input.dumps)
    const interfaces = interfacesOf(input)
    scratch = await Scratch.start({ interfaces })
    return await prove(scratch, texts, input)
  } catch (error) {
    // No namespaces or tools here, or rules that cannot be loaded: then there is no proof, and no refutation.
    return { kind: 'unavailable', why: reasonOf(error) }
  } finally {
    await scratch?.stop()
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error
  return shown(error.message)
}

async function prove(scratch: Scratch, texts: readonly RulesText[], input: ProofInput): Promise<KernelProof> {
  const places = new Map(input.flows.map((flow) => [flow, placeOf(flow, input)]))
  const loaded = loadDumps(input.dumps)
  const others = otherPackets(grid(loaded, input.flows), input.openings)
  const wires = wiresTo(places, others, input)
  await scratch.peers([...wires].map(([address, wire]) => ({ address, interface: wire })))
  const connections = [...places].map(([flow, { local, wire }]) => connectionOf(flow, local, wire))
  const { ok, output, flows: open } = await scratch.load(texts, connections)
  if (!ok) return { kind: 'unavailable', why: `the rules do not load here: ${shown(output)}` }
  const listed = input.dumps.find(({ tool }) => tool === 'nft')?.text
  const native = nativeNames(loaded)
  if (listed !== undefined && !sameHandles(listed, await scratch.dump('nft'), native)) {
    return { kind: 'unavailable', why: 'nft numbers the rules in another way here' }
  }
  const wanted = [...places].flatMap(([flow, { local }], n) =>
    open[n] ? plannedFor(flow, local, open[n]) : [],
  )
  const beside = others.filter(({ far }) => wires.has(far)).slice(0, MOST_OTHERS)
  let port = FIRST_PORT
  const freshPort = () => {
    port = port < LAST_PORT ? port + 1 : FIRST_PORT
    return port
  }
  const shootAll = async (all: readonly Planned[]) => {
    const passed: boolean[] = []
    for (const each of all) {
      const wire = wires.get(each.far) ?? ''
      passed.push((await scratch.shoot(each.hook, bulletOf(each, freshPort), wire)).passed)
    }
    return passed
  }
  const shut = (await shootAll(wanted)).some((passed) => !passed)
  // What a limit lets pass at one time and not at another tells nothing.
  const [once, twice] = [await shootAll(beside), await shootAll(beside)]
  const { code, stderr } = await scratch.sh(`set -e\n${input.commands.join('\n')}\n`)
  if (code !== 0) return { kind: 'refuted', failures: [`the commands fail: ${shown(stderr)}`] }
  const [opened, after] = [await shootAll(wanted), await shootAll(beside)]
  const failures = [
    ...(shut ? [] : ['nothing was blocked before the commands']),
    ...wanted.filter((_, n) => !opened[n]).map(({ name }) => `still blocked: ${name}`),
    ...beside
      .filter((_, n) => once[n] === twice[n] && once[n] !== after[n])
      .map(({ name }) => `changed for a packet that the fix is not about: ${name}`),
  ]
  if (failures.length > 0) return { kind: 'refuted', failures: failures.slice(0, MOST_FAILURES) }
  return { kind: 'proven', packets: 2 * wanted.length + 3 * beside.length }
}

/** On which wire each of the other hosts is: that of its flow, and strangers beside the first of their family. */
function wiresTo(
  places: ReadonlyMap<BlockedFlow, Place>,
  others: readonly Planned[],
  { addresses }: ProofInput,
): Map<string, string> {
  const wires = new Map([...places].map(([{ peer }, { wire }]) => [peer, wire]))
  const own = new Set(addresses.map(({ address }) => address))
  for (const { far, packet } of others) {
    const place = [...places].find(([{ family }]) => family === packet.family)?.[1]
    if (place && !wires.has(far) && !own.has(far)) wires.set(far, place.wire)
  }
  return wires
}

const shown = (text: string) => printable(text.trim()).slice(0, 300)

/** Names that the kernel takes, and nothing else, get into commands here: they are a remote host's words. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14}$/

function interfacesOf({ addresses }: ProofInput): Interface[] {
  const byName = new Map<string, string[]>()
  for (const { address, interface: name } of addresses) {
    const usable =
      NAME.test(name) && parseAddress(address) !== null && !isLinkLocal(address) && !isLoopback(address)
    if (usable) byName.set(name, [...(byName.get(name) ?? []), address])
  }
  return [...byName].map(([name, list]) => ({ name, addresses: list }))
}

const isLinkLocal = (address: string) => /^fe[89ab]/i.test(address)
const isLoopback = (address: string) => address.startsWith('127.') || address === '::1'

function placeOf(flow: BlockedFlow, { addresses }: ProofInput): Place {
  const usable = addresses.filter(
    ({ address, interface: name }) =>
      parseAddress(address)?.family === flow.family &&
      NAME.test(name) &&
      name !== 'lo' &&
      !isLinkLocal(address),
  )
  const own = flow.local === null ? usable[0] : usable.find(({ address }) => address === flow.local)
  if (!own) throw new RangeError(`no interface is known for the address ${flow.local ?? 'of the node'}`)
  return { local: own.address, wire: own.interface }
}
