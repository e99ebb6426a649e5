"""UDP: a datagram with this run's secret; the witness, an echo or an ICMP error tells what became of it."""
import errno
import random
import select
import socket

from attempt import read_error_queue
from output import errno_name
from socket_probe import SocketProbe


class DatagramProbe(SocketProbe):
    def send(self):
        attempt = self.new_attempt()
        sock = self.open_socket(attempt, socket.SOCK_DGRAM)
        if sock is None:
            return
        # NAT rewrites addresses and ports, and not what is inside.
        attempt.result["isn"] = random.getrandbits(32)
        attempt.payload = self.prober.secret + b"%08x" % attempt.result["isn"]
        self.watch(sock, select.POLLIN | select.POLLERR, lambda _events: self.ready(attempt, sock))
        try:
            sock.send(attempt.payload)
        except OSError as error:
            self.not_sent(attempt, error)

    def ready(self, attempt, sock):
        number = self.take_error(sock)
        icmp = read_error_queue(sock, self.family)
        if attempt.result["outcome"] == "not-sent":
            # Our own OUTPUT chain's REJECT: it also says how it refused.
            if icmp is not None:
                attempt.result["icmp"] = icmp
            self.loop.forget(sock.fileno())
        elif icmp is not None:
            attempt.settle("icmp", icmp=icmp, errno=errno_name(number or errno.ECONNREFUSED))
            self.end()
        elif number:
            attempt.settle("errno", errno=errno_name(number))
            self.end()
        else:
            try:
                echoed = sock.recv(256) == attempt.payload
            except OSError:
                return
            if echoed:
                attempt.settle("echoed")
                self.end()
