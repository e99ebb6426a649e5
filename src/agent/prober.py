"""Runs the probes of one command."""
import socket
import struct
import time

from output import say
from packets import Tcp, parse_packet
from pacer import Pacer

# Of each method its module, loaded where it is used, and its class.
KINDS = {
    "half-open": ("half_open", "HalfOpenProbe"),
    "connect": ("connect", "ConnectProbe"),
    "datagram": ("datagram", "DatagramProbe"),
    "mysql": ("mysql_login", "MysqlProbe"),
    "gcomm": ("gcomm_greeting", "GcommProbe"),
}
# How often a queue held back by its pacer asks again.
PACER_SECONDS = 0.02


def kind(method):
    module, name = KINDS[method]
    return getattr(__import__(module), name)


def is_unreachable(protocol, payload):
    """ICMP destination unreachable, but for "fragmentation needed", which refuses a size and not a flow."""
    if len(payload) < 8:
        return False
    if protocol == socket.IPPROTO_ICMPV6:
        return payload[0] == 1
    return protocol == socket.IPPROTO_ICMP and payload[0] == 3 and payload[1] != 4


class Prober:
    """Says each flow's attempts as soon as they are settled, then `probed`."""

    def __init__(self, loop, wire, token, secret, timeout, probes):
        self.loop, self.wire, self.token, self.secret, self.timeout = loop, wire, token, secret, timeout
        self.started = time.monotonic()
        self.pacers = {}
        self.waiting = {}
        self.left = len(probes)
        self.half_open = {}
        # What leaves may already be translated: only its number is the same.
        self.by_sequence = {}
        self.reserved_ports = {}
        if wire is not None:
            wire.listeners.append(self.seen)
        for probe in probes:
            if ":" in probe["address"]:
                probe["address"] = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, probe["address"]))
            self.pacers.setdefault(probe["address"], Pacer())
        self.probes = {probe["id"]: kind(probe["method"])(self, probe) for probe in probes}
        for probe in self.probes.values():
            self.when_allowed(probe.probe["address"], probe.guarded(probe.begin))
        if not probes:
            say({"type": "probed"})

    def withdraw(self, ids):
        """Ends these flows as they are: what they would connect to is no longer ours."""
        for name in ids:
            if name in self.probes:
                self.probes[name].end()

    def when_allowed(self, address, callback):
        """Calls back, first come first served, when the address's pacer has a place for one more packet."""
        queue = self.waiting.setdefault(address, [])
        queue.append(callback)
        if len(queue) == 1:
            self.serve(address)

    def serve(self, address):
        queue = self.waiting[address]
        while queue:
            if not self.pacers[address].take():
                self.loop.after(PACER_SECONDS, lambda: self.serve(address))
                return
            # Taken from the queue only afterwards, so that what the callback queues does not start a second server.
            queue[0]()
            queue.pop(0)

    def finished(self, probe, attempts):
        say({"type": "flow", "id": probe["id"], "method": probe["method"], "attempts": attempts})
        self.left -= 1
        if self.left == 0:
            say({"type": "probed"})

    def source_port(self, family, index):
        """A port of the ephemeral range, bound so that no connection of this host can use it meanwhile."""
        key = (family, index)
        if key not in self.reserved_ports:
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 0))
            self.reserved_ports[key] = sock
        return self.reserved_ports[key].getsockname()[1]

    def seen(self, where, source, _destination, protocol, payload):
        """Gives a packet of the wire to the half-open attempt that it belongs to."""
        if protocol == socket.IPPROTO_TCP and len(payload) >= 20:
            tcp = Tcp(payload)
            if where == "out" and tcp.kind() == "syn":
                attempt = self.by_sequence.get(tcp.seq)
                if attempt is not None:
                    attempt.flow.left_source(attempt)
            elif where != "out" and tcp.kind() != "syn":
                attempt = self.half_open.get((tcp.dport, tcp.sport, source))
                if attempt is not None:
                    attempt.flow.answered(attempt, tcp.kind(), tcp.mss, where == "up")
        elif where == "in" and is_unreachable(protocol, payload):
            inner = parse_packet(payload[8:])
            if inner is not None and inner[2] == socket.IPPROTO_TCP and len(inner[3]) >= 8:
                attempt = self.half_open.get(struct.unpack("!HH", inner[3][:4]) + (inner[1],))
                if attempt is not None:
                    family = 4 if protocol == socket.IPPROTO_ICMP else 6
                    attempt.flow.refused(
                        attempt, {"family": family, "type": payload[0], "code": payload[1], "from": source}
                    )
