"""Which way this host would send to an address: asked of its kernel, nothing is sent."""
import socket
import struct

from neighbour import ROUTE, RTA_DST, RTA_OIF, RTM_GETROUTE, ask, attribute, attributes
from output import errno_name, family_of


def route_to(address):
    """As it is told."""
    told = {"to": address, "source": None, "interface": None, "errno": None}
    try:
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as probe:
            flags = socket.AI_NUMERICHOST
            target = socket.getaddrinfo(address, 9, family_of(address), socket.SOCK_DGRAM, 0, flags)[0][4]
            probe.connect(target)
            told["source"] = probe.getsockname()[0]
        told["interface"] = interface_to(target[0].partition("%")[0])
    except socket.gaierror:
        told["errno"] = "EINVAL"
    except OSError as error:
        told["errno"] = errno_name(error.errno)
    return told


def interface_to(address):
    packed = socket.inet_pton(family_of(address), address)
    request = ROUTE.pack(family_of(address), len(packed) * 8, 0, 0, 0, 0, 0, 0, 0) + attribute(RTA_DST, packed)
    for _, route in ask(RTM_GETROUTE, 0, request):
        index = attributes(route[ROUTE.size:]).get(RTA_OIF)
        return None if index is None else socket.if_indextoname(struct.unpack("=i", index)[0])
    return None
