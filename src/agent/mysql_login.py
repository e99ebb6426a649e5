"""A complete MySQL exchange on 3306, where a bare connect would do harm.

With an account the login succeeds, and is ended with COM_QUIT: it counts nothing, and sets the host's error count to 0.
Without one: a client that leaves after the greeting counts as a handshake error, and max_connect_errors (100) of them lock the host
out. A login that is carried through to its refusal does not count: an unknown user, no password, and an answer to
whatever the server asks next, until it says OK or ERR. Protocol: MySQL internals, "Connection Phase".
"""
import hashlib
import socket
import struct

from connect import ConnectProbe

USER = "pxc-netcheck"
LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH = 0x1, 0x200, 0x8000, 0x80000
OK, MORE_DATA, SWITCH, ERR = 0x00, 0x01, 0xFE, 0xFF
COM_QUIT = b"\x01"
FAST_OK = b"\x01\x03"
MAX_PACKET = 65536
UTF8 = 33
# For the acknowledgement of a FIN, after the time-out.
FIN_SECONDS = 1.0


def packet(sequence, payload):
    return struct.pack("<I", len(payload))[:3] + bytes(bytearray([sequence & 0xFF])) + payload


def login_request(user, response, plugin):
    flags = LONG_PASSWORD | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH
    head = struct.pack("<IIB23x", flags, 1 << 24, UTF8)
    return head + user + b"\0" + bytes(bytearray([len(response)])) + response + plugin + b"\0"


def parse_greeting(payload):
    """(authentication plugin, nonce) of a protocol 10 greeting. Fixed fields stand behind the version's NUL."""
    at = payload.index(b"\0", 1) + 1
    nonce = payload[at + 4:at + 12]
    rest = payload[at + 31:]
    second, _, plugin = rest[:12], rest[12:13], rest[13:].split(b"\0")[0]
    return plugin or b"mysql_native_password", nonce + second


def exclusive_or(left, right):
    return bytes(bytearray(a ^ b for a, b in zip(bytearray(left), bytearray(right))))


def scramble(plugin, password, nonce):
    """The password's proof for the nonce, for the two plugins that need nothing but hashes; empty for others."""
    if not password:
        return b""
    if plugin == b"mysql_native_password":
        once = hashlib.sha1(password).digest()
        return exclusive_or(once, hashlib.sha1(nonce + hashlib.sha1(once).digest()).digest())
    if plugin == b"caching_sha2_password":
        once = hashlib.sha256(password).digest()
        twice = hashlib.sha256(once).digest()
        return exclusive_or(once, hashlib.sha256(hashlib.sha256(twice).digest() + nonce).digest())
    return b""


class MysqlProbe(ConnectProbe):
    # A login that was cut off does count: never a second one.
    rounds = 1

    buffer = b""
    greeted = False

    def talk(self, attempt, sock):
        """The server speaks first."""

    def late(self, begun):
        """No greeting in time: a slow name lookup of the server, or no packet of ours arrives. Its kernel tells which."""
        attempt = self.attempts[-1]
        if self.done or self.greeted or attempt.result["outcome"] != "connected":
            super().late(begun)
            return
        sock = self.sockets[-1]
        attempt.result["acknowledged"] = False
        sock.shutdown(socket.SHUT_WR)
        self.watch_state(attempt, sock)
        self.after(FIN_SECONDS, self.end)

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
            account = self.probe.get("account") or {"user": USER, "password": ""}
            self.password = account["password"].encode("utf-8")
            plugin, nonce = parse_greeting(payload)
            response = scramble(plugin, self.password, nonce)
            sock.send(packet(sequence + 1, login_request(account["user"].encode("utf-8"), response, plugin)))
        elif kind == SWITCH:
            plugin, _, nonce = payload[1:].partition(b"\0")
            sock.send(packet(sequence + 1, scramble(plugin, self.password, nonce.rstrip(b"\0"))))
        elif payload == FAST_OK:
            # The server's OK follows.
            pass
        elif kind == MORE_DATA:
            # It wants the password in clear, which it will not get: an empty one, and its refusal.
            sock.send(packet(sequence + 1, b"\0"))
        else:
            sock.send(packet(0, COM_QUIT))
            self.end()
