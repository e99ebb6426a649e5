"""The scratch host with its rules watched: which of them each packet met."""
import json
import re

from legacy_counters import LegacyCounters
from scratch import PRIORITY, Scratch, serve as serve_host
from nft_trace import Trace

WATCH = """
table netdev netcheck_keep { chain i { type filter hook ingress device "vb" priority -1000;
  ether type { ip, ip6 } meta nftrace set 1; }; }
table inet netcheck_keep { chain o { type filter hook output priority -1000;
  oifname "vb" meta priority %d meta nftrace set 1; }; }
""" % PRIORITY


class Lab(Scratch):
    def __init__(self, interfaces, peers):
        self.trace, self.legacy = None, {}
        super().__init__(interfaces)
        self.trace = Trace()
        self.peers(peers)

    def keep(self):
        return super().keep() + WATCH

    def load(self, stack, establish):
        answer = super().load(stack, establish)
        tools = {"iptables-legacy": 4, "ip6tables-legacy": 6}
        self.legacy = {
            dump["tool"]: LegacyCounters(tools[dump["tool"]], ["raw", "mangle", "filter"])
            for dump in stack if answer["ok"] and dump["tool"] in tools}
        self.trace.read()
        return answer

    def dump(self, tool):
        """Without what is only there to watch."""
        text = super().dump(tool)["text"]
        if tool == "nft":
            listed = json.loads(text)["nftables"]
            text = json.dumps({"nftables": [item for item in listed if not any(
                "netcheck_keep" in (value.get("name"), value.get("table")) for value in item.values())]})
        if tool == "nft-text":
            text = re.sub(r"(?ms)^table \S+ netcheck_keep .*?^}\n", "", text)
        return {"text": text}

    def watch(self, hook, packet, interface):
        """As `shoot`, and which rules the packet met."""
        answer = self.shoot(hook, packet, interface)
        answer["trace"] = [step for step in self.trace.read() if step[1] != "netcheck_keep"]
        answer["legacy"] = {tool: counters.moved() for tool, counters in self.legacy.items()}
        return answer


def serve():
    serve_host(Lab)
