"""The rules as they were, held in memory: a table of iptables to be restored, and what nft shows to be compared."""
import re

from child import run
from host_facts import find_program

TOOLS = ("iptables", "iptables-nft", "iptables-legacy", "ip6tables", "ip6tables-nft", "ip6tables-legacy")
TABLES = ("filter", "mangle", "nat", "raw", "security")
# Both programs take milliseconds; they wait for the lock of the legacy back end, five seconds at most.
SECONDS = 8
ATTEMPTS = 4


class Unreadable(Exception):
    pass


class SavedTable:
    def __init__(self, tool, name):
        """Raises Unreadable when the table cannot be saved, or could not be restored."""
        self.name, self.title = name, "%s -t %s" % (tool, name)
        self.save, self.restore_program = find_program(tool + "-save"), find_program(tool + "-restore")
        if self.save is None or self.restore_program is None:
            raise Unreadable("%s: its -save or -restore is not installed" % tool)
        self.before = self.read()
        self.after = None

    def read(self):
        code, out, err = run([self.save, "-c", "-t", self.name], b"", SECONDS)
        # An interrupted or refused dump has no end; a table that does not exist has no text at all.
        if code != 0 or b"\nCOMMIT\n" not in out:
            raise Unreadable("%s could not be saved: %s" % (self.title, err.decode("utf-8", "replace").strip()[:500]))
        return out

    def note_change(self):
        self.after = self.read()

    def touched_by_others(self):
        """Whether somebody else (fail2ban, docker, a person) has changed the table since our change of it."""
        return self.after is not None and rules_of(self.read()) not in (rules_of(self.before), rules_of(self.after))

    def is_as_before(self):
        try:
            return rules_of(self.read()) == rules_of(self.before)
        except Unreadable:
            return False

    def restore(self):
        """Puts the whole table back in one transaction, counters included; True when the kernel then shows it so."""
        for attempt in range(ATTEMPTS):
            # Old versions do not know -w.
            wait = ["-w", "5"] if attempt % 2 == 0 else []
            run([self.restore_program, "-c", "-T", self.name] + wait, self.before, SECONDS)
            if self.is_as_before():
                return True
        return False


def nft_rules():
    """Everything that nft shows, without what changes by itself; None where it cannot be had."""
    nft = find_program("nft")
    if nft is None:
        return None
    code, out, _ = run([nft, "list", "ruleset"], b"", SECONDS)
    return re.sub(rb"packets \d+ bytes \d+|expires \w+", b"", out) if code == 0 else None


def rules_of(text):
    """A dump without comments and counters: equal rulesets are equal texts."""
    lines = [line for line in text.split(b"\n") if not line.startswith(b"#")]
    return [re.sub(rb"^\[\d+:\d+\] |^(:\S+ \S+) \[\d+:\d+\]$", rb"\1", line) for line in lines]
