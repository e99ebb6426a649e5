"""HTTP requests beside everything else: each in a child of its own."""
import time

from http_exchange import Exchange
from output import say
from worker import Workers

# The child ends its exchange in time by itself; this is for one that cannot.
GRACE_SECONDS = 2


class HttpChecks:
    """Runs the checks of one request and says all results at once, in the order of the checks."""

    def __init__(self, loop, checks, seconds):
        self.checks = checks
        Workers(loop, [exchange(check, seconds) for check in checks], seconds + GRACE_SECONDS, self.finish)

    def finish(self, results):
        say({"type": "http", "zone": zone(), "results": list(map(result_of, self.checks, results))})


def zone():
    """As `+0100 CET`; a name may be anything that TZ holds."""
    name = time.strftime("%Z")
    plain = all(character.isalnum() or character in "+-" for character in name)
    return "%s %s" % (time.strftime("%z"), name if 0 < len(name) <= 16 and plain and ascii(name)[1:-1] == name else "-")


def exchange(check, seconds):
    def task(tell):
        try:
            tell(Exchange(check, seconds).run())
        except Exception as error:
            tell(failed(check, error))

    return task


def result_of(check, told):
    if isinstance(told, OSError):
        return failed(check, told)
    # Nothing: it was killed by its alarm.
    return told[0] if told else dict(Exchange(check, 0).result, error="timeout")


def failed(check, error):
    detail = "%s: %s" % (type(error).__name__, error)
    return dict(Exchange(check, 0).result, error="failed", detail=detail[:200])
