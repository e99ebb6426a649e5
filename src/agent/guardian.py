"""Holds what the rules were while a change of them is tried, and puts them back unless it is told to keep the change.

A process of its own, forked off before anything is changed, that has left the agent's session and pipes and writes
nothing to disk. Whatever ends the agent (its caller gone, sshd or the agent killed) closes the socket between the two:
that, SIGTERM and its own timer make it put the rules back. Where the network was cut nobody tells sshd, and the timer
alone helps.
"""
import json
import os
import select
import signal
import time

from child import run
from saved_table import SavedTable, Unreadable, nft_rules

KEEP, ROLL_BACK = b"k", b"r"
# The rules are back within the time given: it begins this long before.
HEADROOM_SECONDS = 1
UNDO_SECONDS = 20
TEXT_LIMIT = 2000
SHELL = ["/bin/sh"]
# 15 characters at most.
NAME = "pxc-rollback"


class Guardian:
    def __init__(self, control, request):
        self.end = time.monotonic() + request["seconds"] - HEADROOM_SECONDS
        self.control, self.request, self.tables, self.nft, self.ran = control, request, [], None, False
        self.wake, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        # Systemd ends what is left of a session by SIGTERM, where it is told to.
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.set_wakeup_fd(wake_write)

    def guard(self):
        if not self.apply():
            return self.tell_settled("restored", "") if not self.ran else self.put_back()
        if self.order() == KEEP:
            self.tell_settled("kept", "")
        else:
            self.put_back()

    def apply(self):
        """Runs the script; True when it was all done."""
        try:
            self.tables = [SavedTable(item["tool"], item["table"]) for item in self.request["snapshots"]]
        except Unreadable as error:
            self.tell_applied(None, b"", str(error).encode("utf-8"))
            return False
        if self.request["undo"]:
            self.nft = nft_rules()
        self.ran = True
        stops = (self.control.fileno(), self.wake)
        code, out, err = run_shell(self.request["script"], self.end - time.monotonic(), stops)
        if code == 0:
            try:
                for table in self.tables:
                    table.note_change()
            except Unreadable as error:
                code, err = None, str(error).encode("utf-8")
        self.tell_applied(code, out, err)
        return code == 0

    def order(self):
        """What the agent says, or ROLL_BACK when it is gone or the time is over."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        ready = [fd for fd, _ in poll.poll(max(0, self.end - time.monotonic()) * 1000)]
        try:
            if self.control.fileno() in ready:
                return self.control.recv(1) or ROLL_BACK
        except OSError:
            pass
        return ROLL_BACK

    def put_back(self):
        # Asked first, for the lines below may change the same tables.
        gently = self.touched_by_others()
        good, details = self.undo_lines()
        if not (gently and self.undo_rules()) and not all([table.restore() for table in self.tables]):
            good = False
            details += ["not as before: %s" % table.title for table in self.tables if not table.is_as_before()]
        self.tell_settled("restored" if good else "not-restored", "; ".join(details))

    def touched_by_others(self):
        try:
            return any([table.touched_by_others() for table in self.tables])
        except Unreadable:
            return False

    def undo_rules(self):
        """Takes back our rules one by one where others have changed the tables meanwhile: theirs must stay."""
        lines = self.request["undoTables"]
        return lines != [] and run_shell("set -e\n" + "\n".join(lines), UNDO_SECONDS)[0] == 0

    def undo_lines(self):
        """Takes back what is in no saved table; (good, details). Each line for itself: where the script broke off, some
        have nothing to undo, and that nft shows what it showed before is as good."""
        if self.request["undo"] == []:
            return True, []
        lines = ["{ :; %s\n} || bad=1" % line for line in self.request["undo"]]
        code, _, err = run_shell("\n".join(lines) + "\nexit ${bad:-0}", UNDO_SECONDS)
        if code == 0 or (self.nft is not None and nft_rules() == self.nft):
            return True, []
        return False, [err.decode("utf-8", "replace")]

    def tell_applied(self, code, out, err):
        out, err = (text.decode("utf-8", "replace")[-TEXT_LIMIT:] for text in (out, err))
        self.tell({"type": "applied", "code": code, "stdout": out, "stderr": err})

    def tell_settled(self, outcome, detail):
        self.tell({"type": "settled", "outcome": outcome, "detail": detail[:TEXT_LIMIT]})

    def tell(self, message):
        try:
            self.control.sendall((json.dumps(message) + "\n").encode("utf-8"))
        except OSError:
            # The agent is gone, and nobody else wants to know.
            pass


def run_shell(text, seconds, stops=()):
    # In braces: the shell reads all of it before it runs any of it, and no command can read the rest of the script.
    return run(SHELL, ("{ :\n%s\n} </dev/null\n" % text).encode("utf-8"), seconds, stops)


def detach(control):
    """Out of the agent's session, so that no hang-up of it comes here; and away from its pipes, which keep sshd waiting."""
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != control.fileno():
            try:
                os.close(int(name))
            except OSError:
                pass
    os.chdir("/")
    # For whoever looks at ps.
    with open("/proc/self/comm", "w") as comm:
        comm.write(NAME)


def become_guardian(control, request):
    """Does not return."""
    guardian = None
    try:
        detach(control)
        guardian = Guardian(control, request)
        guardian.guard()
    except BaseException:
        # A defect of ours must not keep a change that nobody has confirmed.
        if guardian is not None and guardian.ran:
            guardian.put_back()
    finally:
        os._exit(0)
