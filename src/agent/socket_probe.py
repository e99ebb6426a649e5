"""What the probes through ordinary sockets have in common."""
import errno
import socket

from attempt import read_error_queue
from flow_probe import FlowProbe
from output import errno_name

# <linux/in.h>, <linux/in6.h>: not named by Python.
IP_RECVERR, IPV6_RECVERR = 11, 25


class SocketProbe(FlowProbe):
    def open_socket(self, attempt, kind):
        """A connecting socket with its error queue on; None when the kernel refused at once, which settles the attempt."""
        sock = socket.socket(self.family, kind)
        self.sockets.append(sock)
        sock.setblocking(False)
        if self.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        number = sock.connect_ex((self.probe["address"], self.probe["port"]))
        name = sock.getsockname()
        attempt.result.update(sourceAddress=name[0], sourcePort=name[1])
        if number not in (0, errno.EINPROGRESS):
            self.failed(attempt, sock, number, "not-sent")
            return None
        return sock

    def failed(self, attempt, sock, number, otherwise):
        """Settles an attempt by its errno and what stands in the socket's error queue, and ends the flow."""
        icmp = read_error_queue(sock, self.family)
        if icmp is not None:
            attempt.settle("icmp", errno=errno_name(number), icmp=icmp)
        else:
            attempt.settle(otherwise, errno=errno_name(number))
        self.end()

    def take_error(self, sock):
        # SO_ERROR before the error queue: draining the queue clears it, and a failed connect would poll for ever.
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
