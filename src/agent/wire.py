"""What passes this host's interfaces, and what is delivered behind its INPUT chain."""
import select
import socket

from packets import parse_packet
from socket_filter import attach_filter, packet_filter, payload_filter

# <linux/in6.h>, <linux/if_ether.h>, <linux/if_packet.h>, <asm-generic/socket.h>: not all named by Python 3.6.
IPV6_CHECKSUM = 7
ETH_P_ALL = 0x0003
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER_BYTES = 4 << 20


def enlarge(sock):
    """A receive buffer that holds the answers to all first probes, which are sent before anything is read."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)


class Wire:
    """What passes this host's interfaces, and what of it is delivered behind the INPUT chain.

    `seen(where, source, destination, protocol, payload)` is called with where = `in`, `out` or `up`.
    Raises OSError when CAP_NET_RAW is missing.
    """

    def __init__(self, loop, udp_ports):
        self.listeners = []
        whole = packet_filter(udp_ports)
        # What arrives before the filter is attached is told apart by its token, as everything is.
        self.packet = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        attach_filter(self.packet, whole)
        enlarge(self.packet)
        self.packet.setblocking(False)
        loop.watch(self.packet.fileno(), select.POLLIN, self.read_packets)
        self.tcp4 = self.delivered(loop, socket.AF_INET, socket.IPPROTO_TCP, whole)
        self.udp4 = self.delivered(loop, socket.AF_INET, socket.IPPROTO_UDP, whole)
        self.tcp6 = self.delivered(loop, socket.AF_INET6, socket.IPPROTO_TCP, payload_filter(socket.IPPROTO_TCP, udp_ports))
        self.udp6 = self.delivered(loop, socket.AF_INET6, socket.IPPROTO_UDP, payload_filter(socket.IPPROTO_UDP, udp_ports))
        if self.tcp6 is not None:
            # The offset of the checksum in the TCP header: the kernel computes it (RFC 3542, 3.1).
            self.tcp6.setsockopt(socket.IPPROTO_IPV6, IPV6_CHECKSUM, 16)

    def watch(self, udp_ports):
        """Lets these UDP ports through, and no others any more."""
        whole = packet_filter(udp_ports)
        for sock in (self.packet, self.tcp4, self.udp4):
            attach_filter(sock, whole)
        for sock, protocol in ((self.tcp6, socket.IPPROTO_TCP), (self.udp6, socket.IPPROTO_UDP)):
            if sock is not None:
                attach_filter(sock, payload_filter(protocol, udp_ports))

    def delivered(self, loop, family, protocol, program):
        try:
            sock = socket.socket(family, socket.SOCK_RAW, protocol)
        except OSError:
            if family == socket.AF_INET6:
                return None  # IPv6 switched off
            raise
        attach_filter(sock, program)
        enlarge(sock)
        sock.setblocking(False)

        def read(_events):
            for _ in range(512):
                try:
                    data, address = sock.recvfrom(2048)
                except OSError:
                    return
                if family == socket.AF_INET:
                    packet = parse_packet(data)
                else:
                    packet = (address[0].split("%")[0], None, protocol, data)
                if packet is not None:
                    self.tell("up", *packet)

        loop.watch(sock.fileno(), select.POLLIN, read)
        return sock

    def read_packets(self, _events):
        for _ in range(512):
            try:
                data, address = self.packet.recvfrom(2048)
            except OSError:
                return
            packet = parse_packet(data)
            if packet is not None:
                self.tell("out" if address[2] == PACKET_OUTGOING else "in", *packet)

    def tell(self, where, source, destination, protocol, payload):
        for listener in self.listeners:
            listener(where, source, destination, protocol, payload)
