"""Round trips: half-open SYNs to ports that answer, one after another, timed by the kernel at this host's interface.

For ports whose flow is proven open only: what answers is its kernel, by a SYN/ACK that this host's kernel resets, or by a RST.
"""
import errno
import select
import socket
import struct
import time

from output import errno_name, family_of, say
from packets import RST, SYN, Tcp, next_sequence, parse_packet, tcp_segment
from socket_filter import attach_filter, packet_filter
from wire import ETH_P_ALL, PACKET_OUTGOING, enlarge

# <asm-generic/socket.h>: not named by Python. The stamp is a struct timespec of CLOCK_REALTIME.
SO_TIMESTAMPNS = 35
TIMESPEC = struct.Struct("@ll")
# Linux repeats a SYN/ACK after one second. Taken back before, it is not: a late answer is then the first one.
TAKE_BACK_SECONDS = 0.9


class Sample:
    """One SYN and when it left; its answer, once there is one."""

    def __init__(self, path, source, source_port, sequence):
        self.path, self.source, self.source_port, self.sequence = path, source, source_port, sequence
        self.sent, self.left, self.rtt = time.monotonic(), None, None

    def answered(self, arrived):
        """Between the kernel's two stamps, which know nothing of this process's delays; else as it was seen from here."""
        if self.rtt is None:
            seen = time.monotonic() - self.sent
            stamped = (arrived - self.left) / 1e9 if arrived is not None and self.left is not None else -1
            # The wall clock may have been set meanwhile.
            self.rtt = stamped if 0 <= stamped <= seen else seen


class RoundTrips:
    """Sends `samples` SYNs on each path, evenly spaced, the paths in turns; says one `rtt` message with those answered."""

    running = set()

    def __init__(self, loop, wire, token, command):
        self.loop, self.wire, self.token = loop, wire, token
        self.interval, self.timeout = command["intervalMs"] / 1000.0, command["timeoutMs"] / 1000.0
        self.paths = command["paths"]
        self.results = {path["id"]: {"id": path["id"], "sent": 0, "rttsMs": []} for path in self.paths}
        self.samples = []
        self.by_sequence = {}
        # A middlebox may rewrite sequence numbers.
        self.by_ports = {}
        self.reserved = {}
        self.finished = False
        self.packet = None
        self.unsent = command["samples"] * len(self.paths)
        try:
            if wire is None:
                raise OSError(errno.EPERM, "no raw sockets")
            self.packet = self.open()
        except OSError as error:
            for result in self.results.values():
                result["errno"] = errno_name(error.errno)
        if self.packet is None or not self.unsent:
            self.finish()
            return
        RoundTrips.running.add(self)
        loop.watch(self.packet.fileno(), select.POLLIN, self.read)
        for turn in range(command["samples"]):
            for index, path in enumerate(self.paths):
                at = (turn + index / float(len(self.paths))) * self.interval
                loop.after(at, lambda path=path, turn=turn: self.send(path, turn))

    @staticmethod
    def open():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        attach_filter(sock, packet_filter([]))
        enlarge(sock)
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        except OSError:
            pass
        sock.setblocking(False)
        return sock

    def send(self, path, turn):
        family, address, port = family_of(path["address"]), path["address"], path["port"]
        result = self.results[path["id"]]
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as route:
                route.connect((address, port))
                source = route.getsockname()[0]
            # A port for each turn: the same one would meet what the SYN before has left in connection tables.
            sample = Sample(path, source, self.source_port(family, turn), next_sequence(self.token))
            self.segment(sample, sample.sequence, SYN)
            result["sent"] += 1
            self.samples.append(sample)
            self.by_sequence[sample.sequence] = sample
            canonical = socket.inet_ntop(family, socket.inet_pton(family, address))
            self.by_ports[(sample.source_port, port, canonical)] = sample
            self.loop.after(min(TAKE_BACK_SECONDS, self.timeout), lambda: self.take_back(sample))
        except OSError as error:
            result["errno"] = errno_name(error.errno)
        self.unsent -= 1
        if self.unsent == 0:
            self.loop.after(self.timeout, self.finish)

    def segment(self, sample, sequence, flags):
        path = sample.path
        sock = self.wire.tcp6 if ":" in path["address"] else self.wire.tcp4
        if sock is None:
            raise OSError(errno.EAFNOSUPPORT, "IPv6 is switched off")
        segment = tcp_segment(
            sample.source, path["address"], sample.source_port, path["port"], sequence & 0xFFFFFFFF, flags
        )
        sock.sendto(segment, (path["address"], 0))

    def source_port(self, family, turn):
        """Bound, so that no connection of this host has the port meanwhile."""
        if (family, turn) not in self.reserved:
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 0))
            self.reserved[(family, turn)] = sock
        return self.reserved[(family, turn)].getsockname()[1]

    def read(self, _events):
        for _ in range(512):
            try:
                data, ancillary, _, address = self.packet.recvmsg(2048, 64)
            except OSError:
                break
            packet = parse_packet(data)
            if packet is not None and packet[2] == socket.IPPROTO_TCP and len(packet[3]) >= 20:
                self.seen(address[2] == PACKET_OUTGOING, packet[0], Tcp(packet[3]), stamp_of(ancillary))
        if self.unsent == 0 and all(sample.rtt is not None for sample in self.samples):
            self.finish()

    def seen(self, leaving, source, tcp, stamp):
        if leaving and tcp.kind() == "syn":
            sample = self.by_sequence.get(tcp.seq)
            # Through a bridge or a bond it leaves twice: the last time is nearest to the cable.
            if sample is not None and sample.rtt is None:
                sample.left = stamp
        elif not leaving and tcp.kind() != "syn":
            sample = self.by_sequence.get(tcp.initial_sequence())
            if sample is None:
                sample = self.by_ports.get((tcp.dport, tcp.sport, source))
            if sample is not None:
                sample.answered(stamp)

    def take_back(self, sample):
        """Resets the entry that an unanswered SYN may have left in SYN_RECV; the kernel resets the answered ones."""
        if sample.rtt is None and self in RoundTrips.running:
            try:
                self.segment(sample, sample.sequence + 1, RST)
            except OSError:
                pass

    def take_all_back(self):
        for sample in self.samples:
            self.take_back(sample)

    def finish(self):
        if self.finished:
            return
        self.finished = True
        RoundTrips.running.discard(self)
        if self.packet is not None:
            self.loop.forget(self.packet.fileno())
            self.packet.close()
        for sock in self.reserved.values():
            sock.close()
        for sample in self.samples:
            if sample.rtt is not None:
                self.results[sample.path["id"]]["rttsMs"].append(round(sample.rtt * 1000, 3))
        say({"type": "rtt", "paths": list(self.results.values())})


def stamp_of(ancillary):
    """Nanoseconds since the epoch at which the kernel saw the packet, or None."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) == TIMESPEC.size:
            seconds, nanoseconds = TIMESPEC.unpack(data)
            return seconds * 10**9 + nanoseconds
    return None
