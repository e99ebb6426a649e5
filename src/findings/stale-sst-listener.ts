import type { Finding } from '../report/report.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'

const SST_PORT = 4444

/** What a state transfer left behind: it listens for a donor though no database server is there to take the data. */
export function staleSstListeners({ nodes }: ClusterView): Finding[] {
  return nodes.flatMap((node) => staleOf(node))
}

function staleOf({ name, hello, settings, survey }: NodeView): Finding[] {
  // Where processes are hidden from the agent, a server may run.
  if (survey === null || survey.servers.length > 0 || hello === null || hello.mysqld) return []
  const port = settings?.endpoints.sst.port.value ?? SST_PORT
  const stale = survey.transferListeners.filter((each) => each.port === port && each.pid > 0)
  return stale.map(({ pid, program, startedSecondsAgo }) => ({
    code: 'stale-sst-listener',
    severity: 'warning',
    node: name,
    args: { node: name, port, pid, program },
    message:
      `${program} (process ${pid}${startedSecondsAgo === null ? '' : `, started ${agoText(startedSecondsAgo)} ago`}) listens on ${port}/tcp though no database server runs: ` +
      `what a state transfer has left. The next start that needs an SST may fail on it. Next: look at it with "ps -fp ${pid}", then end it with "kill ${pid}".`,
  }))
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const

function agoText(seconds: number): string {
  const [unit, size] = UNITS.find((each) => seconds >= each[1]) ?? ['s', 1]
  return `${Math.floor(seconds / size)} ${unit}`
}
