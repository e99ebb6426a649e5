"""Whether the next hop towards an address is known on the link, asked of the kernel by netlink; rtnetlink(7)."""
import socket
import struct

from output import family_of

RTM_NEWNEIGH, RTM_GETNEIGH, RTM_GETROUTE = 28, 30, 26
NLM_F_REQUEST, NLM_F_DUMP, NLMSG_ERROR, NLMSG_DONE = 1, 0x300, 2, 3
RTA_DST, RTA_OIF, RTA_GATEWAY, NDA_DST = 1, 4, 5, 1
# <linux/neighbour.h>: being looked for, given up, and "none", before anything was sent.
NUD_UNRESOLVED = 0x01 | 0x20
HEADER = struct.Struct("=IHHII")
ROUTE = struct.Struct("=BBBBBBBBI")
NEIGHBOUR = struct.Struct("=BBHiHBB")


def attribute(kind, data):
    padding = b"\0" * (-len(data) % 4)
    return struct.pack("=HH", len(data) + 4, kind) + data + padding


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack("=HH", data[:4])
        if length < 4:
            break
        found[kind & 0x3FFF] = data[4:length]
        data = data[length + 3 & ~3:]
    return found


def ask(kind, flags, body):
    """(type, body) of each message that the kernel answers. Raises OSError when it refuses."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.settimeout(1)
        link.send(HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, 1, 0) + body)
        while True:
            data = link.recv(1 << 20)
            while len(data) >= HEADER.size:
                length, answer, _, _, _ = HEADER.unpack(data[:HEADER.size])
                if answer in (NLMSG_ERROR, NLMSG_DONE) or length < HEADER.size:
                    return
                yield answer, data[HEADER.size:length]
                data = data[length + 3 & ~3:]
            if not flags & NLM_F_DUMP:
                return


def is_resolved(address):
    """False when nobody has answered for the next hop (yet); None when the kernel does not tell."""
    family = family_of(address)
    packed = socket.inet_pton(family, address)
    request = ROUTE.pack(family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0) + attribute(RTA_DST, packed)
    try:
        for _, route in ask(RTM_GETROUTE, 0, request):
            way = attributes(route[ROUTE.size:])
            hop, link = way.get(RTA_GATEWAY, packed), struct.unpack("=i", way[RTA_OIF])[0]
            for answer, neighbour in ask(RTM_GETNEIGH, NLM_F_DUMP, NEIGHBOUR.pack(family, 0, 0, 0, 0, 0, 0)):
                _, _, _, index, state, _, _ = NEIGHBOUR.unpack(neighbour[:NEIGHBOUR.size])
                known = attributes(neighbour[NEIGHBOUR.size:]).get(NDA_DST)
                if answer == RTM_NEWNEIGH and index == link and known == hop:
                    return not state & NUD_UNRESOLVED
            return False
    except (OSError, KeyError, struct.error):
        return None
    return None
