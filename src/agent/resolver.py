"""What this host makes of a name: getaddrinfo(3), in its order, as a server's own look-up would be."""
import socket

ERRORS = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
MAX_ADDRESSES = 64


def resolve(name):
    """As it is told; it may take as long as the resolver does."""
    addresses, error = [], None
    # Python passes on what is before a NUL.
    if "\0" in name:
        return {"name": name, "addresses": addresses, "error": "EAI_NONAME"}
    try:
        rows = socket.getaddrinfo(name.encode("utf-8", "surrogateescape"), None, socket.AF_UNSPEC, socket.SOCK_STREAM)
    except socket.gaierror as failure:
        error = ERRORS.get(failure.errno, "EAI_%d" % failure.errno)
        rows = []
    except (ValueError, OSError):
        error, rows = "EAI_FAIL", []
    for _, _, _, _, address in rows:
        if address[0] not in addresses and len(addresses) < MAX_ADDRESSES:
            addresses.append(address[0])
    return {"name": name, "addresses": addresses, "error": error}
