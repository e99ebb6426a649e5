"""Headers of IP, TCP and ICMP: made and read."""
import itertools
import random
import socket
import struct

SYN, RST, ACK = 2, 4, 16
# What an Ethernet host announces. A router that clamps it keeps TCP's packets small enough for the way.
MSS = 1460


COUNTER = itertools.count(random.getrandbits(16))


def next_sequence(token):
    """A sequence number of this run: the token, then a number that this agent does not use twice (for 65,536 packets)."""
    return token << 16 | next(COUNTER) & 0xFFFF


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def tcp_segment(source, destination, source_port, destination_port, sequence, flags, payload=b""):
    """A TCP segment; a SYN carries an MSS option, as every stack's does. RFC 9293."""
    options = struct.pack("!BBH", 2, 4, MSS) if flags & SYN else b""
    offset = (5 + len(options) // 4) << 4

    def header(check):
        return struct.pack(
            "!HHIIBBHHH", source_port, destination_port, sequence, 0, offset, flags, 64240, check, 0
        ) + options + payload

    if ":" in destination:
        return header(0)  # The kernel fills it in: IPV6_CHECKSUM.
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination)
    pseudo += struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20 + len(options) + len(payload))
    return header(checksum(pseudo + header(0)))


def parse_packet(data):
    """(source, destination, protocol, payload) of an IPv4 or IPv6 packet, or None. Extension headers are not followed."""
    if len(data) >= 20 and data[0] >> 4 == 4:
        length = (data[0] & 15) * 4
        return socket.inet_ntoa(data[12:16]), socket.inet_ntoa(data[16:20]), data[9], data[length:]
    if len(data) >= 40 and data[0] >> 4 == 6:
        source = socket.inet_ntop(socket.AF_INET6, data[8:24])
        return source, socket.inet_ntop(socket.AF_INET6, data[24:40]), data[6], data[40:]
    return None


class Tcp:
    def __init__(self, data):
        self.sport, self.dport, self.seq, self.ack = struct.unpack("!HHII", data[:12])
        self.flags = data[13]
        self.length = max(0, len(data) - (data[12] >> 4) * 4)
        # The only option of our SYNs, and the first of the kernel's.
        self.mss = struct.unpack("!H", data[22:24])[0] if self.flags & SYN and data[20:22] == b"\2\4" else 0

    def kind(self):
        if self.flags & RST:
            return "rst"
        return "syn-ack" if self.flags & ACK else "syn"

    def initial_sequence(self):
        """The initial sequence number of the SYN that this packet is, answers, or takes back."""
        if self.flags & SYN and not self.flags & ACK:
            return self.seq
        return (self.ack - 1 if self.flags & ACK else self.seq - 1) & 0xFFFFFFFF
