"""A change of the rules, tried under guard: the agent's half, which passes on what the caller and the guardian say."""
import json
import os
import select
import socket

from guardian import KEEP, ROLL_BACK, become_guardian
from output import say
from saved_table import NFT_CHAIN, TABLES, TOOLS

ORDERS = {"keep": KEEP, "roll-back": ROLL_BACK}
MOST_SECONDS = 3600
KILLED = {"type": "settled", "outcome": "not-restored", "detail": "the process that guards the change was killed"}


class Trial:
    """Says `applied` when the script has run, and `settled` when all is over and nothing of it is left; then calls
    `done`. Settled it may be unasked: where the script failed, or the time was over."""

    running = None

    def __init__(self, loop, request, done):
        check(request)
        self.loop, self.done, self.pending, self.last = loop, done, b"", KILLED
        self.control, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.control.close()
            become_guardian(theirs, request)
        theirs.close()
        loop.watch(self.control.fileno(), select.POLLIN, self.relay)
        Trial.running = self

    def order(self, name):
        try:
            self.control.send(ORDERS[name])
        except OSError:
            # It has settled by itself; `relay` tells.
            pass

    def relay(self, _events):
        try:
            data = self.control.recv(65536)
        except OSError:
            data = b""
        self.pending += data
        while b"\n" in self.pending:
            line, self.pending = self.pending.split(b"\n", 1)
            message = json.loads(line.decode("utf-8"))
            if message["type"] == "settled":
                # Held until the guardian is gone.
                self.last = message
            else:
                say(message)
        if not data:
            self.loop.forget(self.control.fileno())
            self.part()
            say(self.last)
            self.done()


    def part(self):
        """Waits for the guardian, which restores the rules unless it has settled: in a container nobody else may reap it."""
        Trial.running = None
        self.control.close()
        os.waitpid(self.pid, 0)


def check(request):
    if not isinstance(request["script"], str) or not 1 <= request["seconds"] <= MOST_SECONDS:
        raise ValueError("not a change that can be guarded")
    for item in request["snapshots"]:
        if item["tool"] not in TOOLS or item["table"] not in TABLES:
            raise ValueError("not a table that can be saved: %r" % (item,))
    for item in request["nftRules"]:
        if not NFT_CHAIN.match(item["chain"]) or not isinstance(item["comment"], str):
            raise ValueError("not a rule of nft that can be found again: %r" % (item,))
    for line in request["undo"] + request["undoTables"] + request["keep"]:
        if not isinstance(line, str):
            raise ValueError("not a shell line: %r" % (line,))
