import type { Finding, Report, ReportFlow, ReportNode } from '../report.ts'
import { isUnreachable } from '../status.ts'
import { blockedNotes } from './blocked.ts'
import { unique } from './lists.ts'
import type { Note } from './note.ts'
import { neededOnly } from './optional.ts'
import { closedNotes, unknownNotes, unreachableNote } from './undecided.ts'

export type Outcome = 'passed' | 'failure' | 'error' | 'skipped'

export interface TestCase {
  readonly name: string
  readonly outcome: Outcome
  /** Why it did not pass: `type` for machines, `message` in one line, `text` whole. */
  readonly type?: string
  readonly message?: string
  readonly text?: string
  readonly ms?: number
}

/** What the node tells of itself, and the flows that it sends. The report is safe to print. */
export function casesOf(name: string, report: Report): TestCase[] {
  const node = report.nodes.find((each) => each.name === name)
  return [
    ...(node !== undefined && (node.reachable || isUnreachable(node)) ? [nodeCase(node)] : []),
    ...report.flows.filter(({ from }) => from === name).map((flow) => flowCase(flow, report)),
  ]
}

function nodeCase(node: ReportNode): TestCase {
  const name = `${node.name} can be inspected`
  if (node.reachable) return { name, outcome: 'passed' }
  const note = unreachableNote(node)
  return excused(node.acknowledged, {
    name,
    outcome: 'error',
    type: node.error?.code ?? 'not-reached',
    message: note.text,
    text: noteText(note),
  })
}

function flowCase(flow: ReportFlow, report: Report): TestCase {
  const { from, to, port, protocol, service, status, reason, needed, acknowledged, rttMs } = flow
  const test = {
    name: `${from} to ${to}: ${port}/${protocol} ${service}`,
    type: reason,
    ...(rttMs === null ? {} : { ms: rttMs }),
  }
  switch (status) {
    case 'OK':
      return { ...test, outcome: 'passed' }
    case 'CLOSED':
      return { ...test, outcome: 'passed', text: closedNotes([flow]).map(noteText).join('\n') }
    case 'UNKNOWN':
      return { ...test, outcome: 'skipped', ...told(unknownNotes([flow])) }
    case 'DOWN': {
      const notes = blockedNotes([flow], report).map((note) => withCommands(note, flow, report))
      const { message, text } = told(notes)
      return needed === false
        ? {
            ...test,
            outcome: 'skipped',
            message: `DOWN, but needed only ${neededOnly(flow)}: ${message}`,
            text,
          }
        : excused(acknowledged, { ...test, outcome: 'failure', message, text })
    }
  }
}

/** A test that would fail, were it not for the `--ignore` that covers it. */
function excused(by: string | undefined, test: TestCase): TestCase {
  return by === undefined
    ? test
    : { ...test, outcome: 'skipped', message: `Ignored by --ignore ${by}: ${test.message}` }
}

/** There is no list of commands below a test. */
function withCommands(note: Note, flow: ReportFlow, { fixes }: Report): Note {
  const nodes = unique(
    fixes
      .filter(
        ({ opens, commands, backend }) =>
          commands.length > 0 && backend !== 'cloud' && opens.includes(flow.id),
      )
      .map(({ node }) => node),
  )
  if (nodes.length === 0) return note
  return { ...note, next: `On ${nodes.join(', ')}, paste what pxc-netcheck fix prints for it.` }
}

export function findingCase({ code, severity, node, message, acknowledged }: Finding): TestCase {
  const name = node === undefined ? code : `${code} on ${node}`
  return severity === 'info'
    ? { name, outcome: 'passed', text: message }
    : excused(acknowledged, { name, outcome: 'failure', type: severity, message })
}

function told(notes: readonly Note[]): { message: string; text: string } {
  return { message: notes.map(({ text }) => text).join(' '), text: notes.map(noteText).join('\n') }
}

function noteText({ text, verbatim, next }: Note): string {
  return [
    text,
    ...(verbatim === undefined ? [] : [`    ${verbatim}`]),
    ...(next ? [`Next: ${next}`] : []),
  ].join('\n')
}
