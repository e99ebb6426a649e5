"""Temporary listeners, where raw sockets are not allowed."""
import select
import socket
import struct

from host_facts import TCP_SYN_RECV, mysqld_runs, proc_sockets
from output import NUMBER_DIGITS, datagram_number, errno_name, family_of, say

# While we hold a port that mysqld may want, look this often whether it has been started.
MYSQLD_WATCH_SECONDS = 0.05
SYN_RECV_WATCH_SECONDS = 0.2
# As many as the tool takes nodes, and some more.
MAX_GUESTS = 256
# Closed by a RST: an ordinary close may leave TIME_WAIT on the very port that mysqld is about to bind.
NO_LINGER = struct.pack("ii", 1, 0)


class Listeners:
    """Ports held for the probe window only: they answer this run's token with the same bytes, and nothing else."""

    def __init__(self, loop, secret):
        self.loop, self.secret = loop, secret
        self.sockets = {}
        self.received = {}
        self.syn_received = set()
        self.released = None
        self.guests = {}
        self.hold = 0

    def open(self, wanted, seconds):
        """Opens what is wanted for so many seconds at most; a caller that is gone or hangs holds no port."""
        self.hold = seconds
        results = []
        if wanted and mysqld_runs():
            guarded = [item for item in wanted if item["guard"]]
            for item in guarded:
                results.append(dict(item, opened=False, errno="MYSQLD"))
            wanted = [item for item in wanted if not item["guard"]]
        for item in wanted:
            try:
                self.open_one(item)
                results.append(dict(item, opened=True))
            except OSError as error:
                results.append(dict(item, opened=False, errno=errno_name(error.errno)))
        if any(item["guard"] for item in wanted):
            self.loop.after(MYSQLD_WATCH_SECONDS, self.watch_mysqld)
        if self.sockets:
            self.loop.after(seconds, lambda: self.close("held-long-enough"))
            self.loop.after(SYN_RECV_WATCH_SECONDS, self.watch_syn_received)
        return results

    def open_one(self, item):
        stream = item["protocol"] == "tcp"
        sock = socket.socket(family_of(item["address"]), socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        try:
            if stream:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind((item["address"], item["port"]))
            if stream:
                sock.listen(MAX_GUESTS)
        except OSError:
            sock.close()
            raise
        self.sockets[sock.fileno()] = (sock, item)
        self.loop.watch(sock.fileno(), select.POLLIN, self.acceptor(sock, item) if stream else self.echoer(sock, item))

    def note(self, item, address, number=0):
        key = (item["protocol"], item["port"], address[0].split("%")[0], address[1], number)
        self.received[key] = self.received.get(key, 0) + 1

    def acceptor(self, listener, item):
        def accept(_events):
            try:
                guest, address = listener.accept()
            except OSError:
                return
            self.note(item, address)
            guest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            if len(self.guests) >= MAX_GUESTS:
                guest.close()
                return
            guest.setblocking(False)
            heard = [b""]

            def leave():
                if self.guests.pop(guest, None) is not None:
                    self.loop.forget(guest.fileno())
                    guest.close()

            def read(_events):
                try:
                    data = guest.recv(256)
                except OSError:
                    return leave()
                heard[0] += data
                if not data or len(heard[0]) > len(self.secret):
                    return leave()
                if heard[0] == self.secret:
                    try:
                        guest.send(heard[0])
                    except OSError:
                        leave()

            self.guests[guest] = leave
            self.loop.watch(guest.fileno(), select.POLLIN, read)
            self.loop.after(self.hold, leave)

        return accept

    def echoer(self, sock, item):
        def read(_events):
            try:
                data, address = sock.recvfrom(256)
            except OSError:
                return
            if data[:-NUMBER_DIGITS] == self.secret:
                self.note(item, address, datagram_number(data))
                try:
                    sock.sendto(data, address)
                except OSError:
                    pass

        return read

    def watch_mysqld(self):
        if not self.sockets:
            return
        if mysqld_runs():
            self.close("mysqld-started")
            # The sources must not meet a joiner's own listener there.
            say({"type": "released"})
        else:
            self.loop.after(MYSQLD_WATCH_SECONDS, self.watch_mysqld)

    def watch_syn_received(self):
        if not self.sockets:
            return
        self.sample_syn_received()
        self.loop.after(SYN_RECV_WATCH_SECONDS, self.watch_syn_received)

    def sample_syn_received(self):
        ports = {item["port"] for _, item in self.sockets.values() if item["protocol"] == "tcp"}
        if ports:
            for _, port, remote, remote_port, _ in proc_sockets("tcp", (TCP_SYN_RECV,)):
                if port in ports:
                    self.syn_received.add((port, remote, remote_port))

    def close(self, why):
        for fd, (sock, _) in list(self.sockets.items()):
            self.loop.forget(fd)
            sock.close()
        self.sockets = {}
        for leave in list(self.guests.values()):
            leave()
        self.released = self.released or why

    def account(self):
        self.sample_syn_received()
        self.close("finished")
        return {
            "released": self.released,
            "received": [
                {"protocol": protocol, "port": port, "source": source, "sourcePort": source_port, "isn": number, "count": count}
                for (protocol, port, source, source_port, number), count in self.received.items()
            ],
            "synReceived": [
                {"port": port, "source": source, "sourcePort": source_port}
                for port, source, source_port in sorted(self.syn_received)
            ],
        }
