"""The rules as they were, held in memory: a table of iptables to be restored, rules of nft to be told from new ones, and
all of them to be compared."""
import re
from collections import Counter

from child import run
from host_facts import find_program
from output import read_file

TOOLS = ("iptables", "iptables-nft", "iptables-legacy", "ip6tables", "ip6tables-nft", "ip6tables-legacy")
NFT_CHAIN = re.compile(r"(ip6?|inet|netdev) [A-Za-z_.][\w./-]* [A-Za-z_.][\w./-]*$", re.A)
UFW_FILES = ["%s/ufw/user%s.rules" % (folder, six) for folder in ("/etc", "/lib") for six in ("", "6")]
UFW_LIMIT = 16 * 1024 * 1024
TABLES = ("filter", "mangle", "nat", "raw", "security")
# Both programs take milliseconds; they wait for the lock of the legacy back end, five seconds at most.
SECONDS = 8
ATTEMPTS = 4


class Unreadable(Exception):
    pass


class SavedTable:
    def __init__(self, tool, name):
        """Raises Unreadable when the table cannot be saved, or could not be restored."""
        self.tool, self.name, self.title = tool, name, "%s -t %s" % (tool, name)
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
        try:
            now = rules_of(self.read())
        except Unreadable:
            # As after a rule of nft that iptables has no words for.
            return self.after is not None
        return self.after is not None and now not in (rules_of(self.before), rules_of(self.after))

    def has_lost_ours(self):
        """Whether what our change has added is gone, and what it has removed is there again."""
        try:
            now = Counter(rules_of(self.read()))
        except Unreadable:
            return False
        before, after = Counter(rules_of(self.before)), Counter(rules_of(self.after))
        return all([now[line] <= before[line] for line in after - before]) and all(
            [now[line] >= before[line] for line in before - after]
        )

    def hidden(self):
        """What nft has in the table and iptables does not show: restoring the table would delete it."""
        nft, program = find_program("nft"), find_program(self.tool)
        if nft is None or program is None or b"nf_tables" not in run([program, "-V"], b"", SECONDS)[1]:
            return []
        family = "ip6" if self.tool.startswith("ip6") else "ip"
        out = run([nft, "list", "table", family, self.name], b"", SECONDS)[1]
        try:
            text = self.read()
        except Unreadable:
            return ["rules that iptables cannot read"]
        shown = [line[1:].split(b" ")[0] for line in text.split(b"\n") if line.startswith(b":")]
        objects = [line[1:-2] for line in out.split(b"\n") if re.match(rb"\t[^\t].* \{$", line)]
        found = [each for each in objects if not (each.startswith(b"chain ") and each[6:] in shown)]
        return [each.decode("utf-8", "replace") for each in found]

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


class NftRule:
    """The rules of a chain that have a comment: those that were there before are not ours."""

    def __init__(self, chain, comment):
        self.chain, self.end = chain.split(" "), ('comment "%s"' % comment).encode("utf-8")
        self.title = "%s in %s" % (comment, chain)
        self.before = self.handles()
        self.ours = set()

    def handles(self):
        nft = find_program("nft")
        code, out, err = (None, b"", b"") if nft is None else run([nft, "-a", "list", "chain"] + self.chain, b"", SECONDS)
        if code != 0:
            raise Unreadable("%s could not be listed: %s" % (self.title, err.decode("utf-8", "replace").strip()[:500]))
        found = [re.match(rb"(.*) # handle (\d+)$", line) for line in out.split(b"\n")]
        return set([each.group(2).decode("ascii") for each in found if each and each.group(1).endswith(self.end)])

    def note_change(self):
        self.ours = self.handles() - self.before

    def delete(self):
        """True when none of ours is there any more."""
        try:
            for handle in sorted(self.ours & self.handles()):
                run([find_program("nft"), "delete", "rule"] + self.chain + ["handle", handle], b"", SECONDS)
            return not self.ours & self.handles()
        except Unreadable:
            # The chain is gone, and our rule with it, or nft fails: the caller compares all.
            return False


def all_rules():
    """What nft, the legacy tables and ufw's files hold, without what changes by itself; None where it cannot be had."""
    parts = [read_file(path, UFW_LIMIT).encode("utf-8") for path in UFW_FILES]
    for tool, names in (("iptables", "ip"), ("ip6tables", "ip6")):
        # Where no table is loaded, asking would load one.
        if read_file("/proc/net/%s_tables_names" % names):
            save = find_program(tool + "-legacy-save") or find_program(tool + "-save")
            code, out, _ = (None, b"", b"") if save is None else run([save], b"", SECONDS)
            if code != 0:
                return None
            parts.append(b"\n".join(rules_of(out)))
    nft = find_program("nft")
    if nft is None:
        return parts if len(parts) > len(UFW_FILES) else None
    code, out, _ = run([nft, "list", "ruleset"], b"", SECONDS)
    return parts + [re.sub(rb"packets \d+ bytes \d+|expires \w+|used \d+ \w+", b"", out)] if code == 0 else None


def rules_of(text):
    """A dump without comments and counters: equal rulesets are equal texts."""
    lines = [line for line in text.split(b"\n") if not line.startswith(b"#")]
    return [re.sub(rb"^\[\d+:\d+\] |^(:\S+ \S+) \[\d+:\d+\]$", rb"\1", line) for line in lines]
