"""This host's wall clock, for comparison with those of the other nodes."""
import time

from output import say


def now_us():
    """CLOCK_REALTIME in microseconds since the epoch."""
    return int(time.time() * 1000000)


def tell_clock(received_us):
    say({"type": "clock", "receivedUs": received_us, "answeredUs": now_us()})
