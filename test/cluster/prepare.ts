import type { Lab } from '../lab/lab.ts'
import { type Host, ipv6Of } from '../lab/topology.ts'
import { garbFile } from './arbitrator.ts'
import { certificatesScript } from './certificates.ts'
import { type ClusterOptions, nodeFiles } from './config.ts'
import { GATES_BOOT, GATES_SCRIPT } from './gates.ts'
import { ENTER_SCRIPT, startMachine } from './machine.ts'
import { hostsFile, optionFiles } from './option-files.ts'
import { ROOT } from './root.ts'

/** The data of a fresh installation. */
export const TEMPLATE = `${ROOT}/template`

// Root logs in by the unix socket, the SST user backs up. Without an account for other hosts the server would refuse
// them before it greets them, and count nothing.
const TEMPLATE_SCRIPT = `mkdir ${ROOT}/tmp
# A tmpdir of its own: servers of two labs have the same pids, and name their temporary tables after them.
set -- --no-defaults --user=root --datadir=${TEMPLATE} --tmpdir=${ROOT}/tmp --innodb-log-file-size=8M
{
  TMPDIR=${ROOT}/tmp mariadb-install-db "$@" --skip-test-db --cross-bootstrap \\
    --auth-root-authentication-method=socket --auth-root-socket-user=root &&
  mariadbd "$@" --bootstrap <<'END'
use mysql;
flush privileges;
CREATE USER sst@localhost IDENTIFIED BY 'sst';
GRANT RELOAD, PROCESS, LOCK TABLES, REPLICATION CLIENT, BINLOG MONITOR ON *.* TO sst@localhost;
CREATE USER app@'%' IDENTIFIED BY 'app';
END
} >${ROOT}/install.log 2>&1 || { cat ${ROOT}/install.log >&2; exit 1; }
rm -f ${TEMPLATE}/*.err ${TEMPLATE}/*.pid
`

/** The files of a node, in the place of those that it may have. */
function filesScript(lab: Lab, nodes: readonly string[], name: string, options: ClusterOptions): string {
  const { etc, hosts } = nodeFiles(name)
  const members = nodes.map((node) => lab.host(node))
  const files = nodes.includes(name) ? optionFiles(name, members, options) : {}
  const known = lab.hosts.filter(({ name: each }) => each !== 'admin' && each !== 'router')
  const names = { ...options.each?.names, ...options.node?.[name]?.names }
  // What is there is emptied and not replaced: the node has it mounted.
  return `mkdir -p ${etc}/conf.d ${etc}/mariadb.conf.d
rm -rf ${etc}/conf.d/* ${etc}/mariadb.conf.d/*
${write(hosts, hostsFile(known, names))}
${Object.entries(files)
  .map(([path, text]) => write(`${etc}/${path}`, text))
  .join('\n')}`
}

const write = (path: string, text: string) => `cat >${path} <<'END'\n${text}END`

/** In the node's own mount namespace. */
const filesBoot = (name: string) => `mount --bind ${nodeFiles(name).etc} /etc/mysql
mount --bind ${nodeFiles(name).hosts} /etc/hosts
`

/** The same for a host with an arbitrator. */
const arbitratorBoot = (name: string) => `: >${garbFile(name)}
mount --bind ${garbFile(name)} /etc/default/garb
`

/** Writes a node's option files and /etc/hosts anew. */
export async function writeNode(
  lab: Lab,
  nodes: readonly string[],
  name: string,
  options: ClusterOptions,
): Promise<void> {
  await must(lab, filesScript(lab, nodes, name, options))
}

/** All by which a host may be known, on it or not. */
function addressesOf({ address, address6, second, public: translated }: Host): string[] {
  const seconds = second ? [second, ipv6Of(second)] : []
  return [address, address6, ...seconds, translated].flatMap((each) => each ?? [])
}

/** `VIA` takes an address for a name: so is a node called that the tool has found by itself. */
const aliasesScript = (lab: Lab, name: string) =>
  addressesOf(lab.host(name))
    .map((address) => `ln -s ${ROOT}/${name} ${ROOT}/${address}`)
    .join('\n')

/** Everything that the nodes of a cluster need before the first one is started. */
export async function prepareNodes(
  lab: Lab,
  nodes: readonly string[],
  options: ClusterOptions,
): Promise<void> {
  const { others = [] } = options
  const all = [...nodes, ...others]
  const addresses = all.flatMap((name) => addressesOf(lab.host(name)))
  const script = [
    `mkdir -p ${ROOT} && chmod 755 ${ROOT}`,
    ENTER_SCRIPT,
    GATES_SCRIPT,
    TEMPLATE_SCRIPT,
    ...all.map((name) => filesScript(lab, nodes, name, options)),
    ...nodes.map((name) => `cp -a ${TEMPLATE} ${nodeFiles(name).data}`),
    ...all.map((name) => aliasesScript(lab, name)),
    certificatesScript(addresses),
  ].join('\n')
  await must(lab, script)
  const boot = (name: string) => filesBoot(name) + (others.includes(name) ? arbitratorBoot(name) : GATES_BOOT)
  await Promise.all(all.map((name) => startMachine(lab, name, boot(name))))
}

async function must(lab: Lab, script: string): Promise<void> {
  const { code, stderr } = await lab.exec('holder', ['sh', '-es'], { input: script, timeoutMs: 120_000 })
  if (code !== 0) throw new Error(`the nodes could not be prepared: ${stderr.trim()}`)
}
