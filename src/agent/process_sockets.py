"""Whose sockets these are: the inodes of a process' descriptors in the tables of /proc/net. Of others' processes as root only."""
import os

from host_facts import TCP_ESTABLISHED, TCP_LISTEN, decode_proc_address

MAX_FDS = 65536
# __SO_ACCEPTCON of a listening unix socket.
ACCEPTS = 0x10000


class SocketTable:
    def __init__(self, pids):
        """Sockets of these processes alone: the tables may be long."""
        self.inodes = {pid: socket_inodes(pid) for pid in pids}
        wanted = set().union(*self.inodes.values())
        self.tcp = {}
        for name in ("tcp", "tcp6") if wanted else ():
            for fields in rows("/proc/net/" + name, 10):
                if fields[9] in wanted and fields[3] in (TCP_LISTEN, TCP_ESTABLISHED):
                    self.tcp[fields[9]] = (fields[3], decode_proc_address(fields[1]), decode_proc_address(fields[2]))
        self.unix = {}
        for fields in rows("/proc/net/unix", 7) if wanted else ():
            if fields[6] in wanted and len(fields) == 8 and int(fields[3], 16) & ACCEPTS:
                self.unix[fields[6]] = fields[7].rstrip("\n")

    def listens(self, pid):
        """(address, port), each once."""
        found = [self.tcp[inode] for inode in sorted(self.inodes[pid]) if inode in self.tcp]
        return sorted({local for state, local, _ in found if state == TCP_LISTEN})

    def connections(self, pid):
        """Each peer once; the port of the side that dialled says nothing, and is 0."""
        ports = {port for _, port in self.listens(pid)}
        found = set()
        for inode in self.inodes[pid]:
            state, (local, local_port), (remote, remote_port) = self.tcp.get(inode, ("", ("", 0), ("", 0)))
            if state == TCP_ESTABLISHED:
                dialled = local_port in ports
                found.add((local, local_port if dialled else 0, remote, 0 if dialled else remote_port))
        return sorted(found)

    def unix_paths(self, pid):
        """Of its listening unix sockets, in no order that means anything; abstract ones begin with @."""
        return sorted(self.unix[inode] for inode in self.inodes[pid] if inode in self.unix)


def rows(path, columns):
    try:
        file = open(path, errors="surrogateescape")
    except OSError:
        return
    with file:
        next(file, None)
        for line in file:
            fields = line.split(None, 7) if columns == 7 else line.split()
            if len(fields) >= columns:
                yield fields


def socket_inodes(pid):
    found = set()
    try:
        for name in os.listdir("/proc/%d/fd" % pid)[:MAX_FDS]:
            target = link("/proc/%d/fd/%s" % (pid, name))
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        pass
    return found


def link(path):
    """Empty where it cannot be read."""
    try:
        return os.readlink(path)
    except OSError:
        return ""
