import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type {
  IcmpError,
  Observation,
  ProbeMethod,
  ProbeObservation,
  ProbeOutcome,
  RulesObservation,
  SkipReason,
} from '../../src/probe/observation.ts'
import type { Reason } from '../../src/reasons.ts'
import { errorReport } from '../../src/report/render/json.ts'
import { BLOCKED_AT_TEXTS, PROOF_TEXTS, REASON_TEXTS } from '../../src/report/render/text.ts'
import type {
  Backend,
  Fix,
  Report,
  ReportFlow,
  ReportGalera,
  ReportNode,
  ReportPath,
  RunStatus,
  Severity,
} from '../../src/report/report.ts'
import {
  API_REASONS,
  ENDPOINT_REASONS,
  type PmmClock,
  type PmmEndpoint,
  type ReportPmm,
  type ReportPmmNode,
} from '../../src/report/report-pmm.ts'
import type { Protocol } from '../../src/services.ts'
import type { BlockedAt, FlowStatus, Proof } from '../../src/verdict.ts'
import { FIXTURES, readReport } from './reports.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../docs/schema/report-v1.json', import.meta.url), 'utf8'),
) as Record<string, unknown>

/** As published the schema lets readers meet new fields; here an unknown field is a typing error of ours. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]))
  return 'properties' in value && 'type' in value ? { ...inner, additionalProperties: false } : inner
}

const published = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema)
const strict = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  closed(schema) as Record<string, unknown>,
)

function problems(validate: typeof strict, report: unknown) {
  validate(report)
  return validate.errors ?? []
}

describe('the JSON schema', () => {
  it.each(FIXTURES)('describes %s completely', (name) => {
    const report = readReport(name)
    expect(problems(strict, report)).toEqual([])
    expect(problems(published, report)).toEqual([])
  })

  it('describes the report of a run that could not be made', () => {
    const run = readReport('healthy')
    expect(problems(strict, errorReport(run, { code: 'no-nodes', message: 'No nodes.' }))).toEqual([])
  })

  it('lets a reader meet fields of a later version', () => {
    const later = { ...readReport('healthy'), cluster: 'c1' }
    expect(problems(published, later)).toEqual([])
    expect(problems(strict, later)).not.toEqual([])
  })

  it.each([
    ['another version', { schemaVersion: 2 }],
    ['a status of its own', { status: 'FINE' }],
    ['a local time', { startedAt: '2026-11-24T02:10:00+01:00' }],
    ['no flows', { flows: undefined }],
    ['a flow without a verdict', { flows: [{ id: 'a->b/c' }] }],
  ])('refuses %s', (_, part) => {
    expect(
      problems(published, JSON.parse(JSON.stringify({ ...readReport('healthy'), ...part }))),
    ).not.toEqual([])
  })
})

/** Each value once, and the compiler refuses a missing or an unknown one. */
function values<T extends string | number>(every: Record<T, true>): string[] {
  return Object.keys(every).sort()
}

function enumAt(...path: string[]): string[] {
  const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], schema) as {
    enum: unknown[]
  }
  return found.enum
    .filter((value) => value !== null)
    .map(String)
    .sort()
}

function propertiesAt(...path: string[]): string[] {
  const found = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], schema) as object
  return Object.keys((found as { properties: object }).properties).sort()
}

const flowEnum = (name: string) => enumAt('$defs', 'flow', 'properties', name)

describe('each enum of the schema is the union of the types', () => {
  it.each([
    ['reason', flowEnum('reason'), Object.keys(REASON_TEXTS satisfies Record<Reason, unknown>).sort()],
    ['proof', flowEnum('proof'), Object.keys(PROOF_TEXTS satisfies Record<Proof, unknown>).sort()],
    [
      'blockedAt',
      flowEnum('blockedAt'),
      Object.keys(BLOCKED_AT_TEXTS satisfies Record<BlockedAt, unknown>).sort(),
    ],
    [
      'flow status',
      flowEnum('status'),
      values<FlowStatus>({ OK: true, CLOSED: true, DOWN: true, UNKNOWN: true }),
    ],
    ['protocol', flowEnum('protocol'), values<Protocol>({ tcp: true, udp: true })],
    [
      'run status',
      enumAt('properties', 'status'),
      values<RunStatus>({ OK: true, WARNING: true, CRITICAL: true, UNKNOWN: true }),
    ],
    [
      'severity',
      enumAt('$defs', 'finding', 'properties', 'severity'),
      values<Severity>({ info: true, warning: true, critical: true }),
    ],
    [
      'backend',
      enumAt('$defs', 'fix', 'properties', 'backend'),
      values<Backend>({ iptables: true, nft: true, firewalld: true, ufw: true, cloud: true, none: true }),
    ],
    [
      'probe method',
      enumAt('$defs', 'probe', 'properties', 'method'),
      values<ProbeMethod>({ 'half-open': true, connect: true, datagram: true, mysql: true, gcomm: true }),
    ],
    [
      'probe outcome',
      enumAt('$defs', 'probe', 'properties', 'outcome'),
      values<ProbeOutcome>({
        'syn-ack': true,
        rst: true,
        connected: true,
        echoed: true,
        icmp: true,
        'not-sent': true,
        errno: true,
        silence: true,
      }),
    ],
    [
      'own answer',
      enumAt('$defs', 'probe', 'properties', 'answer'),
      values<NonNullable<ProbeObservation['answer']>>({ 'syn-ack': true, rst: true }),
    ],
    [
      'skip reason',
      enumAt('$defs', 'skipped', 'properties', 'why'),
      values<SkipReason>({
        'source-unreachable': true,
        'name-not-resolved': true,
        'transfer-in-progress': true,
        'live-service': true,
        'target-not-inspected': true,
        'not-probed': true,
      }),
    ],
    [
      'family',
      enumAt('$defs', 'icmp', 'properties', 'family'),
      values<IcmpError['family']>({ 4: true, 6: true }),
    ],
    [
      'reason of an API',
      enumAt('$defs', 'pmmNode', 'properties', 'apis', 'items', 'properties', 'reason'),
      [...API_REASONS].sort(),
    ],
    [
      'reason of an endpoint',
      enumAt('$defs', 'pmmEndpoint', 'properties', 'reason'),
      [...ENDPOINT_REASONS].sort(),
    ],
    [
      'status of an endpoint',
      enumAt('$defs', 'pmmEndpoint', 'properties', 'status'),
      values<PmmEndpoint['status']>({ OK: true, CLOSED: true, DOWN: true, PUSH: true, UNKNOWN: true }),
    ],
  ])('%s', (_, inSchema, inTypes) => {
    expect(inSchema).toEqual(inTypes)
  })

  it('observations are the six kinds', () => {
    const { oneOf } = (schema as { $defs: { observation: { oneOf: { $ref: string }[] } } }).$defs.observation
    const kinds = values<Observation['kind']>({
      established: true,
      probe: true,
      witness: true,
      listener: true,
      skipped: true,
      rules: true,
    })
    expect(oneOf.map(({ $ref }) => $ref.replace('#/$defs/', '')).sort()).toEqual(kinds)
  })
})

describe('each field of the types is in the schema', () => {
  it.each([
    [
      'report',
      propertiesAt(),
      values<keyof Report>({
        schemaVersion: true,
        tool: true,
        startedAt: true,
        finishedAt: true,
        durationMs: true,
        status: true,
        exitCode: true,
        nodes: true,
        flows: true,
        findings: true,
        fixes: true,
        pmm: true,
        paths: true,
        error: true,
      }),
    ],
    [
      'pmm',
      propertiesAt('$defs', 'pmm'),
      values<keyof ReportPmm>({
        server: true,
        address: true,
        port: true,
        version: true,
        ntpServer: true,
        nodes: true,
      }),
    ],
    [
      'pmm node',
      propertiesAt('$defs', 'pmmNode'),
      values<keyof ReportPmmNode>({
        node: true,
        address: true,
        mode: true,
        clock: true,
        apis: true,
        certificate: true,
        connectMs: true,
        requestMs: true,
        endpoints: true,
      }),
    ],
    [
      'pmm clock',
      propertiesAt('$defs', 'pmmClock'),
      values<keyof PmmClock>({
        zone: true,
        client: true,
        server: true,
        ntp: true,
        serverAheadOfNtp: true,
        clientAheadOfNtp: true,
        clientAheadOfServer: true,
        serverErrorSeconds: true,
      }),
    ],
    [
      'pmm endpoint',
      propertiesAt('$defs', 'pmmEndpoint'),
      values<keyof PmmEndpoint>({
        type: true,
        name: true,
        address: true,
        port: true,
        status: true,
        reason: true,
        flow: true,
        tls: true,
        password: true,
        health: true,
        lastError: true,
      }),
    ],
    [
      'path',
      propertiesAt('$defs', 'path'),
      values<keyof ReportPath>({
        from: true,
        to: true,
        address: true,
        port: true,
        samples: true,
        lost: true,
        minMs: true,
        avgMs: true,
        maxMs: true,
        jitterMs: true,
      }),
    ],
    [
      'node',
      propertiesAt('$defs', 'node'),
      values<keyof ReportNode>({
        role: true,
        name: true,
        address: true,
        via: true,
        reachable: true,
        privileged: true,
        error: true,
        acknowledged: true,
        galera: true,
      }),
    ],
    [
      'galera of a node',
      propertiesAt('$defs', 'node', 'properties', 'galera'),
      values<keyof ReportGalera>({
        flavour: true,
        version: true,
        galeraVersion: true,
        running: true,
        known: true,
        state: true,
        status: true,
        encryption: true,
        segment: true,
      }),
    ],
    [
      'flow',
      propertiesAt('$defs', 'flow'),
      values<keyof ReportFlow>({
        id: true,
        from: true,
        to: true,
        service: true,
        protocol: true,
        address: true,
        port: true,
        status: true,
        reason: true,
        proof: true,
        blockedAt: true,
        blockedBy: true,
        required: true,
        needed: true,
        acknowledged: true,
        listening: true,
        rttMs: true,
        observations: true,
      }),
    ],
    [
      'fix',
      propertiesAt('$defs', 'fix'),
      values<keyof Fix>({
        node: true,
        backend: true,
        commands: true,
        persist: true,
        undo: true,
        opens: true,
        proven: true,
        note: true,
      }),
    ],
    [
      'probe',
      propertiesAt('$defs', 'probe'),
      values<keyof ProbeObservation>({
        kind: true,
        method: true,
        outcome: true,
        attempt: true,
        atMs: true,
        sourceAddress: true,
        sourcePort: true,
        rttMs: true,
        errno: true,
        icmp: true,
        acknowledged: true,
        mysqlError: true,
        greeting: true,
        answer: true,
        leftSource: true,
        neighbour: true,
        passedInput: true,
      }),
    ],
    [
      'rules',
      propertiesAt('$defs', 'rules'),
      values<keyof RulesObservation>({
        kind: true,
        node: true,
        hook: true,
        carries: true,
        packet: true,
        fate: true,
        rejectWith: true,
        rule: true,
        chain: true,
        position: true,
        doubts: true,
      }),
    ],
  ])('%s', (_, inSchema, inTypes) => {
    expect(inSchema).toEqual(inTypes)
  })
})
