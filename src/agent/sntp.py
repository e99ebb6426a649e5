"""One question to an NTP server for its time (RFC 5905, section 14: the client mode of SNTP)."""
import os
import select
import socket
import struct
import time

from output import errno_name, family_of, say

PORT = 123
VERSION_4_CLIENT = 0x23
SERVER_MODE = 4
# From 1900 to 1970.
EPOCH = 2208988800
TRIES = 3


class SntpQuery:
    """Says the offset of the server's clock from this one's, or why there is none."""

    def __init__(self, loop, address, seconds):
        self.loop, self.left, self.wait = loop, TRIES, seconds / float(TRIES)
        self.sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        try:
            self.sock.connect((address, PORT))
        except OSError as error:
            self.end(error=errno_name(error.errno))
            return
        loop.watch(self.sock.fileno(), select.POLLIN, self.heard)
        self.ask()

    def ask(self):
        if self.sock is None:
            return
        if self.left == 0:
            self.end(error="ETIMEDOUT")
            return
        self.left -= 1
        # Echoed by the server: who cannot see the question cannot answer it.
        self.mark, self.sent = os.urandom(8), time.time()
        try:
            self.sock.send(struct.pack("!B39x", VERSION_4_CLIENT) + self.mark)
        except OSError as error:
            self.end(error=errno_name(error.errno))
            return
        self.loop.after(self.wait, self.ask)

    def heard(self, _events):
        now = time.time()
        try:
            data = self.sock.recv(1024)
        except OSError as error:
            self.end(error=errno_name(error.errno))
            return
        if len(data) < 48 or data[0] & 7 != SERVER_MODE or data[24:32] != self.mark:
            return
        # Stratum 0 is a refusal; a leap indicator of 3 is a clock that was never set.
        if data[1] == 0 or data[0] >> 6 == 3:
            self.end(error="ENOTSET")
            return
        received, answered = (struct.unpack("!Q", data[at:at + 8])[0] / 2.0 ** 32 - EPOCH for at in (32, 40))
        offset = ((received - self.sent) + (answered - now)) / 2
        error = max(0.0, (now - self.sent) - (answered - received)) / 2
        self.end(offset=round(offset * 1000, 3), uncertain=round(error * 1000, 3))

    def end(self, offset=None, uncertain=None, error=None):
        self.loop.forget(self.sock.fileno())
        self.sock.close()
        self.sock = None
        say({"type": "ntp", "offsetMs": offset, "errorMs": uncertain, "errno": error})
