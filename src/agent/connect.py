"""TCP by connect(2): where raw sockets are not allowed, to the temporary listener of the target's agent."""
import errno
import select
import socket

from socket_probe import SocketProbe

# <linux/tcp.h>; the first byte of struct tcp_info is the state: FIN_WAIT2, TIME_WAIT, CLOSE, include/net/tcp_states.h.
TCP_INFO = 11
FIN_ACKNOWLEDGED = (5, 6, 7)
STATE_SECONDS = 0.005


class ConnectProbe(SocketProbe):
    # The kernel retransmits the SYN of a connect by itself: one more try, alone and later, is enough.
    tries = 2

    def start(self):
        self.send()

    def send(self):
        attempt = self.new_attempt()
        sock = self.open_socket(attempt, socket.SOCK_STREAM)
        if sock is None:
            return
        self.watch(sock, select.POLLOUT | select.POLLERR, lambda _events: self.connected(attempt, sock))
        self.after(self.prober.timeout, lambda: self.late(sock))

    def connected(self, attempt, sock):
        number = self.take_error(sock)
        if number == errno.ETIMEDOUT:
            self.loop.forget(sock.fileno())
        elif number:
            self.failed(attempt, sock, number, "rst" if number == errno.ECONNREFUSED else "errno")
        else:
            attempt.settle("connected")
            self.loop.forget(sock.fileno())
            self.watch(sock, select.POLLIN, lambda _events: self.heard(attempt, sock))
            try:
                self.talk(attempt, sock)
            except OSError as error:
                self.failed(attempt, sock, error.errno, "connected")

    def talk(self, attempt, sock):
        if self.probe["echo"]:
            sock.send(self.prober.secret)
        else:
            # Not a byte to a service that we do not know: a FIN, which its kernel acknowledges.
            sock.shutdown(socket.SHUT_WR)
            attempt.result["acknowledged"] = False
            self.watch_state(attempt, sock)

    def watch_state(self, attempt, sock):
        """Waits until our FIN is acknowledged: only then a packet after the handshake has got there, and its answer back."""
        if self.done or sock not in self.sockets:
            return
        if sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)[0] in FIN_ACKNOWLEDGED:
            self.acknowledged(attempt)
        else:
            self.after(STATE_SECONDS, lambda: self.watch_state(attempt, sock))

    def acknowledged(self, attempt):
        attempt.result["acknowledged"] = True
        self.end()

    def heard(self, attempt, sock):
        data = self.receive(attempt, sock)
        if data is None:
            return
        if not self.probe["echo"]:
            # Data or the end of the stream: the service has taken the connection.
            self.acknowledged(attempt)
            return
        if data == self.prober.secret:
            attempt.settle("echoed")
        # Anything else, the end of the stream above all: connected, but not to our listener or not for long.
        self.end()

    def receive(self, attempt, sock):
        """What came; empty at the end of the stream, None when the connection failed, which ends the flow."""
        try:
            return sock.recv(65536)
        except OSError as error:
            # A reset is what some services close with, and what some firewalls answer: it tells neither.
            attempt.result.pop("acknowledged", None)
            if self.probe["echo"] and len(self.attempts) <= self.tries:
                # Our own listener waits a while only; a kernel that lost its SYN waits three seconds before it repeats data.
                self.close_socket(sock)
                self.ask_again()
                return None
            self.failed(attempt, sock, error.errno, "connected")
            return None

    def late(self, sock):
        if self.done or sock not in self.sockets:
            return
        self.close_socket(sock)
        if len(self.attempts) < self.tries:
            self.ask_again()
        else:
            self.end()
