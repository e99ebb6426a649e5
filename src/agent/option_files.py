"""The option files of a server, in the order in which it reads them, and what they say that matters.

!includedir takes the names that end in .cnf, sorted byte by byte, in MySQL and MariaDB alike (my_dir() of mysys).
"""
import os
import stat

from bounded_file import Unreadable, read_start, unreadable
from masking import mask_pairs
from option_text import statements
from shorten import readable, shorten
from wanted_options import is_wanted, normalised

# Where my_print_defaults does not tell; Percona's packages read /usr/etc too.
USUAL = ("/etc/my.cnf", "/etc/mysql/my.cnf", "/usr/etc/my.cnf", "~/.my.cnf")
FILE_LIMIT = 1024 * 1024
# Of all files together: more takes too long.
TOTAL_LIMIT = 4 * 1024 * 1024
MAX_FILES, MAX_OPTIONS, MAX_DEPTH, MAX_PATH = 256, 4096, 10, 1024


def first_files(args, environment, usual):
    """What a server with this command line begins with. Only the options at its very beginning count."""
    only = extra = None
    for arg in args[1:]:
        name, _, value = arg.partition("=")
        if name == "--no-defaults":
            return []
        if name == "--defaults-file":
            only = value
        elif name == "--defaults-extra-file":
            extra = value
        elif name != "--defaults-group-suffix":
            break
    if only is not None:
        return [only]
    own = [environment[name] + "/my.cnf" for name in ("MARIADB_HOME", "MYSQL_HOME") if environment.get(name)][:1]
    home = [environment["HOME"] + path[1:] for path in usual if path[:2] == "~/" and environment.get("HOME")]
    return [path for path in usual if path[:1] == "/"] + own + ([extra] if extra else []) + home


class OptionFiles:
    """Tells `["file", what became of it]` of each file, and `["options", a part of them]`, all in order."""

    def __init__(self, tell):
        self.tell, self.files, self.options, self.left = tell, 0, 0, TOTAL_LIMIT

    def read(self, path, depth=0, including=()):
        path = os.fsdecode(path)
        if self.files == MAX_FILES or len(path) * 2 > MAX_PATH:
            return
        self.files += 1
        try:
            # A path without a directory depends on where the server was started.
            if not path.startswith("/"):
                raise Unreadable("missing", "a relative path")
            data, status, more = read_start(path, min(FILE_LIMIT, self.left))
        except Unreadable as error:
            self.tell_file(path, error.state, error.detail)
            return
        self.left -= len(data)
        identity = (status.st_dev, status.st_ino)
        if status.st_mode & stat.S_IWOTH:
            self.tell_file(path, "failed", "the server ignores it: everybody may write to it")
        elif b"\0" in data:
            self.tell_file(path, "binary")
        elif identity in including:
            self.tell_file(path, "failed", "it includes itself")
        else:
            data = data[:data.rfind(b"\n") + 1] if more else data
            self.use(path, data, "cut-off" if more else "read", depth, including + (identity,))

    def use(self, path, data, state, depth, including):
        found = [row for row in map(told, statements(data)) if row is not None]
        detail = None
        if found and found[-1][0] == "error":
            _, line, why = found.pop()
            state, detail = "failed", "line %d: %s" % (line, why)
        self.tell_file(path, state, detail)
        options = []
        for row in found:
            if row[0] == "option":
                options.append(dict(row[1], path=path))
                continue
            self.tell_options(options)
            options = []
            if depth < MAX_DEPTH:
                self.include(row[0], row[2], depth + 1, including)
        self.tell_options(options)

    def include(self, kind, path, depth, including):
        if kind == "include":
            self.read(path, depth, including)
            return
        try:
            names = sorted(name for name in os.listdir(path) if name.endswith(b".cnf"))
        except OSError as error:
            self.files += 1
            why = unreadable(error)
            self.tell_file(os.fsdecode(path), why.state, why.detail)
            return
        for name in names:
            self.read(os.path.join(path, name), depth, including)

    def tell_file(self, path, state, detail=None):
        self.tell(["file", {"path": shorten(path, MAX_PATH), "state": state, "detail": detail}])

    def tell_options(self, options):
        options = options[:MAX_OPTIONS - self.options]
        self.options += len(options)
        if options:
            self.tell(["options", options])


def told(statement):
    """The statement, if it is an option as it is told; None if it is not."""
    if statement[0] != "option":
        return statement
    _, line, group, name, value = statement
    group, name = readable(group), normalised(readable(name))
    if shorten(group, 64) != group or shorten(name, 128) != name or not is_wanted(group, name):
        return None
    if value is not None:
        value = shorten(mask_pairs(readable(value)), 16384)
    return "option", {"line": line, "group": group, "name": name, "value": value}
