"""The kernel's own account of a packet's way through nftables: what `nft monitor trace` shows, read as it comes."""
import socket
import struct

NETLINK_NETFILTER = 12
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_NO_ENOBUFS = 270, 1, 5
NFNLGRP_NFTRACE = 9
# linux/netfilter/nf_tables.h, enum nft_trace_attributes and enum nft_trace_types
TABLE, CHAIN, RULE_HANDLE, TYPE, VERDICT, POLICY_VERDICT = 1, 2, 3, 4, 5, 16
POLICY, RULE = 1, 3
VERDICT_CODE = 1
VERDICTS = {0: "drop", 1: "accept", -1: "continue", -2: "break", -3: "jump", -4: "goto", -5: "return"}
NFPROTO = {1: "inet", 2: "ip", 5: "netdev", 7: "bridge", 10: "ip6"}


def attributes(data):
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        yield kind & 0x3FFF, data[at + 4:at + length]
        at += (length + 3) & ~3


def text(data):
    return data.rstrip(b"\0").decode()


class Trace:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTRACE)
        self.socket.setblocking(False)

    def read(self):
        """[family, table, chain, handle or null for a policy, verdict] for each rule that matched, in their order."""
        steps = []
        while True:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return steps
            at = 0
            while at + 20 <= len(data):
                length = struct.unpack_from("=I", data, at)[0]
                step = self.step(data[at + 16], dict(attributes(data[at + 20:at + length])))
                if step:
                    steps.append(step)
                at += (length + 3) & ~3

    def step(self, family, found):
        kind = struct.unpack("!I", found[TYPE])[0]
        # A rule without a handle is the end of a chain.
        if kind == RULE and RULE_HANDLE in found:
            handle = struct.unpack("!Q", found[RULE_HANDLE])[0]
            code = dict(attributes(found[VERDICT]))[VERDICT_CODE]
        elif kind == POLICY:
            handle, code = None, found[POLICY_VERDICT]
        else:
            return None
        verdict = VERDICTS[struct.unpack("!i", code)[0]]
        return [NFPROTO[family], text(found[TABLE]), text(found[CHAIN]), handle, verdict]
