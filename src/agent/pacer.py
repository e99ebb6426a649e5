"""How many probes one target can answer with an ICMP error."""
import time

# net.ipv4.icmp_ratelimit: a Linux target sends one peer at most 6 ICMP errors at once, then one a second.
ICMP_BURST = 6
ICMP_REFILL_SECONDS = 1.0


class Pacer:
    """Keeps the probes to one target within what its kernel answers with ICMP errors, so that a REJECT stays visible."""

    def __init__(self):
        self.tokens, self.reserved, self.at = float(ICMP_BURST), 0, time.monotonic()

    def take(self):
        """True when one more probe may be sent now."""
        now = time.monotonic()
        self.tokens = min(ICMP_BURST, self.tokens + (now - self.at) / ICMP_REFILL_SECONDS)
        self.at = now
        if self.tokens - self.reserved < 1:
            return False
        self.reserved += 1
        return True

    def give_back(self, spent):
        self.reserved -= 1
        if spent:
            self.tokens -= 1
