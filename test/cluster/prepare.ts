import type { Lab } from '../lab/lab.ts'
import { type ClusterOptions, configText, nodeFiles, ROOT, tlsScript } from './config.ts'
import { GATES_BOOT, GATES_SCRIPT } from './gates.ts'
import { ENTER_SCRIPT, startMachine } from './machine.ts'

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

/** Everything that the nodes of a cluster need before the first one is started. */
export async function prepareNodes(
  lab: Lab,
  nodes: readonly string[],
  options: ClusterOptions,
): Promise<void> {
  const addresses = new Map(nodes.map((name) => [name, lab.host(name).address]))
  const configs = nodes.map((name) => {
    const { dir, config, data } = nodeFiles(name)
    return `mkdir -p ${dir}
cp -a ${TEMPLATE} ${data}
cat >${config} <<'END'
${configText(name, addresses, options)}
END`
  })
  const script = [
    `set -e\nmkdir -p ${ROOT} && chmod 755 ${ROOT}`,
    ENTER_SCRIPT,
    GATES_SCRIPT,
    ...(options.tls ? [tlsScript(addresses.values())] : []),
    TEMPLATE_SCRIPT,
    ...configs,
  ].join('\n')
  const { code, stderr } = await lab.exec('holder', ['sh', '-s'], { input: script, timeoutMs: 120_000 })
  if (code !== 0) throw new Error(`the cluster could not be prepared: ${stderr.trim()}`)
  await Promise.all(nodes.map((name) => startMachine(lab, name, GATES_BOOT)))
}
