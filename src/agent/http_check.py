"""HTTP requests beside everything else: each in a child of its own, so that no name, handshake or server holds up the loop."""
import json
import os
import select
import signal
import time

from http_exchange import Exchange
from output import say
from programs import end_with_parent

# At a time; a node is not to notice.
CHILDREN = 4
# The child ends its exchange in time by itself; this is for one that cannot.
GRACE_SECONDS = 2
# A body of 1 MiB, each byte written as six.
ANSWER_LIMIT = 8 * 1024 * 1024


class HttpChecks:
    """Runs the checks of one request and says all results at once, in the order of the checks."""

    running = set()

    def __init__(self, loop, checks, seconds):
        self.loop, self.checks, self.seconds = loop, checks, seconds
        self.results, self.next = {}, 0
        for _ in range(CHILDREN):
            self.start()
        self.finish()

    def start(self):
        if self.next == len(self.checks):
            return
        check, self.next = self.checks[self.next], self.next + 1
        read, write = os.pipe()
        agent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            os.close(read)
            os.close(write)
            self.results[check["id"]] = failed(check, error)
            self.start()
            return
        if pid == 0:
            work(check, self.seconds, write, agent)
        HttpChecks.running.add(pid)
        os.close(write)
        parts = []

        def heard(_events):
            data = os.read(read, 65536)
            if data and sum(map(len, parts)) < ANSWER_LIMIT:
                parts.append(data)
                return
            self.loop.forget(read)
            os.close(read)
            os.waitpid(pid, 0)
            HttpChecks.running.discard(pid)
            self.results[check["id"]] = parsed(check["id"], b"".join(parts))
            self.start()
            self.finish()

        self.loop.watch(read, select.POLLIN, heard)

    def finish(self):
        if len(self.results) == len(self.checks):
            results = [self.results[check["id"]] for check in self.checks]
            say({"type": "http", "zone": zone(), "results": results})


def zone():
    """As `+0100 CET`; a name may be anything that TZ holds."""
    name = time.strftime("%Z")
    plain = all(character.isalnum() or character in "+-" for character in name)
    return "%s %s" % (time.strftime("%z"), name if 0 < len(name) <= 16 and plain and ascii(name)[1:-1] == name else "-")


def failed(check, error):
    detail = "%s: %s" % (type(error).__name__, error)
    return dict(Exchange(check, 0).result, error="failed", detail=detail[:200])


def parsed(name, data):
    try:
        return json.loads(data.decode("ascii"))
    except ValueError:
        # It was killed by its alarm.
        return dict(Exchange({"id": name}, 0).result, error="timeout")


def work(check, seconds, pipe, agent):
    """Never returns. Nothing of the agent's stays open here: a listener that it gives up must be gone."""
    try:
        signal.alarm(int(seconds) + GRACE_SECONDS)
        keep_only(pipe)
        end_with_parent(agent)
        result = Exchange(check, seconds).run()
        data = json.dumps(result).encode("ascii")
        while data:
            data = data[os.write(pipe, data):]
    except Exception as error:
        os.write(pipe, json.dumps(failed(check, error)).encode("ascii"))
    finally:
        os._exit(0)


def keep_only(pipe):
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != pipe:
            try:
                os.close(int(name))
            except OSError:
                pass
