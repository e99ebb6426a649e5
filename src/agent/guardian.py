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
from saved_table import NftRule, SavedTable, Unreadable, all_rules

KEEP, ROLL_BACK = b"k", b"r"
# The rules are back within the time given: taking them back begins this long before, and as long as the script took.
HEADROOM_SECONDS = 1
UNDO_SECONDS = 20
# Where nothing can be run now (no process, no memory) it is tried again, so long at least.
RETRY_SECONDS, RETRY_PAUSE_SECONDS = 30, 0.2
TEXT_LIMIT = 2000
SHELL = ["/bin/sh"]
# 15 characters at most.
NAME = "pxc-rollback"
TOO_SLOW = b"the commands were stopped: half of the time was over, and taking them back needs the other half"


class Guardian:
    def __init__(self, control, request):
        self.control, self.request, self.tables, self.nft_rules = control, request, [], []
        self.before, self.after, self.code, self.ran, self.settled, self.touched = None, None, None, False, False, None
        now, seconds = time.monotonic(), request["seconds"] - HEADROOM_SECONDS
        self.due, self.script_end, self.took = now + seconds, now + seconds / 2.0, 0
        self.wake, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        # Systemd ends what is left of a session by SIGTERM, where it is told to.
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.set_wakeup_fd(wake_write)

    def guard(self):
        if not self.apply():
            return self.tell_settled("restored", "") if not self.ran else self.put_back()
        if self.order() == KEEP:
            self.tell_settled("kept", self.make_last())
        else:
            self.put_back()

    def apply(self):
        """Runs the script; True when it was all done."""
        try:
            self.tables = [SavedTable(item["tool"], item["table"]) for item in self.request["snapshots"]]
            self.nft_rules = [NftRule(item["chain"], item["comment"]) for item in self.request["nftRules"]]
        except Unreadable as error:
            self.tell_applied(None, b"", str(error).encode("utf-8"))
            return False
        self.before = all_rules()
        self.ran = True
        began = time.monotonic()
        stops = (self.control.fileno(), self.wake)
        code, out, err = run_shell(self.request["script"], self.script_end - began, stops)
        if code is None and time.monotonic() >= self.script_end:
            err += TOO_SLOW
        self.took = time.monotonic() - began
        try:
            for part in self.tables + self.nft_rules:
                part.note_change()
            self.after = all_rules()
        except Unreadable as error:
            code, err = None, err + str(error).encode("utf-8")
        self.code = code
        self.tell_applied(code, out, err)
        return code == 0

    def order(self):
        """What the agent says, or ROLL_BACK when it is gone or the time is over."""
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wake, select.POLLIN)
        wait = self.due - self.took - time.monotonic()
        ready = [fd for fd, _ in poll.poll(max(0, wait) * 1000)]
        try:
            if self.control.fileno() in ready:
                return self.control.recv(1) or ROLL_BACK
        except OSError:
            pass
        return ROLL_BACK

    def make_last(self):
        """Writes down what was only tried until now; what hindered it."""
        try:
            return self.each_line(self.request["keep"])[1]
        except Exception as error:
            return "what keeps it over a reboot could not be run: %s" % error

    def put_back(self):
        """Takes the change back, again and again where that cannot even be begun: a change nobody has confirmed must go."""
        until = max(self.due + HEADROOM_SECONDS, time.monotonic() + RETRY_SECONDS)
        while True:
            try:
                details = self.take_back()
                return self.tell_settled("not-restored" if details else "restored", "; ".join(details))
            except Exception as error:
                if time.monotonic() > until:
                    return self.tell_settled("not-restored", "nothing could be run: %s" % error)
                time.sleep(RETRY_PAUSE_SECONDS)

    def take_back(self):
        """What is not as before; nothing when all is."""
        # What a killed script has told others to do may come yet.
        if self.code is not None and self.is_as_before():
            return []
        # Asked first and once, for the lines below change the same tables.
        if self.touched is None:
            touched = [table.touched_by_others() for table in self.tables]
            self.touched = (touched, self.after is None or all_rules() != self.after)
        tables_touched, any_touched = self.touched
        details = self.undo_lines()
        details += ["not surely taken out: %s" % rule.title for rule in self.nft_rules if not rule.delete()]
        left, whole = self.undo_tables(tables_touched)
        details += left
        # Restored as a whole, a table gets chains that iptables takes for there already: it has been compared by itself.
        if details == [] and not whole and not any_touched and not self.is_as_before():
            details = ["the rules are not what they were before"]
        return details

    def is_as_before(self):
        return self.before is not None and all_rules() == self.before and all(
            [table.is_as_before() for table in self.tables]
        )

    def undo_tables(self, touched):
        """(what is left, whether a table was restored as a whole). Our rules one by one first, for what others have in
        the same tables must stay; else the table as it was."""
        changed = [(table, others) for table, others in zip(self.tables, touched) if not table.is_as_before()]
        if changed == []:
            return [], False
        good = self.request["undoTables"] != [] and self.each_line(self.request["undoTables"])[0]
        details, whole = [], False
        for table, others in changed:
            if table.is_as_before() or (others and good and table.has_lost_ours()):
                continue
            hidden = table.hidden()
            if hidden:
                # Restoring would delete them.
                details.append("not as before: %s, and it also holds %s of nft" % (table.title, ", ".join(hidden)))
                continue
            whole = True
            if not table.restore():
                details.append("not as before: %s" % table.title)
        return details, whole

    def undo_lines(self):
        """Takes back what is in no saved table. Where the script broke off, some lines have nothing to undo: that all
        rules are what they were before is as good."""
        good, said = self.each_line(self.request["undo"])
        return [] if good or (self.code != 0 and self.is_as_before()) else [said or "an undo line failed"]

    def each_line(self, lines):
        """(whether all went well, what they said): each for itself."""
        if lines == []:
            return True, ""
        text = "\n".join(["{ :; %s\n} || bad=1" % line for line in lines]) + "\nexit ${bad:-0}"
        code, _, err = run_shell(text, UNDO_SECONDS + 2 * self.took + len(lines))
        said = err.decode("utf-8", "replace").strip() if code is not None else "it took too long"
        return code == 0, "" if code == 0 else said or "code %d" % code

    def tell_applied(self, code, out, err):
        out, err = (text.decode("utf-8", "replace")[-TEXT_LIMIT:] for text in (out, err))
        self.tell({"type": "applied", "code": code, "stdout": out, "stderr": err})

    def tell_settled(self, outcome, detail):
        self.settled = True
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
        if guardian is not None and guardian.ran and not guardian.settled:
            guardian.put_back()
    finally:
        os._exit(0)
