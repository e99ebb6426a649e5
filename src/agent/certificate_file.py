"""The certificates of a file, and nothing else of it: a key in the same file stays where it is."""
import re

from bounded_file import Unreadable, read_start
from foreign_root import RootOf

FILE_LIMIT, BLOCK_LIMIT, MAX_BLOCKS = 1024 * 1024, 65536, 16
BEGIN, END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*\Z")


def read_certificates(path, root):
    """As it is told. `root`: whose files are meant."""
    try:
        if not path.startswith("/"):
            raise Unreadable("missing")
        with RootOf(root):
            data, _, more = read_start(path, FILE_LIMIT)
    except Unreadable as error:
        return {"path": path, "state": error.state, "pem": []}
    state = "cut-off" if more else "binary" if b"\0" in data else "read"
    return {"path": path, "state": state, "pem": blocks(data)}


def blocks(data):
    found = []
    for part in data.split(BEGIN)[1:]:
        body, end, _ = part.partition(END)
        # Anything else between the two is no certificate.
        if end and len(body) < BLOCK_LIMIT - 64 and BASE64.match(body) and len(found) < MAX_BLOCKS:
            found.append((BEGIN + body + END).decode("ascii"))
    return found
