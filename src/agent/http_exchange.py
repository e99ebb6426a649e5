"""One HTTP request, from connect to body, in a process that has nothing else to do: bounded in time and in bytes.

The certificate is verified first, with what this host trusts. What is wrong with it is told, and the exchange goes on over a
second connection that verifies nothing; the password does not, unless the caller says so.
"""
import base64
import errno
import socket
import time

from output import errno_name, family_of
from verification import WRONG_NAME, described

HEAD_LIMIT = 32 * 1024
WANTED = {
    "date": "date",
    "x-server-time": "serverTime",
    "x-percona-qan-api-version": "qanVersion",
    "content-type": "contentType",
    "www-authenticate": "authenticate",
}
# A TLS record: an alert, or a handshake.
TLS_RECORDS = (b"\x15\x03", b"\x16\x03")
# What OpenSSL calls an answer that is no TLS.
NOT_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")


class Failed(Exception):
    def __init__(self, code, detail=None):
        Exception.__init__(self, code)
        self.code, self.detail = code, detail


class Exchange:
    def __init__(self, check, seconds):
        self.check = check
        self.end = time.monotonic() + seconds
        self.result = {
            "id": check["id"], "connectMs": None, "tlsMs": None, "requestMs": None, "certificate": None, "status": None,
            "headers": {}, "text": "", "authorization": "none", "error": None, "detail": None,
            "askedUs": 0, "answeredUs": 0,
        }

    def run(self):
        try:
            sock = self.connect()
            if self.check["tls"]:
                sock = self.secure(sock)
            self.ask(sock)
        except Failed as failed:
            self.result.update(error=failed.code, detail=failed.detail)
        except socket.timeout:
            self.result.update(error="timeout")
        except OSError as error:
            if hasattr(error, "library"):
                # An ssl.SSLError, whose number is none of the system's.
                error = tls_failure(error)
                self.result.update(error=error.code, detail=error.detail)
                return self.result
            self.result.update(error=code_of(error), detail=errno_name(error.errno) if error.errno else str(error)[:200])
        return self.result

    def left(self, sock):
        left = self.end - time.monotonic()
        if left <= 0:
            raise socket.timeout()
        sock.settimeout(left)
        return sock

    def connect(self):
        begin = time.monotonic()
        address = self.check["address"]
        sock = socket.socket(family_of(address), socket.SOCK_STREAM)
        self.left(sock).connect((address, self.check["port"]))
        self.result["connectMs"] = since(begin)
        return sock

    def secure(self, sock):
        try:
            import ssl
        except ImportError:
            raise Failed("no-tls-library")
        try:
            context = ssl.create_default_context()
            # Python 3.13 refuses what no other client does: a certificate without the identifier of its authority's key.
            context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
            secured = self.handshake(context, sock)
            self.result["certificate"] = described(secured.getpeercert(True), "ok")
            return secured
        except ssl.CertificateError as error:
            # 3.6 tells a wrong name by this; from 3.7 on it is the error of every verification.
            code, text = getattr(error, "verify_code", WRONG_NAME), str(error)
        except ssl.SSLError as error:
            if error.reason != "CERTIFICATE_VERIFY_FAILED":
                raise tls_failure(error)
            code, text = None, str(error)
        sock.close()
        unverified = ssl.create_default_context()
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        try:
            secured = self.handshake(unverified, self.connect())
        except ssl.SSLError as error:
            raise tls_failure(error)
        self.result["certificate"] = described(secured.getpeercert(True), None, code, text)
        return secured

    def handshake(self, context, sock):
        begin = time.monotonic()
        secured = context.wrap_socket(
            self.left(sock), server_hostname=self.check["serverName"], do_handshake_on_connect=False)
        secured.do_handshake()
        self.result["tlsMs"] = since(begin)
        return secured

    def ask(self, sock):
        request = [
            "GET %s HTTP/1.1" % self.check["path"],
            "Host: %s" % self.check["host"],
            "User-Agent: pxc-netcheck",
            "Accept: */*",
            "Connection: close",
        ]
        account = self.check.get("authorization")
        if account is not None:
            may = self.check["insecure"] or (self.result["certificate"] or {}).get("verification") == "ok"
            self.result["authorization"] = "sent" if may else "withheld"
            if may:
                pair = ("%s:%s" % (account["user"], account["password"])).encode("utf-8")
                request.append("Authorization: Basic " + base64.b64encode(pair).decode("ascii"))
        begin = time.monotonic()
        self.result["askedUs"] = int(time.time() * 1000000)
        self.left(sock).sendall(("\r\n".join(request) + "\r\n\r\n").encode("ascii"))
        head, rest = self.read_head(sock, begin)
        headers = self.read_headers(head)
        self.result["text"] = self.read_body(sock, rest, headers).decode("utf-8", "replace")

    def read_head(self, sock, begin):
        data = b""
        while b"\r\n\r\n" not in data:
            if data and not b"HTTP/1."[:len(data)] == data[:7]:
                raise Failed("tls-expected" if data[:2] in TLS_RECORDS else "garbage")
            if len(data) > HEAD_LIMIT:
                raise Failed("too-large", "headers")
            part = self.receive(sock)
            if not data:
                self.result["answeredUs"] = int(time.time() * 1000000)
                self.result["requestMs"] = since(begin)
            if not part:
                raise Failed("garbage" if data else "empty")
            data += part
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def read_headers(self, head):
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) < 2 or len(words[1]) != 3 or words[1].strip("0123456789") != "":
            raise Failed("garbage")
        self.result["status"] = int(words[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        for name, key in WANTED.items():
            if name in headers:
                self.result["headers"][key] = headers[name][:256]
        return headers

    def read_body(self, sock, data, headers):
        """As much of it as is wanted; an answer that is longer, or ends too early, is told."""
        limit = self.check["limit"]
        chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        length = headers.get("content-length", "")
        whole = int(length) if length and not length.strip("0123456789") and not chunked else None
        # Chunks carry lines of their own.
        most = limit * 2 if chunked else limit
        while len(data) <= most and (whole is None or len(data) < whole):
            if chunked and data.endswith(b"0\r\n\r\n"):
                break
            part = self.receive(sock)
            if not part:
                break
            data += part
        body = unchunk(data) if chunked else data
        if len(body) > limit or (whole is not None and whole > limit):
            self.result.update(error="too-large", detail="body")
        elif whole is not None and len(body) < whole:
            self.result.update(error="cut-off")
        return body[:limit]

    def receive(self, sock):
        try:
            return self.left(sock).recv(65536)
        except socket.timeout:
            raise
        except OSError as error:
            # A server that closes TLS without saying so has sent what it wanted to send.
            if getattr(error, "reason", None) == "UNEXPECTED_EOF_WHILE_READING":
                return b""
            raise


def since(begin):
    return round((time.monotonic() - begin) * 1000, 3)


def code_of(error):
    if error.errno == errno.ECONNREFUSED:
        return "refused"
    if error.errno in (errno.ECONNRESET, errno.EPIPE):
        return "reset"
    if error.errno == errno.ETIMEDOUT:
        return "timeout"
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM):
        return "unreachable"
    return "failed"


def tls_failure(error):
    reason = error.reason or str(error)
    return Failed("not-tls" if reason in NOT_TLS else "tls", reason[:200])


def unchunk(data):
    """What complete and begun chunks hold (RFC 9112, section 7.1); what is no chunk ends it."""
    body = b""
    while True:
        line, found, rest = data.partition(b"\r\n")
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            return body
        if not found or size <= 0:
            return body
        body += rest[:size]
        data = rest[size + 2:]
