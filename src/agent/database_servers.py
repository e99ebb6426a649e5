"""The running database servers and arbitrators: what the kernel and their settings tell of them, before they are asked."""
import os
import socket
import stat

from masking import mask_args
from process_sockets import link
from processes import MAX_ARGS
from shorten import shorten
from wanted_options import SERVER_GROUP, normalised

MAX_LISTENS, MAX_CONNECTIONS = 256, 1024
DELETED = " (deleted)"


class Server:
    """`message` is the server as it is told."""

    def __init__(self, process, sockets):
        self.process, self.args, self.environment = process, process.args(), process.environment()
        self.pid, self.paths = process.pid, sockets.unix_paths(process.pid)
        # Of fd 2, where it is a file: the log itself, whatever its name means to us.
        self.log_fd = None
        connections = sockets.connections(self.pid)[:MAX_CONNECTIONS]
        self.message = {
            "pid": self.pid,
            "program": process.name,
            "args": [shorten(arg, 4096) for arg in mask_args(self.args)[:MAX_ARGS]],
            "listens": [{"address": each, "port": port} for each, port in sockets.listens(self.pid)[:MAX_LISTENS]],
            "connections": [
                {"local": local, "localPort": local_port, "remote": remote, "remotePort": remote_port}
                for local, local_port, remote, remote_port in connections
            ],
            "unit": process.unit(),
            "socket": None, "log": None, "answer": "not-asked", "detail": None,
            "variables": {}, "status": {}, "hostErrors": None,
        }

    def settle(self, options):
        """Finds its socket and its log: what the kernel shows of them, else what it is set to."""
        datadir = self.setting("datadir", options) or "/var/lib/mysql"
        wanted = absolute(self.setting("socket", options), datadir)
        # A relative path was bound from the directory in which the server runs.
        cwd = link("/proc/%d/cwd" % self.pid) or datadir
        bound = [absolute(path, cwd) for path in self.paths if "mysqlx" not in path]
        path = wanted if wanted in bound or not bound else bound[0]
        self.message["socket"] = path if path is not None and len(path) * 2 <= 256 else None
        log = self.log_by_descriptor() if link("/proc/%d/fd/2" % self.pid) else self.log_by_settings(options, datadir)
        self.message["log"] = log if log is not None and len(log) * 2 <= 1024 else None

    def log_by_descriptor(self):
        path = "/proc/%d/fd/2" % self.pid
        try:
            status = os.stat(path)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        self.log_fd, name = path, link(path)
        gone = status.st_nlink == 0 and name.endswith(DELETED)
        return name[:-len(DELETED)] if gone else name

    def log_by_settings(self, options, datadir):
        name = self.setting("log_error", options)
        if name is None or name == "stderr":
            return None
        name = name or socket.gethostname()
        return absolute(name if "." in os.path.basename(name) else name + ".err", datadir)

    def setting(self, name, options):
        """The command line's, else the last of the option files; an empty text where it is named without a value."""
        for number, arg in reversed(list(enumerate(self.args))):
            found, equals, value = arg.partition("=")
            if found[:2] == "--" and normalised(found[2:]) == name:
                following = self.args[number + 1:number + 2]
                return value if equals else following[0] if following and following[0][:1] != "-" else ""
        found = [each["value"] or "" for each in options if each["name"] == name and SERVER_GROUP.match(each["group"])]
        return found[-1] if found else None


def absolute(path, folder):
    return os.path.join(folder, path) if path else None
