"""A scratch host with a firewall, in namespaces of its own.

Runs inside `unshare --mount --pid --net`. Reads one JSON request per line on stdin and answers with one JSON line.
"""
import json
import os
import socket
import subprocess
import sys

from connections import FAMILIES, Connections
from frames import TOKEN, ip_packet
from wires import Wires, receive_all, run

# Told apart from what the host sends of its own accord; rules can hardly ask for it (`meta priority`).
PRIORITY = 5
# Keeps conntrack on, whatever the rules say.
KEEP = "table inet netcheck_keep { chain i { type filter hook input priority 200; ct state established counter; }; }\n"
BUILTIN = {
    "raw": "PREROUTING OUTPUT", "mangle": "PREROUTING INPUT FORWARD OUTPUT POSTROUTING", "filter": "INPUT FORWARD OUTPUT",
    "nat": "PREROUTING INPUT OUTPUT POSTROUTING", "security": "INPUT FORWARD OUTPUT",
}
# Where the kernel lists the tables that there are.
LEGACY = {"iptables-legacy": "/proc/net/ip_tables_names", "ip6tables-legacy": "/proc/net/ip6_tables_names"}
RESTORE = {"nft": ["nft", "-f", "-"], "nft-json": ["nft", "-j", "-f", "-"], "ipset": ["ipset", "restore"]}
DUMP = {
    "nft": ["nft", "-j", "list", "ruleset"], "nft-text": ["nft", "-s", "-a", "list", "ruleset"],
    "ipset": ["ipset", "save"],
}


class Scratch:
    def __init__(self, interfaces):
        """interfaces: as of Wires."""
        self.wires = Wires(interfaces)
        self.connections = Connections(self.wires)
        self.legacy_made = set()
        self.witness, self.raw_out = [], {}
        for family, kind in FAMILIES.items():
            for protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP, 1 if family == 4 else 58):
                s = socket.socket(kind, socket.SOCK_RAW, protocol)
                s.setblocking(False)
                self.witness.append(s)
            self.raw_out[family] = socket.socket(kind, socket.SOCK_RAW, socket.IPPROTO_RAW)
            self.raw_out[family].setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, PRIORITY)
        self.clear()

    def peers(self, peers):
        self.wires.peers(peers)

    def delivered(self):
        """Whether a packet of ours got past the firewall, since it was last asked."""
        return any([TOKEN in data for s in self.witness for data, _ in receive_all(s)])

    def shoot(self, hook, packet, interface):
        """Whether a packet gets through; `frames`: what came back on the wire, from the EtherType on."""
        wire = self.wires.by_name[interface]
        if hook == "INPUT":
            frames = self.wires.send_in(wire, packet)
            passed = self.delivered()
        else:
            try:
                self.raw_out[packet["family"]].sendto(ip_packet(packet), (packet["destination"], 0))
            except PermissionError:
                pass  # That is how a local sender is told of a DROP.
            frames = self.wires.settle(wire)
            passed = any(TOKEN in frame for frame in frames)
            self.delivered()
        return {"passed": passed, "frames": [frame[12:].hex() for frame in frames]}

    def keep(self):
        return KEEP

    def clear(self):
        """No rules, no connections."""
        run("nft", "-f", "-", input="flush ruleset\n" + self.keep())
        for program in LEGACY:
            tables = self.legacy_tables(program)
            if tables:
                run(program + "-restore", input="".join("*%s\n%s\nCOMMIT\n" % (
                    table, "\n".join(":%s ACCEPT" % chain for chain in BUILTIN[table].split())) for table in tables))
        self.connections.close()
        for wire in self.wires.by_name.values():
            self.wires.settle(wire)
        self.delivered()

    def legacy_tables(self, program):
        """In a user namespace the kernel does not list them: then what may have been made."""
        if not os.path.exists(LEGACY[program]):
            return []
        try:
            with open(LEGACY[program]) as names:
                return names.read().split()
        except PermissionError:
            return [table for table in BUILTIN if table in self.legacy_made]

    def load(self, stack, establish):
        """Replaces all rules. The connections are opened before, while nothing is blocked."""
        self.clear()
        flows = [self.connections.establish(**each) for each in establish]
        self.delivered()
        for dump in stack:
            tool, text = dump["tool"], dump["text"]
            if tool in LEGACY:
                self.legacy_made.update(line[1:].strip() for line in text.splitlines() if line.startswith("*"))
            done = subprocess.run(RESTORE.get(tool, [tool + "-restore"]), input=text.encode(),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                return {"ok": False, "output": "%s: %s" % (tool, done.stdout.decode(errors="replace")), "flows": []}
        return {"ok": True, "output": "", "flows": flows}

    def dump(self, tool):
        if tool in LEGACY:
            return {"text": "".join(run(tool + "-save", "-t", table) for table in self.legacy_tables(tool))}
        return {"text": run(*DUMP.get(tool, [tool + "-save"]))}

    def sh(self, script):
        """As someone would who pastes it."""
        self.legacy_made.update(("filter", "mangle", "raw", "nat"))
        done = subprocess.run(["sh"], input=script, universal_newlines=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return {"code": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


def serve(kind=Scratch):
    """The first request is what the host is made with. Answers hold what was asked for, or say what failed."""
    host = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if host is None:
                host, answer = kind(**request), None
            else:
                answer = getattr(host, request.pop("op"))(**request)
            print(json.dumps({"answer": answer}), flush=True)
        except Exception as error:
            print(json.dumps({"failed": "%s: %s" % (type(error).__name__, error)}), flush=True)
