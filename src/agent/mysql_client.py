"""Asking a running server on its unix socket, with this host's own client: it knows every way to log in.

A given account goes in as an option file that is a pipe: it is on no command line and in no file.
"""
import os
import re

from child import ENVIRONMENT, run
from host_facts import find_program
from masking import is_secret, mask_pairs
from shorten import readable, shorten

NAMES = (
    "bind_address", "port", "have_ssl", "version", "version_comment", "datadir", "socket", "log_error", "max_connect_errors",
    "skip_name_resolve", "mysqlx_port", "admin_port", "admin_address", "hostname", "performance_schema", "tls_version",
    "require_secure_transport", "host_cache_size",
)
PATTERNS = (r"wsrep\_%", r"ssl\_%", r"pxc\_%")
STATUS = (
    "wsrep_local_state_comment", "wsrep_cluster_status", "wsrep_cluster_size", "wsrep_gcomm_uuid",
    "wsrep_incoming_addresses", "wsrep_provider_version", "wsrep_connected", "wsrep_ready", "wsrep_local_index",
    "wsrep_evs_delayed", "wsrep_evs_repl_latency", "wsrep_cluster_weight", "wsrep_desync_count", "aborted_connects",
)
# A first row of its own tells that there may be others. A server outside of the primary component answers SHOW.
HOST_ERRORS = (
    "SELECT 'host-errors', '', 0 UNION ALL (SELECT 'host-errors', IP, SUM_CONNECT_ERRORS FROM performance_schema.host_cache"
    " WHERE SUM_CONNECT_ERRORS > 0 ORDER BY SUM_CONNECT_ERRORS DESC LIMIT 512)"
)
# What the user's option files may say of the form of the output, and of where to go.
FORM = (
    "--no-auto-rehash --batch --force --skip-column-names --skip-table --skip-vertical --skip-raw --skip-html --skip-xml"
    " --host=localhost --protocol=socket"
).split()
ERROR = re.compile(r"ERROR (\d+) ")
REFUSED = (1044, 1045, 1129, 1130, 1698, 1820, 1862, 3118, 4151)
# No such socket, or nobody behind it; a server that is not yet there for its clients.
NOT_READY = (2002, 2003, 2013, 1047, 1053)
NAME = re.compile("[a-z0-9_]{1,128}\\Z")
ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}


def find_client():
    return find_program("mariadb") or find_program("mysql")


def statements():
    names = ", ".join("'%s'" % name for name in NAMES)
    likes = " OR ".join("Variable_name LIKE '%s'" % pattern for pattern in PATTERNS)
    status = ", ".join("'%s'" % name for name in STATUS)
    return (
        "SHOW GLOBAL VARIABLES WHERE Variable_name IN (%s) OR %s;\n" % (names, likes)
        + "SHOW GLOBAL STATUS WHERE Variable_name IN (%s);\n" % status
        + HOST_ERRORS + ";\n"
    )


def ask(client, path, account, seconds):
    """Of a server's message, what it answers on the socket at this path."""
    argv = [client]
    if account is not None:
        argv.append("--defaults-file=/dev/fd/%d" % option_pipe(account))
    argv += FORM + ["--connect-timeout=%d" % max(1, int(seconds)), "--socket=" + path]
    environment = dict(ENVIRONMENT, HOME="/root" if os.geteuid() == 0 else "/")
    code, out, err = run(argv, statements().encode("ascii"), seconds, environment=environment, tied=True)
    errors = [int(number) for number in ERROR.findall(readable(err))]
    answer = result(readable(out))
    if answer["variables"]:
        return answer
    kind = (
        "timeout" if code is None
        else "refused" if errors and errors[0] in REFUSED
        else "not-ready" if errors and errors[0] in NOT_READY
        else "failed"
    )
    return dict(answer, answer=kind, detail=shorten(readable(err).strip(), 512) or None)


def option_pipe(account):
    """A descriptor that the client inherits."""
    read, write = os.pipe()
    text = "[client]\nuser=%s\npassword=%s\n" % (quoted(account["user"]), quoted(account["password"]))
    # A pipe holds so much without a reader.
    os.write(write, text.encode("utf-8", "surrogateescape")[:65536])
    os.close(write)
    os.set_inheritable(read, True)
    return read


def quoted(text):
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(character, escape)
    return '"%s"' % text


def result(text):
    variables, status, hosts = {}, {}, None
    for line in text.split("\n"):
        row = [decoded(field) for field in line.split("\t")]
        name = row[0].lower()
        if len(row) == 3 and name == "host-errors":
            hosts = hosts or []
            if row[1] and row[2].isdigit():
                hosts.append({"address": shorten(row[1], 64), "errors": min(int(row[2]), 2 ** 53 - 1)})
        elif len(row) == 2 and NAME.match(name) and not is_secret(name):
            (status if name in STATUS else variables)[name] = shorten(mask_pairs(row[1]), 16384)
    if variables.get("performance_schema") != "ON":
        hosts = None
    return {
        "answer": "told", "detail": None, "variables": variables, "status": status,
        "hostErrors": None if hosts is None else hosts[:512],
    }


def decoded(field):
    """Of `--batch`: tab, newline, NUL and backslash are escaped."""
    if "\\" not in field:
        return field
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found.group(1), found.group(0)), field)
