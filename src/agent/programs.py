"""Running the few read-only programs: the ruleset dumps."""
import os
import select
import signal

from host_facts import find_program
from output import read_file, say

# A dump takes milliseconds; a program that hangs (a held lock) must not outlive the agent for long.
PROGRAM_SECONDS = 5
# <linux/prctl.h>
PR_SET_PDEATHSIG = 1


def end_with_parent(parent):
    """The kernel kills this process when the agent is killed. Where Python lacks ctypes, its alarm remains."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (ImportError, OSError, AttributeError):
        return
    if os.getppid() != parent:
        os._exit(127)


class Program:
    """Runs one program with stdin closed, bounded in output; `done(code, stdout, stderr)` is called once."""

    running = set()
    # A cut-off dump counts as failed. All dumps together must fit into one line of the protocol.
    LIMIT = 3 * 1024 * 1024

    def __init__(self, loop, argv, done):
        self.loop, self.done, self.texts, self.open = loop, done, {}, 0
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        agent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(out_write, 1)
                os.dup2(err_write, 2)
                # Python ignores SIGPIPE, and exec would pass that on.
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)
                # An alarm survives exec: the kernel ends the program even when it hangs.
                signal.alarm(PROGRAM_SECONDS)
                end_with_parent(agent)
                os.execv(argv[0], argv)
            except OSError:
                pass
            os._exit(127)
        Program.running.add(self.pid)
        os.close(out_write)
        os.close(err_write)
        for name, fd in (("out", out_read), ("err", err_read)):
            self.texts[name] = []
            self.open += 1
            loop.watch(fd, select.POLLIN, self.reader(name, fd))

    def reader(self, name, fd):
        def read(_events):
            data = os.read(fd, 65536)
            if data and sum(map(len, self.texts[name])) < self.LIMIT:
                self.texts[name].append(data)
                return
            self.loop.forget(fd)
            os.close(fd)
            self.open -= 1
            if self.open == 0:
                _, status = os.waitpid(self.pid, 0)
                Program.running.discard(self.pid)
                code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
                out, err = (b"".join(self.texts[key]).decode("utf-8", "replace") for key in ("out", "err"))
                self.done(code, out, err)

        return read


def ruleset_programs():
    """Which dumps to take. `-save` is the form that never creates the legacy table; `-L` and `-S` do."""
    wanted = []
    for family, names in (("iptables", "/proc/net/ip_tables_names"), ("ip6tables", "/proc/net/ip6_tables_names")):
        default, legacy = find_program(family + "-save"), find_program(family + "-legacy-save")
        has_legacy = bool(read_file(names).strip())
        if has_legacy and legacy is None and (default is None or "nft" in os.path.basename(os.path.realpath(default))):
            # The kernel has such tables, and no program shows them: that must not look like none.
            wanted.append((family + "-legacy", None))
        if default is None:
            continue
        wanted.append((family, [default, "-c"]))
        if legacy is not None and has_legacy and os.path.realpath(default) != os.path.realpath(legacy):
            wanted.append((family + "-legacy", [legacy, "-c"]))
        # A host whose default is the legacy back end may hold nft rules beside it.
        nft = find_program(family + "-nft-save")
        if nft is not None and "legacy" in os.path.basename(os.path.realpath(default)):
            wanted.append((family + "-nft", [nft, "-c"]))
    nft = find_program("nft")
    if nft is not None:
        # The names of the tables are had even where the rest is too long: they tell whether others have a say.
        wanted.append(("nft-tables", [nft, "list", "tables"]))
        wanted.append(("nft", [nft, "-j", "list", "ruleset"]))
        wanted.append(("nft-text", [nft, "-s", "-a", "list", "ruleset"]))
    ipset = find_program("ipset")
    if ipset is not None and os.path.exists("/sys/module/ip_set"):
        wanted.append(("ipset", [ipset, "save"]))
    return wanted


def collect_rulesets(loop):
    programs = ruleset_programs()
    dumps = []
    left = [len(programs)]
    if not programs:
        say({"type": "rulesets", "dumps": []})

    def finished(tool):
        def done(code, out, err):
            dumps.append({"tool": tool, "code": code, "text": out, "stderr": err[:2000]})
            left[0] -= 1
            if left[0] == 0:
                say({"type": "rulesets", "dumps": dumps})

        return done

    for tool, argv in programs:
        # xtables-nft-multi and xtables-legacy-multi choose by argv[0]: run by the path found, links unresolved.
        if argv is None:
            finished(tool)(127, "", "no program")
        else:
            Program(loop, argv, finished(tool))
