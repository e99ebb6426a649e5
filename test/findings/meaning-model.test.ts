import { expect, it } from 'vitest'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { meaningFindings } from '../../src/findings/meaning-findings.ts'
import type { FlowStatus } from '../../src/verdict.ts'
import { cluster, settings, value, withFlows } from './view.ts'

/**
 * Against a model that knows no graphs: it tries every way in which what could not be told may be, and follows each message from node to node.
 */

const SEED = Number(process.env.PXC_NETCHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

interface Case {
  readonly view: ClusterView
  readonly names: readonly string[]
  readonly weights: ReadonlyMap<string, number>
  readonly status: (id: string) => FlowStatus
}

function randomCase(random: () => number): Case {
  const size = 2 + Math.floor(random() * 4)
  const methods = ['rsync', 'mariabackup', 'xtrabackup-v2', 'clone', 'mysqldump']
  const method = methods[Math.floor(random() * methods.length)] ?? 'rsync'
  const weights = Array.from({ length: size }, () => Math.floor(random() * 4))
  const healthy = cluster(
    size,
    weights.map((weight, index) => ({
      settings: settings(index, size, { weight: value(weight), sstMethod: value(method) }),
    })),
  )
  const [down, unknown] = [random() * 0.9, random() * 0.2]
  let doubts = 0
  const view = healthy.flows.reduce((before, { id }) => {
    const drawn = random()
    if (drawn < down)
      return withFlows(before, [id], { status: 'DOWN', reason: 'dropped', blockedAt: 'target' })
    // Each doubles the ways in which it may be.
    if (drawn > down + unknown || ++doubts > 8) return before
    return withFlows(before, [id], { status: 'UNKNOWN', reason: 'no-answer' })
  }, healthy)
  const statuses = new Map(view.flows.map(({ id, status }) => [id, status]))
  return {
    view,
    names: view.nodes.map(({ name }) => name),
    weights: new Map(view.nodes.map(({ name }, index) => [name, weights[index] ?? 1])),
    status: (id) => statuses.get(id) ?? 'UNKNOWN',
  }
}

type World = (from: string, to: string, service: string) => boolean

/** Every way in which it may be. */
function worldsOf({ view, status }: Case): World[] {
  const doubtful = view.flows.filter((flow) => flow.status === 'UNKNOWN').map(({ id }) => id)
  return Array.from(
    { length: 2 ** doubtful.length },
    (_, bits) => (from: string, to: string, service: string) => {
      const id = `${from}->${to}/${service}`
      const at = doubtful.indexOf(id)
      return at < 0 ? status(id) !== 'DOWN' : ((bits >> at) & 1) === 1
    },
  )
}

function reachable(names: readonly string[], world: World, start: string): Set<string> {
  const seen = new Set([start])
  for (let grew = true; grew; ) {
    grew = false
    for (const a of [...seen]) {
      for (const b of names) {
        if (seen.has(b) || a === b || !(world(a, b, 'galera') || world(b, a, 'galera'))) continue
        seen.add(b)
        grew = true
      }
    }
  }
  return seen
}

function canGive(world: World, donor: string, joiner: string, method: string): boolean {
  if (!world(donor, joiner, 'ist')) return false
  if (method === 'mysqldump') return world(donor, joiner, 'mysql')
  return world(donor, joiner, 'sst') && (method !== 'clone' || world(joiner, donor, 'mysql'))
}

it(`agrees with a model that tries every way it may be (seed ${SEED})`, () => {
  const random = generator(SEED)
  const seen = { partitions: 0, noDonors: 0, cuts: 0, keeps: 0 }
  for (let run = 0; run < 400; run++) {
    const each = randomCase(random)
    const { view, names, weights } = each
    const worlds = worldsOf(each)
    const findings = meaningFindings(view)
    const told = (code: string) => findings.filter((finding) => finding.code === code)
    const list = (text: unknown) =>
      String(text ?? '')
        .split(',')
        .filter(Boolean)
    const where = `seed ${SEED}, run ${run}`

    const apart = worlds.every((world) => reachable(names, world, names[0] ?? '').size < names.length)
    const [partition] = told('partition')
    expect(partition !== undefined, where).toBe(apart)
    seen.partitions += apart ? 1 : 0

    const total = names.reduce((sum, name) => sum + (weights.get(name) ?? 0), 0)
    const isPrimary = (world: World, name: string) => {
      const side = [...reachable(names, world, name)]
      return 2 * side.reduce((sum, one) => sum + (weights.get(one) ?? 0), 0) > total
    }
    if (apart) {
      const certain = (isSo: boolean) =>
        names.filter((name) => worlds.every((world) => isPrimary(world, name) === isSo))
      // What is said to be lost or kept is so in every world; what is lost in every world is said.
      for (const name of list(partition?.args.loses)) expect(certain(false), where).toContain(name)
      expect(certain(true), where).toEqual(expect.arrayContaining(list(partition?.args.keeps)))
      seen.keeps += list(partition?.args.keeps).length
    }

    const method = view.nodes[0]?.settings?.sstMethod.value ?? ''
    const lost = names.filter((joiner) =>
      worlds.every((world) =>
        names.every((donor) => donor === joiner || !canGive(world, donor, joiner, method)),
      ),
    )
    expect(
      told('no-donor')
        .flatMap(({ args }) => list(args.joiners))
        .toSorted(),
      where,
    ).toEqual(lost.toSorted())
    seen.noDonors += lost.length

    const pairs = names.flatMap((joiner) =>
      names.filter(
        (donor) =>
          donor !== joiner &&
          !lost.includes(joiner) &&
          worlds.every((world) => !canGive(world, donor, joiner, method)),
      ),
    )
    expect(
      told('sst-impossible').reduce((sum, { args }) => sum + Number(args.pairs), 0),
      where,
    ).toBe(pairs.length)

    for (const node of list(told('link-relayed')[0]?.args.cutNodes)) {
      const rest = names.filter((name) => name !== node)
      for (const world of worlds) {
        const side = reachable(rest, world, rest[0] ?? '')
        expect(side.size, where).toBeLessThan(rest.length)
      }
      seen.cuts++
    }
  }
  // The cases are of every kind.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5)
})
