"""A complete MySQL exchange on 3306, where a bare connect would do harm.

A client that leaves after the greeting counts as a handshake error, and max_connect_errors (100) of them lock the host
out. A login that is carried through to its refusal does not count: an unknown user, no password, and an answer to
whatever the server asks next, until it says OK or ERR. Protocol: MySQL internals, "Connection Phase".
"""
import socket
import struct

from connect import ConnectProbe

USER = b"pxc-netcheck"
LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH = 0x1, 0x200, 0x8000, 0x80000
OK, MORE_DATA, SWITCH, ERR = 0x00, 0x01, 0xFE, 0xFF
COM_QUIT = b"\x01"
MAX_PACKET = 65536
UTF8 = 33
# For the acknowledgement of a FIN, after the time-out.
FIN_SECONDS = 1.0


def packet(sequence, payload):
    return struct.pack("<I", len(payload))[:3] + bytes(bytearray([sequence & 0xFF])) + payload


def login_request():
    flags = LONG_PASSWORD | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH
    head = struct.pack("<IIB23x", flags, 1 << 24, UTF8)
    # The user, an empty authentication response, and the plugin that it is for.
    return head + USER + b"\0" + b"\0" + b"mysql_native_password\0"


class MysqlProbe(ConnectProbe):
    # A login that was cut off does count: never a second one.
    tries = 1

    buffer = b""
    greeted = False

    def talk(self, attempt, sock):
        """The server speaks first."""

    def late(self, sock):
        """No greeting in time: a slow name lookup of the server, or no packet of ours arrives. Its kernel tells which."""
        attempt = self.attempts[-1]
        if self.done or self.greeted or attempt.result["outcome"] != "connected":
            super().late(sock)
            return
        attempt.result["acknowledged"] = False
        sock.shutdown(socket.SHUT_WR)
        self.watch_state(attempt, sock)
        self.loop.after(FIN_SECONDS, self.end)

    def heard(self, attempt, sock):
        data = self.receive(attempt, sock)
        if data is None:
            return
        if not data:
            self.end()
            return
        self.buffer += data
        while len(self.buffer) >= 4 and not self.done:
            length = struct.unpack("<I", self.buffer[:3] + b"\0")[0]
            if length > MAX_PACKET:
                # Not MySQL: something else has the port.
                self.end()
                return
            if len(self.buffer) < 4 + length:
                return
            sequence, payload = self.buffer[3], self.buffer[4:4 + length]
            self.buffer = self.buffer[4 + length:]
            self.answer(attempt, sock, sequence, payload)

    def answer(self, attempt, sock, sequence, payload):
        attempt.result["acknowledged"] = True
        kind = payload[0] if payload else OK
        if kind == ERR:
            # 1129 blocked, 1130 not allowed, 1040 too many connections come instead of the greeting; 1045 is our refusal.
            attempt.result["mysqlError"] = struct.unpack("<H", payload[1:3])[0] if len(payload) >= 3 else 0
            self.end()
        elif not self.greeted:
            self.greeted = True
            sock.send(packet(sequence + 1, login_request()))
        elif kind == SWITCH:
            sock.send(packet(sequence + 1, b""))
        elif kind == MORE_DATA:
            sock.send(packet(sequence + 1, b"\0"))
        else:
            sock.send(packet(0, COM_QUIT))
            self.end()
