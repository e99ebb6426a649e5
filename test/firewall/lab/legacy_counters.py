"""The counters of iptables-legacy, asked of the kernel itself: `iptables-legacy-save -c` without a process a packet."""
import ctypes
import socket
import struct

# linux/netfilter_ipv4/ip_tables.h and linux/netfilter_ipv6/ip6_tables.h
GET_INFO, GET_ENTRIES = 64, 65
INFO = struct.Struct("=32sI5I5III")
ENTRIES = struct.Struct("=32sI4x")
HOOKS = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]
# Family, level, and where an entry has target_offset and its counters.
LAYOUT = {4: (socket.AF_INET, socket.IPPROTO_IP, 88, 96), 6: (socket.AF_INET6, socket.IPPROTO_IPV6, 140, 152)}
LIBC = ctypes.CDLL(None, use_errno=True)


class LegacyCounters:
    def __init__(self, family, tables):
        """As the rules are now; when one is added or taken away, make another."""
        kind, self.level, self.target_at, self.counters_at = LAYOUT[family]
        self.socket = socket.socket(kind, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.tables = [self.layout(table) for table in tables]
        self.seen = {}
        self.moved()

    def ask(self, option, request):
        buffer, length = ctypes.create_string_buffer(request, len(request)), ctypes.c_uint32(len(request))
        if LIBC.getsockopt(self.socket.fileno(), self.level, option, buffer, ctypes.byref(length)) != 0:
            raise OSError(ctypes.get_errno(), "getsockopt")
        return buffer.raw

    def entries(self, name, size):
        return self.ask(GET_ENTRIES, ENTRIES.pack(name, size).ljust(ENTRIES.size + size, b"\0"))[ENTRIES.size:]

    def layout(self, table):
        """(name, size, [(offset of a packet counter, "table chain position")])"""
        _, valid, *offsets, _, size = INFO.unpack(self.ask(GET_INFO, table.encode().ljust(INFO.size, b"\0")))
        name = table.encode()
        hooks = [n for n in range(5) if valid >> n & 1]
        starts, ends = {offsets[n]: HOOKS[n] for n in hooks}, {offsets[5 + n] for n in hooks}
        blob = self.entries(name, size)
        found, chain, position, at = [], None, 0, 0
        while at < size:
            target, following = struct.unpack_from("=HH", blob, at + self.target_at)
            if at in starts:
                chain, position = starts[at], 0
            if blob[at + target + 2:at + target + 8] == b"ERROR\0":
                chain, position = blob[at + target + 32:at + target + 62].split(b"\0")[0].decode(), 0
            else:
                position += 1
                place = "policy" if at in ends else position
                found.append((at + self.counters_at, "%s %s %s" % (table, chain, place)))
            at += following
        return name, size, found

    def moved(self):
        """Which rules and policies have counted since the last call. A user chain's end counts as one rule more."""
        moved = []
        for name, size, places in self.tables:
            blob = self.entries(name, size)
            for at, place in places:
                count = struct.unpack_from("=Q", blob, at)[0]
                if self.seen.get(place, count) != count:
                    moved.append(place)
                self.seen[place] = count
        return moved
