"""Full-sized packets that routers may not fragment: whether they get through, or which size dies on the way.

A RST of no connection, padded: nothing answers it, no service sees it, and the witness sees it at the target's interface,
before any rule of the target. A small one goes beside each large one: where that is lost too, size is not the reason.
"""
import socket

from output import errno_name, family_of, say
from packets import RST, next_sequence, tcp_segment
from wire import IPV6_CHECKSUM

# <linux/in.h>, <linux/in6.h>. PROBE: do not fragment, and do not believe a path MTU learned before.
IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU, PMTUDISC_PROBE = 10, 14, 23, 24, 3
HEADERS = {socket.AF_INET: 40, socket.AF_INET6: 60}
# Jumbo frames are judged by their first Ethernet's worth: larger ones tell of the switch, not of the way.
LARGEST = 1500
SMALLEST = 60
# Further rounds, in seconds: loss must not look like a limit.
REPEAT_AT = (0.05, 0.15, 0.35, 0.7, 1.2)
# For the last packets to arrive, and an ICMP error to come back.
WAIT_SECONDS = 0.3


class PathMtu:
    """Says one `mtu` message: for each path what was sent. One round, or with `repeat` six and then a wait."""

    def __init__(self, loop, wire, token, paths, repeat):
        self.wire, self.token, self.paths = wire, token, paths
        self.results = [{"id": path["id"], "mtu": None, "tooBig": False, "sent": []} for path in paths]
        self.sockets = {}
        self.send_round()
        if not repeat:
            self.finish()
            return
        wire.listeners.append(self.seen)
        for seconds in REPEAT_AT:
            loop.after(seconds, self.send_round)
        loop.after(REPEAT_AT[-1] + WAIT_SECONDS, self.finish)

    def send_round(self):
        for path, result in zip(self.paths, self.results):
            family = family_of(path["address"])
            try:
                source, mtu = self.route(family, path)
                result["mtu"] = min(mtu, LARGEST)
                for size in {min(size, result["mtu"]) for size in path["sizes"] or [SMALLEST, LARGEST]}:
                    self.send(family, path, source, size, result)
            except OSError as error:
                result["errno"] = errno_name(error.errno)

    def route(self, family, path):
        """The source address and the MTU that the kernel takes for the path."""
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((path["address"], path["port"]))
            level, option = (socket.IPPROTO_IPV6, IPV6_MTU) if family == socket.AF_INET6 else (socket.IPPROTO_IP, IP_MTU)
            return sock.getsockname()[0], sock.getsockopt(level, option)

    def send(self, family, path, source, size, result):
        raw, port = self.open(family)
        sequence = next_sequence(self.token)
        padding = b"\0" * max(0, size - HEADERS[family])
        entry = {"size": size, "isn": (sequence - 1) & 0xFFFFFFFF, "length": len(padding)}
        result["sent"].append(entry)
        try:
            raw.sendto(tcp_segment(source, path["address"], port, path["port"], sequence, RST, padding), (path["address"], 0))
        except OSError as error:
            entry["errno"] = errno_name(error.errno)

    def open(self, family):
        if family not in self.sockets:
            raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
            # Only for sending.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
            if family == socket.AF_INET6:
                raw.setsockopt(socket.IPPROTO_IPV6, IPV6_CHECKSUM, 16)
                raw.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
            else:
                raw.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)
            # Bound, so that no connection of this host has the port meanwhile.
            reserved = socket.socket(family, socket.SOCK_STREAM)
            reserved.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 0))
            self.sockets[family] = raw, reserved
        raw, reserved = self.sockets[family]
        return raw, reserved.getsockname()[1]

    def seen(self, where, _source, _destination, protocol, payload):
        """Notes the ICMP errors by which a path tells its MTU, as it should."""
        needed = protocol == socket.IPPROTO_ICMP and payload[:2] == b"\3\4"
        too_big = protocol == socket.IPPROTO_ICMPV6 and payload[:1] == b"\2"
        if where == "in" and (needed or too_big):
            for path, result in zip(self.paths, self.results):
                packed = socket.inet_pton(family_of(path["address"]), path["address"])
                # The quoted header's destination: 16 bytes into IPv4, 24 into IPv6, behind the 8 of ICMP.
                at = 8 + (16 if len(packed) == 4 else 24)
                if payload[at:at + len(packed)] == packed:
                    result["tooBig"] = True

    def finish(self):
        if self.seen in self.wire.listeners:
            self.wire.listeners.remove(self.seen)
        for raw, reserved in self.sockets.values():
            raw.close()
            reserved.close()
        say({"type": "mtu", "paths": self.results})
