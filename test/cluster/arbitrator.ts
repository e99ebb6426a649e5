import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Lab } from '../lab/lab.ts'
import { nodeFiles } from './config.ts'
import { onNode } from './machine.ts'
import { until } from './until.ts'

/** What the service of Debian's package reads: /etc/default/garb of the host. */
export const garbFile = (host: string) => `${nodeFiles(host).dir}/garb`

const logFile = (host: string) => `${nodeFiles(host).dir}/garbd.log`

export interface ArbitratorOptions {
  /** GALERA_NODES: hosts with or without ports, with commas. */
  readonly nodes: string
  /** GALERA_OPTIONS, as of wsrep_provider_options. */
  readonly options?: string
}

/**
 * Starts garbd on a host as its service does, one of the cluster's `others`, and waits until it is a member. It ends with
 * the lab.
 */
export async function startArbitrator(lab: Lab, host: string, wanted: ArbitratorOptions): Promise<void> {
  const settings = `GALERA_NODES="${wanted.nodes}"
GALERA_GROUP="lab"
GALERA_OPTIONS="${wanted.options ?? ''}"
LOG_FILE="${logFile(host)}"
`
  await lab.exec('holder', `cat >${garbFile(host)}`, { input: settings })
  const child = lab.spawn('holder', onNode(host, ['/usr/bin/garb-systemd', 'start']))
  child.stdout.resume()
  child.stderr.resume()
  let ended = false
  once(child, 'exit').finally(() => {
    ended = true
  })
  let log = ''
  await until(async () => {
    log = await readFile(`${lab.holder.root}${logFile(host)}`, 'utf8').catch(() => '')
    if (ended) throw new Error(`garbd on ${host} ended:\n${log.slice(-4000)}`)
    return /Shifting JOINED -> SYNCED/.test(log)
  })
}
