import { describe, expect, it } from 'vitest'
import { planFlows } from '../../src/plan.ts'
import { chooseProbe, type End, type ProbeChoice } from '../../src/probe/method.ts'
import { GALERA_SERVICES, type Service } from '../../src/services.ts'

const EXPORTER: Service = {
  name: 'exporter',
  port: 42000,
  protocol: 'tcp',
  listens: 'always',
  need: 'required',
  route: 'members',
  purpose: 'a harmless HTTP server',
}

function flow(name: string) {
  const service = [...GALERA_SERVICES, EXPORTER].find((each) => each.name === name)
  if (service === undefined) throw new Error(name)
  const [only] = planFlows(
    [{ name: 'n1', address: '10.99.0.11', role: 'member' }],
    [{ name: 'n2', address: '10.99.0.12', role: 'member' }],
    [service],
  )
  if (only === undefined) throw new Error(name)
  return only
}

const RAW: End = { sends: true, inspected: true, raw: true, mysqld: false }
const USER: End = { sends: true, inspected: true, raw: false, mysqld: false }
const MYSQLD: End = { sends: true, inspected: true, raw: false, mysqld: true }
const UNSEEN: End = { sends: false, inspected: false, raw: false, mysqld: false }

const CAREFUL = { allowConnect: false, galeraTls: 'unknown' } as const
const BOLD = { allowConnect: true, galeraTls: 'unknown' } as const

function text(choice: ProbeChoice): string {
  if (choice.kind === 'skip') return `skip ${choice.why}`
  return 'listen' in choice && choice.listen ? `${choice.kind}+listen` : choice.kind
}

type Case = readonly [service: string, source: End, target: End, listening: boolean, expected: string]

// biome-ignore format: a table is read in columns
const CASES: readonly Case[] = [
  ['galera', RAW,    RAW,    true,  'half-open'],
  ['galera', RAW,    RAW,    false, 'half-open'],
  ['sst',    RAW,    RAW,    true,  'half-open'],
  ['galera-udp', RAW, RAW,   false, 'datagram'],
  // One end has no raw sockets: our own listener where the port is free, half-open where it is not.
  ['galera', RAW,    USER,   false, 'connect+listen'],
  ['galera', RAW,    MYSQLD, true,  'half-open'],
  ['ist',    RAW,    USER,   true,  'half-open'],
  ['galera', USER,   RAW,    false, 'connect+listen'],
  ['galera-udp', USER, USER, false, 'datagram+listen'],
  ['galera-udp', USER, MYSQLD, false, 'datagram'],
  // No raw sockets at the source.
  ['mysql',  USER,   MYSQLD, true,  'mysql'],
  ['mysql',  USER,   USER,   true,  'skip live-service'],
  ['galera', USER,   MYSQLD, true,  'skip live-service'],
  ['sst',    USER,   USER,   false, 'connect+listen'],
  ['sst',    USER,   MYSQLD, false, 'skip live-service'],
  ['ist',    USER,   MYSQLD, false, 'skip live-service'],
  ['sst',    USER,   USER,   true,  'skip transfer-in-progress'],
  ['ist',    USER,   MYSQLD, true,  'skip transfer-in-progress'],
  ['exporter', USER, MYSQLD, true,  'connect'],
  ['exporter', USER, MYSQLD, false, 'connect+listen'],
  // Nobody looks at the target.
  ['galera', RAW,    UNSEEN, false, 'half-open'],
  ['sst',    RAW,    UNSEEN, false, 'half-open'],
  ['galera', USER,   UNSEEN, false, 'skip target-not-inspected'],
  ['sst',    USER,   UNSEEN, false, 'skip target-not-inspected'],
  ['exporter', USER, UNSEEN, false, 'connect'],
  ['galera', UNSEEN, RAW,    false, 'skip source-unreachable'],
]

describe('the choice of probe', () => {
  it.each(CASES)('%s from %o to %o, listening %s', (service, source, target, listening, expected) => {
    expect(text(chooseProbe(flow(service), source, target, listening, CAREFUL))).toBe(expected)
  })

  it('connects to a transfer port of an uninspected target only on demand, and to a live service never', () => {
    expect(text(chooseProbe(flow('sst'), USER, UNSEEN, false, BOLD))).toBe('connect')
    expect(text(chooseProbe(flow('galera'), USER, MYSQLD, true, BOLD))).toBe('skip live-service')
    expect(text(chooseProbe(flow('galera'), USER, UNSEEN, false, BOLD))).toBe('skip target-not-inspected')
    // A login carried through is harmless whatever answers.
    expect(text(chooseProbe(flow('mysql'), USER, UNSEEN, false, BOLD))).toBe('mysql')
  })

  it('lets the in-process prober do no more than connect, where that is harmless', () => {
    const here: End = { sends: true, inspected: false, raw: false, mysqld: false }
    expect(text(chooseProbe(flow('mysql'), here, MYSQLD, true, BOLD))).toBe('skip live-service')
    expect(text(chooseProbe(flow('mysql'), here, UNSEEN, false, BOLD))).toBe('skip target-not-inspected')
    expect(text(chooseProbe(flow('exporter'), here, UNSEEN, false, CAREFUL))).toBe('connect')
  })

  it('half-closes a live Galera port only where it is known to speak plaintext', () => {
    const choose = (galeraTls: 'yes' | 'no' | 'unknown') =>
      text(chooseProbe(flow('galera'), USER, MYSQLD, true, { allowConnect: false, galeraTls }))
    expect([choose('no'), choose('yes'), choose('unknown')]).toEqual([
      'gcomm',
      'skip live-service',
      'skip live-service',
    ])
  })

  it('never connects where a state transfer waits, whatever is allowed', () => {
    const ends = [RAW, USER, MYSQLD, UNSEEN, { ...MYSQLD, raw: true }]
    const choices = ['sst', 'ist'].flatMap((service) =>
      ends.flatMap((source) =>
        ends
          .filter(({ inspected }) => inspected)
          .flatMap((target) =>
            [CAREFUL, BOLD].map((policy) => chooseProbe(flow(service), source, target, true, policy)),
          ),
      ),
    )
    expect(choices.filter(({ kind }) => kind === 'connect' || kind === 'datagram')).toEqual([])
  })

  it('never takes a port that a running mysqld may want', () => {
    const held = GALERA_SERVICES.flatMap(({ name }) =>
      [RAW, USER].map((source) => chooseProbe(flow(name), source, MYSQLD, false, BOLD)),
    ).filter((choice) => 'listen' in choice && choice.listen)
    expect(held).toEqual([])
  })
})
