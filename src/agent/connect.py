"""TCP by connect(2): where raw sockets are not allowed, to the temporary listener of the target's agent."""
import errno
import select
import socket

from socket_probe import SocketProbe

# <linux/tcp.h>; the first byte of struct tcp_info is the state: FIN_WAIT2, TIME_WAIT, CLOSE, include/net/tcp_states.h.
TCP_INFO = 11
FIN_ACKNOWLEDGED = (5, 6, 7)
STATE_SECONDS = 0.005


# When our own listener is called once more while a first call is still under way, as fractions of the time-out. The
# kernel repeats a lost SYN by itself, but then waits three seconds before it repeats data that is lost as well.
CALL_AGAIN_AT = (0.2, 0.4, 0.6, 0.8)


class ConnectProbe(SocketProbe):
    # A silent round is tried again, alone and later.
    rounds = 2

    def start(self):
        self.begun = 0
        self.send()

    def send(self):
        self.begun += 1
        begun = self.begun
        self.call()
        if self.probe["echo"]:
            for fraction in CALL_AGAIN_AT:
                self.after(fraction * self.prober.timeout, lambda: self.call_again(begun))
        self.after(self.prober.timeout, lambda: self.late(begun))

    def call_again(self, begun):
        if not self.done and not self.queued and begun == self.begun:
            self.queued = True
            self.prober.when_allowed(self.probe["address"], self.guarded(self.allowed))

    def allowed(self):
        self.queued = False
        if self.done:
            self.pacer().give_back(False)
        else:
            self.call()

    def call(self):
        attempt = self.new_attempt()
        sock = self.open_socket(attempt, socket.SOCK_STREAM)
        if sock is None:
            return
        self.watch(sock, select.POLLOUT | select.POLLERR, lambda _events: self.connected(attempt, sock))

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
            if self.probe["echo"] and self.begun <= self.rounds:
                # Our own listener waits a while only; a kernel that lost its SYN waits three seconds before it repeats data.
                self.close_socket(sock)
                self.ask_again()
                return None
            self.failed(attempt, sock, error.errno, "connected")
            return None

    def late(self, begun):
        if self.done or begun != self.begun:
            return
        for sock in list(self.sockets):
            self.close_socket(sock)
        if begun < self.rounds:
            self.ask_again()
        else:
            self.end()
