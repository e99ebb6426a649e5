"""TCP by connect(2): where raw sockets are not allowed, to the temporary listener of the target's agent."""
import errno
import select
import socket

from socket_probe import SocketProbe

# The kernel retransmits the SYN of a connect by itself: one more try, alone and later, is enough.
TRIES = 2


class ConnectProbe(SocketProbe):
    def begin(self):
        self.send()

    def send(self):
        attempt = self.new_attempt()
        sock = self.open_socket(attempt, socket.SOCK_STREAM)
        if sock is None:
            return
        self.loop.watch(sock.fileno(), select.POLLOUT | select.POLLERR, lambda _events: self.connected(attempt, sock))
        self.loop.after(self.prober.timeout, lambda: self.late(sock))

    def connected(self, attempt, sock):
        number = self.take_error(sock)
        if number == errno.ETIMEDOUT:
            self.loop.forget(sock.fileno())
        elif number:
            self.failed(attempt, sock, number, "rst" if number == errno.ECONNREFUSED else "errno")
        else:
            attempt.settle("connected")
            if not self.probe["echo"]:
                self.end()
                return
            self.loop.forget(sock.fileno())
            self.loop.watch(sock.fileno(), select.POLLIN, lambda _events: self.heard(attempt, sock))
            try:
                sock.send(self.prober.secret)
            except OSError as error:
                self.failed(attempt, sock, error.errno, "connected")

    def heard(self, attempt, sock):
        try:
            data = sock.recv(256)
        except OSError as error:
            self.failed(attempt, sock, error.errno, "connected")
            return
        if data == self.prober.secret:
            attempt.settle("echoed")
        # Anything else, the end of the stream above all: connected, but not to our listener or not for long.
        self.end()

    def late(self, sock):
        if self.done or sock not in self.sockets:
            return
        self.close_socket(sock)
        if len(self.attempts) < TRIES:
            self.ask_again()
        else:
            self.end()
