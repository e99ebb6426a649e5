"""What this node's database servers are set to and say of themselves; and what of the host matters to them.

One child looks at processes and files, and tells part by part, so that what hangs costs no more than itself; then each server is
asked in a child of its own.
"""
import os

from database_servers import Server
from foreign_root import RootOf, is_foreign
from host_state import host_state
from mysql_client import ask, find_client
from option_files import OptionFiles, first_files
from output import say
from process_sockets import SocketTable
from processes import interesting_processes
from server_programs import server_program, usual_files, version_of
from shorten import shorten
from worker import Workers

LOOK_SECONDS = 5
MAX_SERVERS, MAX_TRANSFERS, MAX_FILES, MAX_OPTIONS = 16, 64, 256, 4096
EMPTY_HOST = {"interfaces": [], "rpFilterAll": None, "conntrack": None, "rpFilterDrops": None, "selinux": "absent"}
# Where a server listens that says nothing else of it, and whose descriptors are not ours to see.
USUAL_SOCKETS = ("/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock")


class Survey:
    """Says one message `survey`."""

    # Of the last one: whose files are meant by a path, and where a log is found that is open.
    root, logs = None, {}

    def __init__(self, loop, request):
        self.loop, self.account, self.seconds = loop, request.get("account"), request["timeoutMs"] / 1000.0
        Workers(loop, [look], LOOK_SECONDS, self.looked)

    def looked(self, results):
        told = [] if isinstance(results[0], OSError) else results[0]
        parts = {name: value for name, value in told if name not in ("file", "options")}
        # As they were told last: the more had been read by then.
        found = parts.get("servers", [])
        self.servers = [each["message"] for each in found]
        Survey.root = parts.get("root")
        Survey.logs = {each["message"]["log"]: each["logFd"] for each in found if each["logFd"] is not None}
        self.message = dict(
            EMPTY_HOST, type="survey", servers=self.servers, installed=parts.get("installed"),
            files=[value for name, value in told if name == "file"][:MAX_FILES],
            options=[option for name, value in told if name == "options" for option in value][:MAX_OPTIONS],
            transferListeners=parts.get("transfers", []),
        )
        self.message.update(parts.get("host", {}))
        client = find_client()
        self.asked = []
        tasks = []
        for each in found:
            if self.may_ask(each["message"], each["reach"], client):
                self.asked.append(each["message"])
                tasks.append(question(client, each["reach"], self.account, self.seconds))
        # A little more: the client ends by itself.
        Workers(self.loop, tasks, self.seconds + 1, self.answered)

    def may_ask(self, server, path, client):
        if server["program"] == "garbd" or self.account is None and os.geteuid() != 0:
            return False
        if client is None or path is None:
            server["answer"] = "no-client" if client is None else "not-ready"
            return False
        return True

    def answered(self, results):
        for server, told in zip(self.asked, results):
            server.update(told[0] if not isinstance(told, OSError) and told else {"answer": "timeout"})
        say(self.message)


def question(client, path, account, seconds):
    def task(tell):
        try:
            tell(ask(client, path, account, seconds))
        except Exception as error:
            tell({"answer": "failed", "detail": shorten("%s: %s" % (type(error).__name__, error), 512)})

    return task


def look(tell):
    tell(["host", host_state()])
    databases, transfers = interesting_processes()
    databases = databases[:MAX_SERVERS]
    sockets = SocketTable([process.pid for process in databases + transfers])
    tell(["transfers", [
        {"address": address, "port": port, "pid": each.pid, "program": each.name, "startedSecondsAgo": each.seconds()}
        for each in transfers for address, port in sockets.listens(each.pid)
    ][:MAX_TRANSFERS]])
    servers = [Server(process, sockets) for process in databases]
    tell(["servers", [{"message": each.message, "reach": None, "logFd": None} for each in servers]])
    tell(["servers", [settled(each, []) for each in servers]])
    main = ([each for each in servers if each.process.name != "garbd"] or [None])[0]
    pid = None if main is None else main.pid
    tell(["root", pid])
    program = None if main is not None else server_program()
    if program is not None:
        tell(["installed", program])
    options = read_options(tell, main, usual_files(program is not None or main is not None and not is_foreign(pid)))
    tell(["servers", [settled(each, options if each is main else []) for each in servers]])
    # Starting it costs more than all the rest: only for what may be a member of a cluster.
    if program is not None and any("wsrep" in each["name"] for each in options):
        tell(["installed", version_of(program)])


def read_options(tell, server, usual):
    options = []

    def passing(part):
        tell(part)
        if part[0] == "options":
            options.extend(part[1])

    reader = OptionFiles(passing)
    with RootOf(None if server is None else server.pid):
        args, environment = ([], {}) if server is None else (server.args, server.environment)
        for path in first_files(args, environment, usual):
            reader.read(path)
    return options


def settled(server, options):
    server.settle(options)
    path = server.message["socket"]
    if path is None and os.geteuid() != 0:
        path = ([each for each in USUAL_SOCKETS if os.path.exists(each)] or [None])[0]
    if path is not None and path.startswith("/") and is_foreign(server.pid):
        with RootOf(server.pid):
            # A link of theirs leads elsewhere for us.
            path = os.path.realpath(path)
        path = "/proc/%d/root%s" % (server.pid, path)
    return {"message": server.message, "reach": path, "logFd": server.log_fd}
