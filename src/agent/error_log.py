"""The end of an error log: the lines that speak of the cluster, its transfers or its connections."""
import os
import re

from bounded_file import Unreadable, open_regular, read_at
from child import run
from foreign_root import RootOf
from host_facts import find_program
from shorten import readable, shorten

# Most logs are short, or the troubles are at their very end; where there is much noise, further back too.
TAIL, LONG_TAIL, ENOUGH_LINES = 256 * 1024, 4 * 1024 * 1024, 200
MAX_LINES, MAX_LINE, MAX_TEXT = 4000, 2000, 512 * 1024
TELLING = re.compile(
    rb"WSREP|wsrep|socat|rsync|blocked because of|terminate called|signal 6|TIMEOUT|xtrabackup|mariabackup|mariadb-backup"
    rb"|nc: |Aborted connection|ready for connections|Shutdown complete"
    # Of PXC 8 and of garbd, and what begins and ends the life of a server.
    rb"|Galera|as process|Normal shutdown|Received [Ss]hutdown|Received SHUTDOWN|got signal |  (?:INFO|WARN|ERROR|FATAL): "
)
UNIT = re.compile(r"[A-Za-z0-9_@:][A-Za-z0-9_@:.\\-]{0,255}\Z")
JOURNAL_LINES, JOURNAL_SECONDS = 2000, 5


def read_log(path, descriptor, root):
    """As it is told. `descriptor`: where the server's own is found, if it has it open. `root`: whose files are meant."""
    try:
        if path.startswith("journal:"):
            return read_journal(path, path[len("journal:"):])
        if descriptor is not None:
            try:
                return read_file_log(path, descriptor)
            except Unreadable:
                # The server may have gone meanwhile.
                pass
        with RootOf(root):
            return read_file_log(path, path)
    except Unreadable as error:
        return {"path": path, "state": error.state, "size": 0, "lines": []}


def read_file_log(path, source):
    if not source.startswith("/"):
        raise Unreadable("missing")
    fd, status = open_regular(source)
    try:
        for length in (TAIL, LONG_TAIL):
            start = max(0, status.st_size - length)
            data = read_at(fd, start, length)
            if start > 0 and data[:1] != b"\0":
                # The first line may have been cut in two; one that begins with a hole was not.
                data = data[data.find(b"\n") + 1:]
            lines = telling(data)
            if start == 0 or len(lines) >= ENOUGH_LINES:
                break
    finally:
        os.close(fd)
    # NULs alone are what is left before the text where a log was emptied under its writer.
    binary = not lines and b"\0" in data
    state = "binary" if binary else "cut-off" if start > 0 else "read"
    return {"path": path, "state": state, "size": status.st_size, "lines": lines}


def telling(data):
    """The last of these lines, oldest first."""
    found, left = [], MAX_TEXT
    for line in reversed(data.split(b"\n")):
        line = line.strip(b"\0\r")
        if not TELLING.search(line):
            continue
        text = shorten(readable(line[:MAX_LINE * 4]), MAX_LINE)
        left -= len(text)
        if left < 0 or len(found) == MAX_LINES:
            break
        found.append(text)
    return found[::-1]


def read_journal(path, unit):
    program = find_program("journalctl")
    if program is None or not UNIT.match(unit):
        raise Unreadable("missing")
    argv = [program, "--unit=" + unit, "-n", str(JOURNAL_LINES), "--no-pager", "-o", "short-iso", "-q"]
    code, out, _ = run(argv, b"", JOURNAL_SECONDS, tied=True)
    if code != 0:
        raise Unreadable("failed")
    return {"path": path, "state": "read", "size": len(out), "lines": telling(out)}
