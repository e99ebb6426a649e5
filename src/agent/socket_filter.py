"""A kernel filter, so that a busy host's data packets never wake the agent."""
import array
import socket
import struct

from packets import RST, SYN

SO_ATTACH_FILTER = 26
# Opcodes of classic BPF, <linux/bpf_common.h>: load absolute, load relative to X, X = IP header length, jumps, return.
LDB, LDH, LDXMSH, LDBX, LDHX, AND = 0x30, 0x28, 0xB1, 0x50, 0x48, 0x54
JA, JEQ, JGT, JSET, RET = 0x05, 0x15, 0x25, 0x45, 0x06
WHOLE_PACKET = 0x40000
MAX_PORTS = 60


class Assembler:
    """Instructions in order; a jump says how many instructions it skips when true and when false."""

    def __init__(self):
        self.code = []

    def add(self, operation, value=0, if_true=0, if_false=0):
        self.code.append((operation, if_true, if_false, value))

    def accept_when(self, operation, value):
        self.add(operation, value, 0, 1)
        self.add(RET, WHOLE_PACKET)
        self.add(RET, 0)

    def accept_at_most(self, value):
        self.add(JGT, value, 1, 0)
        self.add(RET, WHOLE_PACKET)
        self.add(RET, 0)

    def accept_ports(self, loads, ports):
        """Accepts when one of the 16-bit values that `loads` fetch is one of the ports."""
        steps = [step for load in loads for step in [load] + [(JEQ, port) for port in ports]]
        for at, (operation, value) in enumerate(steps):
            # The accepting return stands behind the refusing one, which stands behind the last step.
            self.add(operation, value, len(steps) - at if operation == JEQ else 0)
        self.add(RET, 0)
        self.add(RET, WHOLE_PACKET)

    def program(self):
        return b"".join(struct.pack("=HBBI", *instruction) for instruction in self.code)


def packet_filter(udp_ports):
    """TCP with SYN or RST, UDP from or to `udp_ports`, ICMP errors; for sockets whose data begins at the IP header."""
    ports = sorted(set(udp_ports))[:MAX_PORTS]
    asm = Assembler()
    asm.add(LDB, 0)
    asm.add(AND, 0xF0)
    asm.add(JEQ, 0x40, 1, 0)
    to_ipv6 = len(asm.code)
    asm.add(JA)
    asm.add(LDB, 9)
    asm.add(JEQ, socket.IPPROTO_TCP, 0, 5)
    asm.add(LDXMSH)
    asm.add(LDBX, 13)
    asm.accept_when(JSET, SYN | RST)
    asm.add(JEQ, socket.IPPROTO_ICMP, 0, 5)
    asm.add(LDXMSH)
    asm.add(LDBX, 0)
    asm.accept_when(JEQ, 3)
    asm.add(JEQ, socket.IPPROTO_UDP, 1, 0)
    asm.add(RET, 0)
    asm.add(LDXMSH)
    asm.accept_ports([(LDHX, 0), (LDHX, 2)], ports)
    asm.code[to_ipv6] = (JA, 0, 0, len(asm.code) - to_ipv6 - 1)
    asm.add(LDB, 6)
    asm.add(JEQ, socket.IPPROTO_TCP, 0, 4)
    asm.add(LDB, 53)
    asm.accept_when(JSET, SYN | RST)
    asm.add(JEQ, socket.IPPROTO_ICMPV6, 0, 4)
    asm.add(LDB, 40)
    # Destination unreachable and packet too big, RFC 4443.
    asm.accept_at_most(2)
    asm.add(JEQ, socket.IPPROTO_UDP, 1, 0)
    asm.add(RET, 0)
    asm.accept_ports([(LDH, 40), (LDH, 42)], ports)
    return asm.program()


def payload_filter(protocol, udp_ports):
    """The same for raw IPv6 sockets, whose data begins at the TCP or UDP header."""
    asm = Assembler()
    if protocol == socket.IPPROTO_TCP:
        asm.add(LDB, 13)
        asm.accept_when(JSET, SYN | RST)
    else:
        asm.accept_ports([(LDH, 0), (LDH, 2)], sorted(set(udp_ports))[:MAX_PORTS])
    return asm.program()


def attach_filter(sock, program):
    buffer = array.array("B", program)
    sock.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program) // 8, buffer.buffer_info()[0])
    )
