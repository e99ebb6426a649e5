"""Real connections between the scratch host and its peers, so that conntrack holds them as established."""
import socket
import struct

FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
FIRST_PORT = 20000
# linux/netlink.h, linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h
NETLINK_NETFILTER = 12
NLM_F_REQUEST, NLM_F_ACK = 1, 4
CT_DELETE = 1 << 8 | 2


def forget_all():
    """Empties the connection tracking table; False where the kernel cannot."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as s:
        s.bind((0, 0))
        s.send(struct.pack("=IHHII4x", 20, CT_DELETE, NLM_F_REQUEST | NLM_F_ACK, 1, 0))
        return struct.unpack_from("=i", s.recv(4096), 16)[0] == 0


class Connections:
    def __init__(self, wires):
        self.wires, self.open, self.next_port = wires, [], FIRST_PORT

    def establish(self, family, protocol, peer, local, port, interface, opener="peer"):
        """Opens a real connection, so that conntrack holds it; the side that did not open it has `port`.

        Nothing listens any more when it is open: a half-open connection would send SYN+ACK again and again, and its
        packets would be taken for ours. For the same reason it ends in a reset.
        """
        self.next_port += 1
        kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
        s = socket.socket(FAMILIES[family], kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.settimeout(10)
        ports = {"peer": (self.next_port, port), "host": (port, self.next_port)}[opener]
        p = {"family": family, "protocol": protocol, "source": peer, "destination": local, "sourcePort": ports[0],
             "destinationPort": ports[1], "tcpFlags": [], "payload": b""}
        s.bind((local, ports[1]))
        opened = self.datagrams if protocol == "udp" else self.handshake
        connection, numbers = opened(s, p, self.wires.by_name[interface], opener)
        connection.settimeout(None)
        self.open.append(connection)
        del p["tcpFlags"], p["payload"]
        return dict(p, **numbers)

    def datagrams(self, s, p, wire, opener):
        steps = [lambda: self.wires.send_in(wire, dict(p, payload=b"hello")),
                 lambda: s.sendto(b"hello", (p["source"], p["sourcePort"])) and self.wires.settle(wire)]
        for step in steps if opener == "peer" else reversed(steps):
            step()
        return s, {}

    def handshake(self, s, p, wire, opener):
        offset = 14 + (20 if p["family"] == 4 else 40)

        def sequence(frames, flags):
            syn = next(f for f in frames if f[offset + 13:offset + 14] == flags)
            return (struct.unpack("!I", syn[offset + 4:offset + 8])[0] + 1) & 0xFFFFFFFF

        if opener == "peer":
            with s:
                s.listen(1)
                ack = sequence(self.wires.send_in(wire, dict(p, tcpFlags=["SYN"], seq=1000)), b"\x12")
                self.wires.send_in(wire, dict(p, tcpFlags=["ACK"], seq=1001, ack=ack))
                s = s.accept()[0]
        else:
            s.setblocking(False)
            s.connect_ex((p["source"], p["sourcePort"]))
            ack = sequence(self.wires.settle(wire), b"\x02")
            self.wires.send_in(wire, dict(p, tcpFlags=["SYN", "ACK"], seq=1000, ack=ack))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return s, {"seq": 1001, "ack": ack}

    def close(self):
        """All of them, and what is left of packets that opened nothing."""
        for s in self.open:
            s.close()
        self.open = []
        if forget_all():
            self.next_port = FIRST_PORT
