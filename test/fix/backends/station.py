"""What runs on each host of the back end tests: an echo on every port in question, and a caller of those of others.

A JSON line in, {"id", "calls": [{to, port, protocol, patience}]}, and one out, {"id", "open"}: true for each call that got two
echoes, false for one that got an error, or nothing within `patience` seconds. All calls are made at the same time.
"""
import errno
import json
import select
import socket
import sys
import time

PORTS = {"tcp": (4567, 4444, 4569), "udp": (4567, 4569)}
ROUNDS = 2


def listen(poll, handlers):
    for protocol, ports in PORTS.items():
        for port in ports:
            s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.setblocking(False)
            s.bind(("::", port))
            if protocol == "tcp":
                s.listen(64)
            handlers[s.fileno()] = (s, accept if protocol == "tcp" else echo_datagram)
            poll.register(s, select.POLLIN)


def accept(poll, handlers, s):
    try:
        peer = s.accept()[0]
    except OSError:
        return
    peer.setblocking(False)
    handlers[peer.fileno()] = (peer, echo)
    poll.register(peer, select.POLLIN)


def echo(poll, handlers, s):
    try:
        data = s.recv(4096)
        if data:
            s.send(data)
            return
    except OSError:
        pass
    poll.unregister(s)
    del handlers[s.fileno()]
    s.close()


def echo_datagram(_poll, _handlers, s):
    try:
        s.sendto(*s.recvfrom(4096))
    except OSError:
        pass


class Call:
    def __init__(self, to, port, protocol, patience):
        self.result, self.rounds, self.protocol = None, ROUNDS, protocol
        self.deadline = time.monotonic() + patience
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        self.socket = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, kind)
        self.socket.setblocking(False)
        code = self.socket.connect_ex((to, port))
        if code not in (0, errno.EINPROGRESS):
            self.end(False)
        elif protocol == "udp":
            self.send()
        self.connected = protocol == "udp"

    def end(self, result):
        self.result = result
        self.socket.close()

    def send(self):
        try:
            self.socket.send(b"anyone there?")
        except OSError:
            self.end(False)

    def wants(self):
        return select.POLLIN if self.connected else select.POLLOUT

    def go_on(self):
        try:
            if not self.connected:
                if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0:
                    return self.end(False)
                self.connected = True
                return self.send()
            if not self.socket.recv(4096):
                return self.end(False)
        except BlockingIOError:
            return None
        except OSError:
            return self.end(False)
        self.rounds -= 1
        return self.end(True) if self.rounds == 0 else self.send()


def main():
    poll, handlers = select.poll(), {}
    listen(poll, handlers)
    poll.register(0, select.POLLIN)
    buffer, requests = b"", {}
    print("ready", flush=True)
    while True:
        for number in [number for number, calls in requests.items() if all(call.result is not None for call in calls)]:
            print(json.dumps({"id": number, "open": [call.result for call in requests.pop(number)]}), flush=True)
        waiting = {call.socket.fileno(): call for calls in requests.values() for call in calls if call.result is None}
        for fd, call in waiting.items():
            poll.register(fd, call.wants())
        wait = min([call.deadline for call in waiting.values()], default=None)
        events = poll.poll(None if wait is None else max(0, wait - time.monotonic()) * 1000 + 1)
        for fd in waiting:
            poll.unregister(fd)
        for fd, _ in events:
            if fd in waiting:
                waiting[fd].go_on()
            elif fd in handlers:
                s, handle = handlers[fd]
                handle(poll, handlers, s)
            elif fd == 0:
                data = sys.stdin.buffer.raw.read(65536)
                if not data:
                    return
                buffer += data
                while b"\n" in buffer:
                    line, buffer = buffer.split(b"\n", 1)
                    request = json.loads(line)
                    requests[request["id"]] = [Call(**call) for call in request["calls"]]
        for call in waiting.values():
            if call.result is None and time.monotonic() >= call.deadline:
                call.end(False)


main()
