"""The remote half of pxc-netcheck.

Sent over stdin to a node's Python 3.6+ (standard library only) and run from memory: nothing is written on the node.
Commands come in as JSON lines on stdin, results leave as JSON lines on stdout, after one synchronisation line.

It ends when stdin closes, and whatever happens at its deadline: SIGALRM keeps its default action, so the kernel
ends the process even if this code hangs. Every socket dies with it.

It observes, and changes nothing but by the script of a caller's `apply`, under guard (apply.py). Which observation
means what is decided by the caller.
"""
import json
import os
import select
import signal
import socket
import sys

import host_facts
from clock import now_us, tell_clock
from listeners import Listeners
from loop import Loop
from output import PAYLOAD_PREFIX, errno_name, say
from programs import collect_rulesets
from wire import Wire
from witness import Witness

PROTOCOL = 1
# The NULs tell it from a login banner; the number is the protocol's version.
SYNC = "\0\0pxc-netcheck-agent %d\n"


class Agent:
    def __init__(self, config):
        self.loop = Loop()
        self.token = config["token"]
        self.secret = PAYLOAD_PREFIX + config["secret"].encode("ascii")
        self.pending = b""
        self.wire = self.witness = self.prober = self.trial = None
        raw_error = None
        if config["raw"] and host_facts.may_use_raw_sockets():
            try:
                self.wire = Wire(self.loop, config["udpPorts"])
                self.witness = Witness(self.wire, self.token, config["peers"], config["ports"])
            except OSError as error:
                raw_error = errno_name(error.errno)
        self.listeners = Listeners(self.loop, self.secret)
        say({
            "type": "hello",
            "protocol": PROTOCOL,
            "python": "%d.%d.%d" % sys.version_info[:3],
            "kernel": os.uname().release,
            "hostname": socket.gethostname(),
            "uid": os.geteuid(),
            "sshServer": host_facts.ssh_server(),
            "raw": self.wire is not None,
            "rawError": raw_error,
            "addresses": host_facts.ipv4_addresses() + host_facts.ipv6_addresses(),
            "mysqld": host_facts.mysqld_runs(),
            "firewall": host_facts.firewall_owner(),
            **self.sockets(config),
        })
        self.loop.watch(0, select.POLLIN, self.read_commands)
        self.loop.after(0, self.prepare)

    def prepare(self):
        """Loads what the probes will need while nobody asks for anything: then no port of ours is held for that long."""
        for module in ("prober", "datagram") + (("connect",) if self.wire is None else ("half_open", "path_mtu")):
            __import__(module)

    @staticmethod
    def sockets(wanted):
        """What listens on the ports in question, and who is connected."""
        ports = set(wanted["ports"])
        return {
            "sockets": [item for item in host_facts.listening_sockets() if item["port"] in ports],
            "connections": host_facts.connections(ports, set(wanted["peers"])),
        }

    def watch(self, wanted):
        if self.witness is not None:
            self.witness.watch(wanted["peers"], wanted["ports"])
            self.wire.watch(wanted["udpPorts"])
        say({"type": "watching", **self.sockets(wanted)})

    def read_commands(self, _events):
        data = os.read(0, 65536)
        if not data:
            leave()
        self.read_us = now_us()
        self.pending += data
        while b"\n" in self.pending:
            line, self.pending = self.pending.split(b"\n", 1)
            self.obey(json.loads(line.decode("utf-8")))

    def obey(self, command):
        """What a run may not need is loaded when it is asked for: to compile all of it takes longer than most runs."""
        todo = command["do"]
        if todo == "watch":
            self.watch(command)
        elif todo == "listen":
            say({"type": "listening", "listeners": self.listeners.open(command["listeners"], command.get("seconds", 30))})
        elif todo == "probe":
            from prober import Prober

            timeout = command["timeoutMs"] / 1000.0
            self.prober = Prober(self.loop, self.wire, self.token, self.secret, timeout, command["probes"])
        elif todo == "withdraw":
            if self.prober is not None:
                self.prober.withdraw(command["ids"])
        elif todo == "mtu":
            from path_mtu import PathMtu

            PathMtu(self.loop, self.wire, self.token, command["paths"], command["repeat"])
        elif todo == "rtt":
            from round_trips import RoundTrips

            RoundTrips(self.loop, self.wire, self.token, command)
        elif todo == "account":
            # A timer, so that packets that arrived before this command are read before the account is given.
            self.loop.after(0, self.give_account)
        elif todo == "clock":
            tell_clock(self.read_us)
        elif todo == "http":
            from http_check import HttpChecks

            HttpChecks(self.loop, command["checks"], command["timeoutMs"] / 1000.0)
        elif todo == "ntp":
            from sntp import SntpQuery

            SntpQuery(self.loop, command["address"], command["timeoutMs"] / 1000.0)
        elif todo == "survey":
            from survey import Survey

            Survey(self.loop, command)
        elif todo == "inspect":
            from inspection import Inspection

            Inspection(self.loop, command)
        elif todo == "rulesets":
            collect_rulesets(self.loop)
        elif todo == "apply":
            from apply import Trial

            self.trial = Trial(self.loop, command, leave)
        elif self.trial is not None:
            self.trial.order(todo)
        else:
            raise ValueError("unknown command %r" % todo)

    def give_account(self):
        packets = self.witness.account() if self.witness is not None else None
        say(dict(self.listeners.account(), type="account", packets=packets))


def running(module, name):
    """What of this kind is under way; nothing where its module was never loaded."""
    return (getattr(sys.modules[module], name).running if module in sys.modules else None) or ()


def leave():
    trial = running("apply", "Trial")
    if trial:
        trial.part()
    for probe in list(running("flow_probe", "FlowProbe")):
        probe.take_back()
    for trips in list(running("round_trips", "RoundTrips")):
        trips.take_all_back()
    for pid in [*running("programs", "Program"), *running("worker", "Workers")]:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    os._exit(0)


def read_line():
    """The configuration line, read byte by byte so that no command behind it is swallowed."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)
        line += byte
    return json.loads(line.decode("utf-8"))


def main():
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        config = read_line()
        signal.alarm(max(1, int(config["deadlineSeconds"])))
        os.write(1, (SYNC % PROTOCOL).encode("ascii"))
        Agent(config).loop.run()
    except Exception as error:
        import traceback

        trace = traceback.format_exc()[-4000:]
        say({"type": "crash", "error": "%s: %s" % (type(error).__name__, error), "trace": trace})
        os._exit(70)
