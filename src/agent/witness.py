"""The target's own account of the probes."""
import socket
import struct

from output import PAYLOAD_PREFIX, datagram_number
from packets import Tcp

MAX_PACKET_RECORDS = 50000


class Witness:
    """Remembers the packets of this run's probes, and of the peers' connects, until it is asked for its account."""

    def __init__(self, wire, token, peers, ports):
        self.token, self.peers, self.ports = token, set(peers), set(ports)
        self.packets = {}
        wire.listeners.append(self.seen)

    def watch(self, peers, ports):
        """Other peers and ports than before: those that the nodes' own settings have told."""
        self.peers, self.ports = set(peers), set(ports)

    def seen(self, where, source, destination, protocol, payload):
        if protocol == socket.IPPROTO_TCP and len(payload) >= 20:
            tcp = Tcp(payload)
            isn = tcp.initial_sequence()
            ours = isn >> 16 == self.token or source in self.peers or destination in self.peers
            key = (where, "tcp", tcp.kind(), source, tcp.sport, destination, tcp.dport, isn, tcp.mss, tcp.length)
            known = tcp.dport in self.ports or tcp.sport in self.ports
        elif protocol == socket.IPPROTO_UDP and len(payload) >= 8:
            sport, dport = struct.unpack("!HH", payload[:4])
            ours = payload[8:].startswith(PAYLOAD_PREFIX)
            key = (where, "udp", "datagram", source, sport, destination, dport, datagram_number(payload), 0, 0)
            known = dport in self.ports or sport in self.ports
        else:
            return
        if ours and known and (key in self.packets or len(self.packets) < MAX_PACKET_RECORDS):
            self.packets[key] = self.packets.get(key, 0) + 1

    def account(self):
        names = ("where", "protocol", "kind", "source", "sourcePort", "destination", "destinationPort", "isn", "mss", "length")
        return [dict(zip(names, key), count=count) for key, count in self.packets.items()]
