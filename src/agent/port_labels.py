"""SELinux's labels of ports, where it enforces them: `semanage port -l`."""
import re

from child import run
from host_facts import find_program
from host_state import selinux
from shorten import readable

LINE = re.compile(r"(\w{1,128})\s+(tcp|udp)\s+([\d, -]+)\Z", re.A)
RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?\Z", re.A)
MAX_LABELS = 8192


def port_labels(seconds):
    """None where nobody could tell."""
    program = find_program("semanage")
    if program is None or selinux() != "enforcing":
        return None
    code, out, _ = run([program, "port", "-l"], b"", seconds, tied=True)
    return parse_labels(readable(out)) if code == 0 else None


def parse_labels(text):
    found = []
    for line in text.splitlines():
        row = LINE.match(line.strip())
        for part in row.group(3).split(",") if row else ():
            span = RANGE.match(part.strip())
            first, last = (int(span.group(1)), int(span.group(2) or span.group(1))) if span else (0, 65536)
            if last <= 65535 and len(found) < MAX_LABELS:
                found.append({"type": row.group(1), "protocol": row.group(2), "from": first, "to": last})
    return found
