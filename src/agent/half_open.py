"""Zero-touch TCP: a hand-made SYN, whose SYN/ACK is answered by a RST, so that accept() never sees it."""
import errno
import socket

from flow_probe import FlowProbe
from neighbour import is_resolved
from packets import RST, SYN, next_sequence, tcp_segment


class HalfOpenProbe(FlowProbe):
    def send(self):
        attempt = self.new_attempt()
        address, port = self.probe["address"], self.probe["port"]
        try:
            with socket.socket(self.family, socket.SOCK_DGRAM) as route:
                route.connect((address, port))
                source = route.getsockname()[0]
            # A port for each attempt: a retransmission on the old one would meet the half-open entry of the first.
            source_port = self.prober.source_port(self.family, len(self.attempts))
            attempt.isn = next_sequence(self.prober.token)
            attempt.result.update(sourceAddress=source, sourcePort=source_port, isn=attempt.isn)
            attempt.result.update(leftSource=False, passedInput=False)
            self.prober.half_open[(source_port, port, address)] = attempt
            self.prober.by_sequence[attempt.isn] = attempt
            self.send_segment(attempt, attempt.isn, SYN)
        except OSError as error:
            self.not_sent(attempt, error)

    def send_segment(self, attempt, sequence, flags):
        address = self.probe["address"]
        wire = self.prober.wire
        sock = wire.tcp4 if self.family == socket.AF_INET else wire.tcp6
        if sock is None:
            raise OSError(errno.EAFNOSUPPORT, "IPv6 is switched off")
        source, source_port = attempt.result["sourceAddress"], attempt.result["sourcePort"]
        segment = tcp_segment(source, address, source_port, self.probe["port"], sequence & 0xFFFFFFFF, flags)
        sock.sendto(segment, (address, 0))

    def send_again(self):
        # What has not left yet waits for the neighbour's address: more of it would only use up the kernel's ICMP errors.
        if not self.done and all(self.is_waiting(attempt) for attempt in self.attempts):
            self.queued = False
            self.pacer().give_back(False)
            return
        super().send_again()

    @staticmethod
    def is_waiting(attempt):
        result = attempt.result
        return result["outcome"] == "silence" and result.get("leftSource") is False and "errno" not in result

    def left_source(self, attempt):
        attempt.result["leftSource"] = True

    def answered(self, attempt, kind, mss, delivered):
        if self.done:
            return
        outcome = attempt.result["outcome"]
        if outcome == "not-sent":
            # The RST that our own OUTPUT chain's REJECT made: the SYN never left.
            attempt.result["answer"] = kind
            return
        if outcome == "silence":
            attempt.settle(kind)
            if mss:
                attempt.result["mss"] = mss
        if delivered:
            attempt.result["passedInput"] = True
            self.end()

    def refused(self, attempt, icmp):
        if self.done:
            return
        if attempt.result["outcome"] == "not-sent":
            attempt.result["icmp"] = icmp
        elif attempt.result["outcome"] == "silence":
            attempt.settle("icmp", icmp=icmp)
            # Read from the interface: whether INPUT let the error in is not known, and does not matter.
            del attempt.result["passedInput"]
            self.end()

    def end(self):
        if not self.done and self.attempts and self.attempts[0].result.get("leftSource") is False:
            # Accepted by our own chains, and still it never left: who has the next hop's address?
            self.attempts[0].result["neighbour"] = is_resolved(self.probe["address"])
        super().end()

    def take_back(self):
        """Resets the entries that unanswered SYNs may have left in SYN_RECV; the kernel resets the answered ones."""
        for attempt in self.attempts:
            result = attempt.result
            self.prober.half_open.pop((result["sourcePort"], self.probe["port"], self.probe["address"]), None)
            if result["outcome"] in ("silence", "syn-ack") and not result["passedInput"]:
                try:
                    self.send_segment(attempt, attempt.isn + 1, RST)
                except OSError:
                    pass
