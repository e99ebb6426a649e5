"""What every module of the agent says and names alike."""
import errno
import json
import os
import select
import socket

PAYLOAD_PREFIX = b"pxc-netcheck:"
# A datagram ends in a number of its own, in hexadecimal.
NUMBER_DIGITS = 8


def say(message):
    """Writes one JSON line. The caller's death closes the pipe; then there is nobody to work for."""
    data = (json.dumps(message, separators=(",", ":")) + "\n").encode("utf-8")
    view = memoryview(data)
    try:
        while view:
            try:
                view = view[os.write(1, view):]
            except BlockingIOError:
                # Whoever shares our stdout may have made it non-blocking.
                select.select([], [1], [])
    except OSError:
        os._exit(0)


def datagram_number(data):
    try:
        return int(data[-NUMBER_DIGITS:], 16)
    except ValueError:
        return 0


def errno_name(number):
    return errno.errorcode.get(number, "E%d" % number)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def read_file(path, limit=65536):
    try:
        with open(path, "rb") as file:
            return file.read(limit).decode("utf-8", "replace")
    except OSError:
        return ""
