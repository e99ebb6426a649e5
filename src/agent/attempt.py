"""One attempt of a flow, and how an ICMP error is read from a socket."""
import socket
import struct
import time

MSG_ERRQUEUE = 0x2000
# sock_extended_err.ee_origin, <linux/errqueue.h>.
ORIGIN_ICMP, ORIGIN_ICMP6 = 2, 3


class Attempt:
    """What came of one packet sent; it holds a place in the target's pacer until it is settled or plainly silent."""

    def __init__(self, flow, number, pacer):
        self.flow, self.at, self.pacer = flow, time.monotonic(), pacer
        self.holds = True
        self.result = {"attempt": number, "outcome": "silence", "sourceAddress": None, "sourcePort": None}

    def settle(self, outcome, **details):
        self.result["outcome"] = outcome
        self.result.update(details)
        if outcome not in ("not-sent", "silence"):
            self.result["rttMs"] = round((time.monotonic() - self.at) * 1000, 3)
        self.release(outcome == "icmp")

    def release(self, spent):
        if self.holds:
            self.holds = False
            self.pacer.give_back(spent)


def read_error_queue(sock, family):
    """The ICMP error behind a socket's errno: (type, code, offender), or None. ip(7), struct sock_extended_err."""
    try:
        _, ancillary, _, _ = sock.recvmsg(512, 512, MSG_ERRQUEUE)
    except OSError:
        return None
    for _, _, data in ancillary:
        if len(data) < 16:
            continue
        _, origin, kind, code, _, _, _ = struct.unpack("=IBBBBII", data[:16])
        if origin not in (ORIGIN_ICMP, ORIGIN_ICMP6):
            continue
        offender = data[16:]
        try:
            if family == socket.AF_INET6:
                sender = socket.inet_ntop(socket.AF_INET6, offender[8:24])
            else:
                sender = socket.inet_ntoa(offender[4:8])
        except (ValueError, OSError):
            continue
        return {"family": 6 if origin == ORIGIN_ICMP6 else 4, "type": kind, "code": code, "from": sender}
    return None
