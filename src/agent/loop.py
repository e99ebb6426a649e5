"""The one place where the agent waits."""
import heapq
import select
import time


class Loop:
    """poll(2) and timers: everything here waits in one place, so that a closed stdin is always seen."""

    def __init__(self):
        self.poll = select.poll()
        self.handlers = {}
        self.timers = []
        self.order = 0

    def watch(self, fd, events, handler):
        self.handlers[fd] = handler
        self.poll.register(fd, events)

    def forget(self, fd):
        if self.handlers.pop(fd, None) is not None:
            self.poll.unregister(fd)

    def after(self, seconds, callback):
        self.order += 1
        heapq.heappush(self.timers, (time.monotonic() + seconds, self.order, callback))

    def run(self):
        while True:
            wait = None
            if self.timers:
                wait = max(0.0, self.timers[0][0] - time.monotonic()) * 1000 + 0.5
            for fd, events in self.poll.poll(wait):
                handler = self.handlers.get(fd)
                if handler is not None:
                    handler(events)
            now = time.monotonic()
            while self.timers and self.timers[0][0] <= now:
                heapq.heappop(self.timers)[2]()
