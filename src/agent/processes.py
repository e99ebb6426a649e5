"""Processes that matter, as /proc shows them: proc(5)."""
import os

from host_facts import MYSQLD_NAMES
from output import read_file

# What listens on a joiner while it waits for a state transfer; the kernel cuts names at 15 bytes.
TRANSFER_NAMES = (
    "socat", "socat1", "nc", "ncat", "netcat", "nc.traditional", "nc.openbsd", "rsync", "stunnel", "stunnel4", "stunnel5",
)
MAX_ARGS = 256


class Process:
    def __init__(self, pid, name):
        self.pid, self.name = pid, name
        # Behind the name, which may hold anything.
        fields = read_file("/proc/%d/stat" % pid, 4096).rpartition(")")[2].split()
        self.parent = int(fields[1]) if len(fields) > 1 else 0
        self.start_ticks = int(fields[19]) if len(fields) > 19 else None

    def args(self):
        text = read_file("/proc/%d/cmdline" % self.pid, 1 << 20).rstrip("\0")
        return text.split("\0") if text else []

    def environment(self):
        """Of another user's process nothing is had but as root."""
        pairs = (pair.partition("=") for pair in read_file("/proc/%d/environ" % self.pid, 1 << 20).split("\0"))
        return {name: value for name, _, value in pairs}

    def seconds(self):
        """Since it was started."""
        uptime = read_file("/proc/uptime", 64).split()
        if self.start_ticks is None or not uptime:
            return None
        return max(0, int(float(uptime[0]) - self.start_ticks / os.sysconf("SC_CLK_TCK")))

    def unit(self):
        """The systemd service that it belongs to."""
        for line in read_file("/proc/%d/cgroup" % self.pid, 16384).splitlines():
            for part in line.rpartition(":")[2].split("/")[::-1]:
                if part.endswith(".service") and len(part) <= 256:
                    return part
        return None


def interesting_processes():
    """(database servers, what carries state transfers) of this network namespace."""
    databases, transfers = [], []
    network = network_of("self")
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        name = read_file("/proc/%d/comm" % pid, 64).strip()
        if name not in MYSQLD_NAMES and name not in TRANSFER_NAMES:
            continue
        # Another user's cannot be read; it may well be ours.
        if network_of(pid) in (network, None):
            (databases if name in MYSQLD_NAMES else transfers).append(Process(pid, name))
    pids = {process.pid for process in databases}
    servers = []
    for process in databases:
        if any(parent in pids for parent in parents_of(process)):
            # The clone method's, which a server has started to receive the data.
            transfers.append(process)
        elif not any(arg.replace("_", "-").startswith("--wsrep-recover") for arg in process.args()):
            servers.append(process)
    return servers, transfers


def network_of(pid):
    try:
        return os.readlink("/proc/%s/ns/net" % pid)
    except OSError:
        return None


def parents_of(process):
    for _ in range(32):
        if process.parent <= 1:
            return
        yield process.parent
        process = Process(process.parent, "")
