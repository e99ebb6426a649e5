"""What all kinds of probe have in common."""
import errno
import struct

from attempt import Attempt
from output import errno_name, family_of

# When a silent probe is sent again, as fractions of the time-out: loss must not look like a block.
# At a loss of a fifth each way, one round trip of twelve fails once in 200,000 flows.
RETRY_AT = (0.05, 0.1, 0.17, 0.25, 0.33, 0.42, 0.51, 0.6, 0.69, 0.78, 0.87)
# After this long without an answer no ICMP error is on its way: the place kept for it is given back.
ICMP_RESERVATION_SECONDS = 0.3
# The source's own REJECT answers a send with EPERM, and its ICMP error or RST follows a moment later.
OWN_REJECT_SECONDS = 0.2


class FlowProbe:
    """All attempts of one flow, until an answer settles it or its time is over. Kinds differ in `send`."""

    running = set()

    def __init__(self, prober, probe):
        self.prober, self.probe, self.loop = prober, probe, prober.loop
        self.family = family_of(probe["address"])
        self.attempts = []
        self.sockets = []
        self.done = self.queued = False

    def guarded(self, callback):
        """What goes wrong in one probe (a peer that resets, no descriptors left) settles that flow, and no other."""
        def call(*arguments):
            try:
                callback(*arguments)
            except (OSError, ValueError, IndexError, struct.error) as error:
                self.broken(error)

        return call

    def broken(self, error):
        for attempt in self.attempts:
            if attempt.result["outcome"] == "silence":
                attempt.settle("errno", errno=errno_name(getattr(error, "errno", None) or errno.EPROTO))
        self.end()

    def watch(self, sock, events, handler):
        self.loop.watch(sock.fileno(), events, self.guarded(handler))

    def after(self, seconds, callback):
        self.loop.after(seconds, self.guarded(callback))

    def begin(self):
        if self.done:
            self.pacer().give_back(False)
            return
        self.start()

    def start(self):
        for fraction in RETRY_AT:
            self.after(fraction * self.prober.timeout, self.ask_again)
        self.after(self.prober.timeout, self.end)
        self.send()

    def ask_again(self):
        """Sends once more as soon as the pacer allows, unless the flow is settled by then."""
        if not self.done and not self.queued:
            self.queued = True
            self.prober.when_allowed(self.probe["address"], self.guarded(self.send_again))

    def send_again(self):
        self.queued = False
        if self.done:
            self.pacer().give_back(False)
        else:
            self.send()

    def pacer(self):
        return self.prober.pacers[self.probe["address"]]

    def new_attempt(self):
        FlowProbe.running.add(self)
        attempt = Attempt(self, len(self.attempts) + 1, self.pacer())
        attempt.result["atMs"] = round((attempt.at - self.prober.started) * 1000, 3)
        self.attempts.append(attempt)
        self.loop.after(ICMP_RESERVATION_SECONDS, lambda: attempt.release(False))
        return attempt

    def not_sent(self, attempt, error):
        if error.errno == errno.ENOBUFS:
            # A full queue, or the egress hook: lost before it left, and tried again as any loss.
            attempt.result["errno"] = errno_name(error.errno)
            return
        attempt.settle("not-sent", errno=errno_name(error.errno))
        self.after(OWN_REJECT_SECONDS, self.end)

    def end(self):
        if self.done:
            return
        self.done = True
        FlowProbe.running.discard(self)
        for sock in list(self.sockets):
            self.close_socket(sock)
        for attempt in self.attempts:
            attempt.release(False)
        self.take_back()
        self.prober.finished(self.probe, [attempt.result for attempt in self.attempts])

    def take_back(self):
        """Undoes what the attempts may have left on the target."""

    def close_socket(self, sock):
        self.loop.forget(sock.fileno())
        self.sockets.remove(sock)
        sock.close()
