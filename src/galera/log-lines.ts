import { isIP } from 'node:net'
import type { LogEntry, LogFields, LogPeer, Milestone } from './log-event.ts'
import { LOG_PATTERNS, type LogPattern, MILESTONES } from './log-patterns.ts'
import { timeOf } from './log-time.ts'

/** No IST is awaited after these. */
const ENDS_WAIT: ReadonlySet<Milestone> = new Set<Milestone>(['started', 'synced', 'stopped', 'ist-received'])

/** What is looked at of one line, in characters. */
const MAX_LINE = 4096

/** What one line tells, alone; null for a line that is not known. */
export function parseLogLine(whole: string): LogEntry | null {
  const line = whole.slice(0, MAX_LINE)
  const known = find(LOG_PATTERNS, line)
  if (known !== null) {
    return { kind: known.is, at: timeOf(line), fields: fieldsOf(known.groups), line }
  }
  const milestone = find(MILESTONES, line)
  return (
    milestone && { milestone: milestone.is, member: milestone.groups.member ?? null, at: timeOf(line), line }
  )
}

/**
 * What the lines of one log tell, oldest first. A server that dies of an exception while it waits for an IST is told apart from
 * one that dies of something else by the lines before, and a line without a time has that of the line before.
 */
export function readLog(lines: Iterable<string>): LogEntry[] {
  const entries: LogEntry[] = []
  let waits = false
  let at: string | null = null
  for (const line of lines) {
    const entry = parseLogLine(line)
    if (entry === null) {
      at = timeOf(line.slice(0, MAX_LINE)) ?? at
      continue
    }
    at = entry.at ?? at
    if ('milestone' in entry)
      waits = entry.milestone === 'ist-prepared' || (waits && !ENDS_WAIT.has(entry.milestone))
    const crashed = waits && 'kind' in entry && entry.kind === 'crashed'
    entries.push(crashed ? { ...entry, at, kind: 'ist-receiver-crashed' } : { ...entry, at })
  }
  return entries
}

interface Found<K> {
  readonly is: K
  readonly groups: Readonly<Record<string, string | undefined>>
}

function find<K>(patterns: readonly LogPattern<K>[], line: string): Found<K> | null {
  for (const { is, has, fields } of patterns) {
    if (!line.includes(has)) continue
    if (fields === undefined) return { is, groups: {} }
    const match = fields.exec(line)
    if (match !== null) return { is, groups: match.groups ?? {} }
  }
  return null
}

function fieldsOf(groups: Found<unknown>['groups']): LogFields {
  const { address, port, uris, hosts, uuid = null, donor = null, joiner = null, detail } = groups
  return {
    peers: [...(address === undefined ? [] : peer(address, port)), ...urisOf(uris), ...hostsOf(hosts)],
    uuid,
    donor,
    joiner,
    detail: detail?.trim() ?? null,
  }
}

function peer(address: string, port: string | undefined): LogPeer[] {
  const number = port === undefined ? null : Number(port)
  if (number !== null && number > 65_535) return []
  return [{ address: address.replace(/^\[|\]$/g, ''), port: number }]
}

/** As many as a cluster has members at most; a longer list is no list of peers. */
const MAX_PEERS = 64

function urisOf(text = ''): LogPeer[] {
  const uris = text.matchAll(/(?:tcp|ssl):\/\/(\[[0-9A-Fa-f:.%]{2,64}\]|[\w.-]{1,253}):(\d{1,5})/g)
  return [...uris].slice(0, MAX_PEERS).flatMap(([, address = '', port]) => peer(address, port))
}

/** The hosts of a cluster address; the port is the node's own where none is written. */
function hostsOf(text = ''): LogPeer[] {
  return text
    .split(',', MAX_PEERS)
    .map((item) => item.trim())
    .flatMap((item) => {
      const [, address = '', port] =
        /^(\[[0-9A-Fa-f:.%]{2,64}\]|[\w.-]{1,253})(?::(\d{1,5}))?$/.exec(item) ?? []
      if (address === '') return isIP(item) === 6 ? peer(item, undefined) : []
      return peer(address, port)
    })
}
