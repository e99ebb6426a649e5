"""The half-close probe of a plaintext Galera port: connect, FIN at once, read what the acceptor says, close.

The acceptor speaks first: 44 bytes, gcomm/src/gmcast_proto.hpp. With the FIN already there its thread never waits for us,
nothing is logged and nothing leaks. Never for TLS, where each connection without a full handshake costs a descriptor.
"""
import struct
import uuid
import zlib

from connect import ConnectProbe

LENGTH = 44
# Header: payload length (low 24 bits) and checksum type (high byte) in one little-endian word, checksum; then
# version 0, type 1 (handshake), flag 0x10 (has a handshake UUID), segment, the node's UUID, the handshake's UUID.
PAYLOAD_LENGTH = 36
HANDSHAKE = b"\x00\x01\x10"
NO_CHECKSUM, CRC32, CRC32C = 0, 1, 2
# Castagnoli, reflected; RFC 3720 appendix B.4.
CRC32C_POLYNOMIAL = 0x82F63B78


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in bytearray(data):
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (CRC32C_POLYNOMIAL if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def parse_greeting(data):
    """{"uuid", "segment"} of a gcomm handshake; None when it is anything else."""
    if len(data) != LENGTH:
        return None
    word, checksum = struct.unpack("<II", data[:8])
    kind, payload = word >> 24, data[8:]
    if word & 0xFFFFFF != PAYLOAD_LENGTH or payload[:3] != HANDSHAKE or kind > CRC32C:
        return None
    covered = struct.pack("<I", PAYLOAD_LENGTH) + payload
    expected = {NO_CHECKSUM: checksum, CRC32: zlib.crc32(covered) & 0xFFFFFFFF, CRC32C: crc32c(covered)}[kind]
    if checksum != expected:
        return None
    return {"uuid": str(uuid.UUID(bytes=bytes(payload[4:20]))), "segment": bytearray(payload)[3]}


class GcommProbe(ConnectProbe):
    rounds = 1
    buffer = b""

    def heard(self, attempt, sock):
        data = self.receive(attempt, sock)
        if data is None:
            return
        self.buffer += data
        # Read to the end: closing on unread data would send a RST, which old Galera does not survive.
        if data and len(self.buffer) <= LENGTH:
            return
        attempt.result["greeting"] = parse_greeting(self.buffer)
        self.acknowledged(attempt)

    def watch_state(self, attempt, sock):
        """The end of the stream tells as much as the acknowledgement of our FIN, and comes after the greeting."""
