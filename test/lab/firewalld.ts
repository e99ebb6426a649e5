import { HOST_FILES, PRISTINE } from './host-files.ts'

export interface FirewalldOptions {
  /** `FirewallBackend=` of firewalld.conf. Default nftables, as RHEL 8 and later. */
  backend?: 'nftables' | 'iptables'
  /** Texts below /etc/firewalld, by their path there: `zones/public.xml`. */
  files?: Record<string, string>
}

export interface Firewalld {
  /** Ends it and starts it anew: what is left is what a reboot leaves. */
  restart(): Promise<void>
}

/** Runs a shell script on the host and returns what it prints. */
type Shell = (script: string, input?: string) => Promise<string>

const BUS = `${HOST_FILES}/bus.conf`
// No services that could be activated, and so no polkit: only root is obeyed, as the package's own policy has it.
const BUS_CONF = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <includedir>/usr/share/dbus-1/system.d</includedir>
</busconfig>
`

/** Starts the host's message bus, and prints its pid once it listens. */
const BUS_SCRIPT = `set -e
mkdir -p ${HOST_FILES}/dbus
cat >${BUS}
exec dbus-daemon --config-file=${BUS} --fork --nopidfile --print-pid=1`

// Its answer to --state comes after its rules are loaded. --nopid: it would remove the pid file's link at its end.
const START_SCRIPT = `set -e
firewalld --nofork --nopid >${HOST_FILES}/firewalld.log 2>&1 </dev/null &
echo $! >/run/firewalld.pid
tries=0
until [ "$(firewall-cmd --state 2>&1)" = running ]; do
  tries=$((tries + 1))
  if [ $tries -gt 150 ] || ! kill -0 $!; then
    cat ${HOST_FILES}/firewalld.log >&2
    exit 1
  fi
  sleep 0.1
done
echo $!`

// It may stay a zombie, for pid 1 of the lab reaps nothing.
const STOP_SCRIPT = `pid=$(cat /run/firewalld.pid)
kill $pid
until ! [ -e /proc/$pid ] || grep -q '^State:.Z' /proc/$pid/status; do sleep 0.02; done
rm ${HOST_FILES}/firewalld.pid`

/** `started` is told the pid of each process that belongs to the lab. */
export async function startFirewalld(
  shell: Shell,
  started: (pid: number) => void,
  { backend = 'nftables', files = {} }: FirewalldOptions,
): Promise<Firewalld> {
  await shell(`set -e
mkdir -p ${HOST_FILES}/run-firewalld
cp -a ${PRISTINE}/firewalld ${HOST_FILES}/firewalld
sed -i 's/^FirewallBackend=.*/FirewallBackend=${backend}/' /etc/firewalld/firewalld.conf`)
  for (const [name, text] of Object.entries(files)) await shell(`cat >/etc/firewalld/${name}`, text)
  const start = async () => started(Number(await shell(START_SCRIPT)))
  started(Number(await shell(BUS_SCRIPT, BUS_CONF)))
  await start()
  return {
    restart: async () => {
      await shell(STOP_SCRIPT)
      await start()
    },
  }
}
