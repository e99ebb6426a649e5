import agent from './agent.py'
import apply from './apply.py'
import attempt from './attempt.py'
import boundedFile from './bounded_file.py'
import certificate from './certificate.py'
import certificateFile from './certificate_file.py'
import child from './child.py'
import clock from './clock.py'
import connect from './connect.py'
import databaseServers from './database_servers.py'
import datagram from './datagram.py'
import errorLog from './error_log.py'
import flowProbe from './flow_probe.py'
import foreignRoot from './foreign_root.py'
import gcommGreeting from './gcomm_greeting.py'
import guardian from './guardian.py'
import halfOpen from './half_open.py'
import hostFacts from './host_facts.py'
import hostState from './host_state.py'
import httpCheck from './http_check.py'
import httpExchange from './http_exchange.py'
import inspection from './inspection.py'
import listeners from './listeners.py'
import loop from './loop.py'
import masking from './masking.py'
import mysqlClient from './mysql_client.py'
import mysqlLogin from './mysql_login.py'
import neighbour from './neighbour.py'
import optionFiles from './option_files.py'
import optionText from './option_text.py'
import output from './output.py'
import pacer from './pacer.py'
import packets from './packets.py'
import pathMtu from './path_mtu.py'
import portLabels from './port_labels.py'
import prober from './prober.py'
import processSockets from './process_sockets.py'
import processes from './processes.py'
import programs from './programs.py'
import resolver from './resolver.py'
import roundTrips from './round_trips.py'
import route from './route.py'
import savedTable from './saved_table.py'
import serverPrograms from './server_programs.py'
import shorten from './shorten.py'
import sntp from './sntp.py'
import socketFilter from './socket_filter.py'
import socketProbe from './socket_probe.py'
import survey from './survey.py'
import verification from './verification.py'
import wantedOptions from './wanted_options.py'
import wire from './wire.py'
import witness from './witness.py'
import worker from './worker.py'

/** Each module behind those that it imports, for people to read; `agent` is the program. */
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
  ['round_trips', roundTrips],
  ['certificate', certificate],
  ['verification', verification],
  ['http_exchange', httpExchange],
  ['child', child],
  ['worker', worker],
  ['http_check', httpCheck],
  ['sntp', sntp],
  ['shorten', shorten],
  ['bounded_file', boundedFile],
  ['masking', masking],
  ['option_text', optionText],
  ['wanted_options', wantedOptions],
  ['option_files', optionFiles],
  ['foreign_root', foreignRoot],
  ['processes', processes],
  ['process_sockets', processSockets],
  ['database_servers', databaseServers],
  ['mysql_client', mysqlClient],
  ['host_state', hostState],
  ['server_programs', serverPrograms],
  ['survey', survey],
  ['certificate_file', certificateFile],
  ['error_log', errorLog],
  ['resolver', resolver],
  ['route', route],
  ['port_labels', portLabels],
  ['inspection', inspection],
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
