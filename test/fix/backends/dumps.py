"""Runs on a host of the back end tests: what the agent would say of its firewall. argv[1]: where the agent's modules are."""
import json
import subprocess
import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True

from host_facts import firewall_owner  # noqa: E402
from programs import ruleset_programs  # noqa: E402

dumps = []
for tool, argv in ruleset_programs():
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    dumps.append({"tool": tool, "code": done.returncode, "text": done.stdout.decode("utf-8", "replace"), "stderr": ""})
print(json.dumps({"dumps": dumps, "firewall": firewall_owner()}))
