import { describe, expect, it } from 'vitest'
import type { JudgedFlow } from '../../src/check/judge-flows.ts'
import { measurePaths } from '../../src/check/measure-paths.ts'
import type { Member } from '../../src/check/members.ts'
import { planFlows } from '../../src/plan.ts'
import { GALERA_SERVICES } from '../../src/services.ts'
import type { RoundTrips } from '../../src/session/messages.ts'
import type { RttRequest } from '../../src/session/requests.ts'
import { type Session, SessionError } from '../../src/session/session.ts'
import { judgedFlow, OPEN } from './judged.ts'

type Answer = (request: RttRequest) => RoundTrips[]

const everything: Answer = ({ paths, samples }) =>
  paths.map(({ id }) => ({ id, sent: samples, rttsMs: Array(samples).fill(1) }))

/** Members whose agents answer like this, and what each was asked. */
function membersWith(names: readonly string[], answer: Answer, role: 'member' | 'pmm' = 'member') {
  const asked = new Map<string, RttRequest>()
  const members = names.map((name): [string, Member] => {
    const session = {
      roundTrips: async (request: RttRequest) => {
        asked.set(name, request)
        return answer(request)
      },
    } as unknown as Session
    return [name, { name, role, session } as Member]
  })
  return { asked, members: new Map(members) }
}

/** All flows of a mesh, proven open by half-open probes; `part` changes one. */
function mesh(
  names: readonly string[],
  part: (flow: JudgedFlow['evidence']['flow']) => Partial<JudgedFlow> | null = () => ({}),
): JudgedFlow[] {
  const endpoints = names.map((name, index) => ({
    name,
    address: `10.0.0.${index + 1}`,
    role: 'member' as const,
  }))
  return planFlows(endpoints, endpoints, GALERA_SERVICES).flatMap((flow) => {
    const changed = part(flow)
    if (changed === null) return []
    const method = flow.protocol === 'udp' ? ('datagram' as const) : ('half-open' as const)
    const result = { type: 'flow' as const, id: flow.id, method, attempts: [] }
    return [
      {
        ...judgedFlow({ ...OPEN, status: 'OK' }),
        evidence: { flow, skipped: null, result, listen: null },
        rttMs: 0.2,
        ...changed,
      },
    ]
  })
}

const TWO = ['n1', 'n2']

describe('which port of a pair is measured', () => {
  const portTo = async (judged: readonly JudgedFlow[], members = membersWith(TWO, everything).members) =>
    (await measurePaths(judged, members)).map(({ from, to, port }) => `${from}>${to} ${port}`)

  it('one at which nothing listens, IST before SST', async () => {
    expect(await portTo(mesh(TWO))).toEqual(['n1>n2 4568', 'n2>n1 4568'])
  })

  it('never one that waits for a state transfer, nor one of which that is not known', async () => {
    for (const listening of [true, null]) {
      const judged = mesh(TWO, () => ({ listening }))
      expect(await portTo(judged)).toEqual(['n1>n2 3306', 'n2>n1 3306'])
      const transfers = mesh(TWO, ({ service }) =>
        service.name === 'mysql' || service.name === 'galera' ? null : { listening },
      )
      expect(await portTo(transfers)).toEqual([])
    }
  })

  it('on the address of group communication', async () => {
    const judged = mesh(TWO).map((each) => {
      const { flow } = each.evidence
      const elsewhere = flow.service.name === 'galera' || flow.service.name === 'sst'
      return elsewhere
        ? { ...each, evidence: { ...each.evidence, flow: { ...flow, address: '10.9.9.9' } } }
        : each
    })
    expect(await portTo(judged)).toEqual(['n1>n2 4444', 'n2>n1 4444'])
  })

  it('none that is DOWN, unanswered, or proven otherwise than by a half-open probe', async () => {
    const down = { ...OPEN, status: 'DOWN' as const }
    expect(await portTo(mesh(TWO, ({ from }) => (from === 'n1' ? { verdict: down } : {})))).toEqual([
      'n2>n1 4568',
    ])
    expect(await portTo(mesh(TWO, ({ from }) => (from === 'n1' ? { rttMs: null } : {})))).toEqual([
      'n2>n1 4568',
    ])
    const connects = mesh(TWO).map((each) => {
      const { evidence } = each
      return {
        ...each,
        evidence: {
          ...evidence,
          result: evidence.result && { ...evidence.result, method: 'connect' as const },
        },
      }
    })
    expect(await portTo(connects)).toEqual([])
  })

  it('none of the PMM server', async () => {
    expect(await portTo(mesh(TWO), membersWith(TWO, everything, 'pmm').members)).toEqual([])
  })
})

describe('how often', () => {
  it.each([
    [3, { samples: 20, intervalMs: 100 }],
    [11, { samples: 20, intervalMs: 100 }],
    [31, { samples: 10, intervalMs: 300 }],
  ])('%i nodes: no target gets more than 100 SYNs a second', async (count, rate) => {
    const names = Array.from({ length: count }, (_, index) => `n${index + 1}`)
    const { asked, members } = membersWith(names, everything)
    await measurePaths(mesh(names), members)
    expect(asked.size).toBe(count)
    expect(asked.get('n1')).toMatchObject(rate)
    expect(asked.get('n1')?.paths).toHaveLength(count - 1)
  })
})

describe('what is believed', () => {
  it('no answer to what was not asked, and no more answers than packets', async () => {
    const { members } = membersWith(TWO, ({ paths }) => [
      { id: 'n1>n9', sent: 20, rttsMs: [1] },
      ...paths.map(({ id }) => ({ id, sent: 2, rttsMs: [1, 2, 900] })),
    ])
    expect(await measurePaths(mesh(TWO), members)).toMatchObject([
      { from: 'n1', to: 'n2', samples: 2, lost: 0, maxMs: 2 },
      { from: 'n2', to: 'n1', samples: 2, lost: 0, maxMs: 2 },
    ])
  })

  it('what another node says of a pair of its own only', async () => {
    const { members } = membersWith(TWO, (request) =>
      request.paths.some(({ id }) => id.startsWith('n1'))
        ? [...everything(request), { id: 'n2>n1', sent: 20, rttsMs: [700] }]
        : [],
    )
    expect((await measurePaths(mesh(TWO), members)).map(({ from }) => from)).toEqual(['n1'])
  })

  it('a path on which nothing was sent is not measured, and a session that broke off tells nothing', async () => {
    const unsent = membersWith(TWO, ({ paths }) =>
      paths.map(({ id }) => ({ id, sent: 0, rttsMs: [], errno: 'EPERM' })),
    )
    expect(await measurePaths(mesh(TWO), unsent.members)).toEqual([])
    const broken = membersWith(TWO, (request) => {
      if (request.paths[0]?.id === 'n1>n2') throw new SessionError({ code: 'cancelled', detail: '' })
      return everything(request)
    })
    expect((await measurePaths(mesh(TWO), broken.members)).map(({ from }) => from)).toEqual(['n2'])
  })
})
