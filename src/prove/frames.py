"""Packets written by hand, so that any address, flag and port can be sent."""
import socket
import struct

TOKEN = b"netcheck"
FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}
ETHERTYPES = {4: 0x0800, 6: 0x86DD}


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def pseudo_header(protocol, source, destination, length):
    ends = packed(source) + packed(destination)
    if ":" in source:
        return ends + struct.pack("!IHBB", length, 0, 0, protocol)
    return ends + struct.pack("!BBH", 0, protocol, length)


def tcp(packet, body):
    flags = sum(FLAGS[flag] for flag in packet["tcpFlags"])
    ports = packet["sourcePort"], packet["destinationPort"]
    head = struct.pack("!HHIIBBHHH", *ports, packet.get("seq", 1), packet.get("ack", 0), 0x50, flags, 64240, 0, 0)
    full = head + body
    check = checksum(pseudo_header(6, packet["source"], packet["destination"], len(full)) + full)
    return 6, full[:16] + struct.pack("!H", check) + full[18:]


def udp(packet, body):
    full = struct.pack("!HHHH", packet["sourcePort"], packet["destinationPort"], 8 + len(body), 0) + body
    check = checksum(pseudo_header(17, packet["source"], packet["destination"], len(full)) + full) or 0xFFFF
    return 17, full[:6] + struct.pack("!H", check) + full[8:]


def icmp(packet, body):
    protocol = 1 if packet["family"] == 4 else 58
    kind = packet["icmp"]
    full = struct.pack("!BBHHH", kind["type"], kind["code"], 0, packet.get("icmpId", 7), 1) + body
    prefix = b"" if protocol == 1 else pseudo_header(58, packet["source"], packet["destination"], len(full))
    return protocol, full[:2] + struct.pack("!H", checksum(prefix + full)) + full[4:]


def ip_packet(packet):
    """The packet with its IP header; its payload is TOKEN unless it brings its own."""
    body = packet.get("payload", TOKEN)
    protocol, payload = {"tcp": tcp, "udp": udp, "icmp": icmp}[packet["protocol"]](packet, body)
    ends = packed(packet["source"]), packed(packet["destination"])
    if packet["family"] == 4:
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0, *ends)
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload
    return struct.pack("!IHBB16s16s", 0x60000000, len(payload), protocol, 64, *ends) + payload
