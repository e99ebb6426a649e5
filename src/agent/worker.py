"""Work beside everything else: in children of the agent, so that no file, name, handshake or server holds up the loop."""
import json
import os
import select
import signal
import time

from programs import end_with_parent

# A child that the kernel cannot end, for it hangs in a file system, is given up so much later.
GIVE_UP_SECONDS = 1


class Workers:
    """Runs tasks, each in a child of its own, so many at a time, and calls `done(results)` once, in the order of the tasks.

    A task is called with `tell`, and its result is the list of what it has told: all of it, or what it had told when its
    `seconds` were over, or when it died. It is an OSError where there was no child to be had. Tasks whose turn does not
    come within `all_seconds` are not begun."""

    running = set()

    def __init__(self, loop, tasks, seconds, done, at_a_time=4, all_seconds=3600, limit=8 * 1024 * 1024):
        self.loop, self.tasks, self.seconds, self.done = loop, tasks, seconds, done
        self.at_a_time, self.limit = at_a_time, limit
        self.end = time.monotonic() + all_seconds
        self.results, self.next, self.alive = {}, 0, 0
        self.go_on()

    def go_on(self):
        while self.alive < self.at_a_time and self.next < len(self.tasks):
            number, self.next = self.next, self.next + 1
            if time.monotonic() >= self.end:
                self.results[number] = []
                continue
            try:
                self.start(number)
            except OSError as error:
                self.results[number] = error
        if len(self.results) == len(self.tasks):
            self.done([self.results[number] for number in range(len(self.tasks))])

    def start(self, number):
        read, write = os.pipe()
        agent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(read)
            os.close(write)
            raise
        if pid == 0:
            work(self.tasks[number], self.seconds, write, agent)
        os.close(write)
        Workers.running.add(pid)
        self.alive += 1
        parts, size = [], [0]

        def heard(_events):
            data = os.read(read, 65536)
            size[0] += len(data)
            if data and size[0] <= self.limit:
                parts.append(data)
                return
            close(0)

        def close(options):
            self.loop.forget(read)
            os.close(read)
            # It may still be talking.
            kill(pid)
            os.waitpid(pid, options)
            Workers.running.discard(pid)
            self.alive -= 1
            self.results[number] = list(values(b"".join(parts)))
            self.go_on()

        def late():
            if number not in self.results:
                close(os.WNOHANG)

        self.loop.watch(read, select.POLLIN, heard)
        self.loop.after(self.seconds + GIVE_UP_SECONDS, late)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass


def values(data):
    """Of the whole lines; the last may have been cut off."""
    for line in data.split(b"\n")[:-1]:
        yield json.loads(line.decode("ascii"))


def work(task, seconds, pipe, agent):
    """Never returns. Nothing of the agent's stays open here: a listener that it gives up must be gone."""

    def tell(value):
        data = (json.dumps(value) + "\n").encode("ascii")
        while data:
            data = data[os.write(pipe, data):]

    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        keep_only(pipe)
        end_with_parent(agent)
        task(tell)
    except Exception:
        # What it has told is its result.
        pass
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
