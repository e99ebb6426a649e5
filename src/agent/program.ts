import agent from './agent.py'
import apply from './apply.py'
import attempt from './attempt.py'
import certificate from './certificate.py'
import child from './child.py'
import clock from './clock.py'
import connect from './connect.py'
import datagram from './datagram.py'
import flowProbe from './flow_probe.py'
import gcommGreeting from './gcomm_greeting.py'
import guardian from './guardian.py'
import halfOpen from './half_open.py'
import hostFacts from './host_facts.py'
import httpCheck from './http_check.py'
import httpExchange from './http_exchange.py'
import listeners from './listeners.py'
import loop from './loop.py'
import mysqlLogin from './mysql_login.py'
import neighbour from './neighbour.py'
import output from './output.py'
import pacer from './pacer.py'
import packets from './packets.py'
import pathMtu from './path_mtu.py'
import prober from './prober.py'
import programs from './programs.py'
import savedTable from './saved_table.py'
import sntp from './sntp.py'
import socketFilter from './socket_filter.py'
import socketProbe from './socket_probe.py'
import verification from './verification.py'
import wire from './wire.py'
import witness from './witness.py'

/** Each module after those it imports; the last one is the program. */
const MODULES: readonly (readonly [name: string, source: string])[] = [
  ['loop', loop],
  ['output', output],
  ['clock', clock],
  ['host_facts', hostFacts],
  ['programs', programs],
  ['packets', packets],
  ['socket_filter', socketFilter],
  ['wire', wire],
  ['witness', witness],
  ['listeners', listeners],
  ['pacer', pacer],
  ['attempt', attempt],
  ['flow_probe', flowProbe],
  ['neighbour', neighbour],
  ['half_open', halfOpen],
  ['socket_probe', socketProbe],
  ['connect', connect],
  ['mysql_login', mysqlLogin],
  ['gcomm_greeting', gcommGreeting],
  ['datagram', datagram],
  ['prober', prober],
  ['path_mtu', pathMtu],
  ['certificate', certificate],
  ['verification', verification],
  ['http_exchange', httpExchange],
  ['http_check', httpCheck],
  ['sntp', sntp],
  ['child', child],
  ['saved_table', savedTable],
  ['guardian', guardian],
  ['apply', apply],
  ['agent', agent],
]

/** The agent's modules as they travel over stdin: one JSON array, ASCII only, so that bytes and characters agree. */
export const AGENT_PROGRAM: string = JSON.stringify(MODULES).replace(
  /[\u007f-\uffff]/g,
  (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
)

/** The agent's source for people to read before it runs (`--dry-run`). */
export function agentSource(): string {
  return MODULES.map(([name, source]) => `# ---- ${name}.py ----\n${source.trimEnd()}\n`).join('\n\n')
}
