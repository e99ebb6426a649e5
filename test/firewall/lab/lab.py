"""A target host behind a veth, in namespaces of its own, and a packet gun in front of it.

Runs inside `unshare --mount --pid --net`. Reads one JSON request per line on stdin and answers with one JSON line.
Frames are written by hand, so any source address, flag and port can be sent; the gun's namespace has no address.

Nothing here sleeps: after each packet a marker frame of a private EtherType follows it through the same queue, and the
marker's arrival says that the packet before it has been dealt with.
"""
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys

CLONE_NEWNET = 0x40000000
MARKER = 0x88B5  # IEEE 802 local experimental EtherType
TOKEN = b'netcheck'
LOCAL = {4: '10.99.0.1', 6: 'fd99::1'}
SOURCES = {4: ['10.99.0.%d' % n for n in range(11, 19)], 6: ['fd99::%d' % n for n in range(11, 19)]}
FLAGS = {'FIN': 1, 'SYN': 2, 'RST': 4, 'PSH': 8, 'ACK': 16, 'URG': 32}
TABLES = ['raw', 'mangle', 'filter']
BUILTIN = {'raw': ['PREROUTING', 'OUTPUT'], 'mangle': ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
           'filter': ['INPUT', 'FORWARD', 'OUTPUT']}
EMPTY = ''.join('*%s\n%sCOMMIT\n' % (t, ''.join(':%s ACCEPT [0:0]\n' % c for c in BUILTIN[t])) for t in TABLES)
KEEP = 'table inet keep { chain i { type filter hook input priority 200; ct state established counter; }; }'


def run(*argv, **kw):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw).stdout


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def ip_packet(family, proto, src, dst, payload):
    if family == 4:
        head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 0, 0x4000, 64, proto, 0, addr(src), addr(dst))
        return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload
    return struct.pack('!IHBB16s16s', 0x60000000, len(payload), proto, 64, addr(src), addr(dst)) + payload


def pseudo(proto, src, dst, length):
    return addr(src) + addr(dst) + (struct.pack('!BBH', 0, proto, length) if ':' not in src
                                    else struct.pack('!IHBB', length, 0, 0, proto))


def segment(p):
    src, dst, body = p['source'], p['destination'], p.get('payload', TOKEN)
    if p['protocol'] == 'tcp':
        flags = sum(FLAGS[f] for f in p['tcpFlags'])
        head = struct.pack('!HHIIBBHHH', p['sourcePort'], p['destinationPort'], p.get('seq', 1), p.get('ack', 0), 0x50,
                           flags, 64240, 0, 0)
        full = head + body
        full = full[:16] + struct.pack('!H', checksum(pseudo(6, src, dst, len(full)) + full)) + full[18:]
        return 6, full
    if p['protocol'] == 'udp':
        full = struct.pack('!HHHH', p['sourcePort'], p['destinationPort'], 8 + len(body), 0) + body
        full = full[:6] + struct.pack('!H', checksum(pseudo(17, src, dst, len(full)) + full) or 0xFFFF) + full[8:]
        return 17, full
    proto = 1 if p['family'] == 4 else 58
    full = struct.pack('!BBHHH', p['icmp']['type'], p['icmp']['code'], 0, p.get('icmpId', 7), 1) + body
    prefix = b'' if proto == 1 else pseudo(58, src, dst, len(full))
    return proto, full[:2] + struct.pack('!H', checksum(prefix + full)) + full[4:]


def setns(name):
    with open('/run/netns/' + name) as ns:
        if ctypes.CDLL(None, use_errno=True).setns(ns.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'setns')


def frame_socket(interface, protocol):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    s.bind((interface, protocol))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.settimeout(10)
    return s


class Lab:
    def __init__(self):
        # One CPU: frames and markers share one backlog queue, first in, first out.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        run('mount', '-t', 'tmpfs', 'tmpfs', '/run')
        os.makedirs('/run/netns')
        run('ip', 'netns', 'add', 'gun')
        run('ip', 'netns', 'add', 'host')
        setns('gun')
        run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
        run('ip', 'link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb', 'netns', 'host')
        run('ip', 'link', 'set', 'va', 'arp', 'off', 'up')
        self.gun = frame_socket('va', 0x0003)
        self.gun_mac = self.gun.getsockname()[4]
        setns('host')
        run('sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0',
            'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0', 'net.ipv4.conf.all.rp_filter=0',
            'net.ipv4.conf.default.rp_filter=0', 'net.ipv6.conf.default.router_solicitations=0',
            'net.ipv6.conf.default.addr_gen_mode=1')
        run('ip', 'link', 'set', 'lo', 'up')
        run('ip', 'link', 'set', 'vb', 'up')
        run('ip', 'address', 'add', LOCAL[4] + '/24', 'dev', 'vb')
        run('ip', 'address', 'add', LOCAL[6] + '/64', 'dev', 'vb', 'nodad')
        mac = ':'.join('%02x' % b for b in self.gun_mac)
        for source in SOURCES[4] + SOURCES[6]:
            run('ip', 'neigh', 'replace', source, 'lladdr', mac, 'dev', 'vb', 'nud', 'permanent')
        run('nft', '-f', '-', input=KEEP)  # keeps conntrack on, whatever the ruleset under test says
        self.host = frame_socket('vb', MARKER)
        self.host_mac = self.host.getsockname()[4]
        self.mark = 0
        self.witness = []
        self.raw_out = {}
        self.open_flows, self.next_port = [], 20000
        for family, af in ((4, socket.AF_INET), (6, socket.AF_INET6)):
            for proto in (6, 17, 1 if family == 4 else 58):
                s = socket.socket(af, socket.SOCK_RAW, proto)
                s.setblocking(False)
                self.witness.append(s)
            self.raw_out[family] = socket.socket(af, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.tool = None
        self.counters = None

    def frame(self, family, packet):
        return self.host_mac + self.gun_mac + struct.pack('!H', 0x0800 if family == 4 else 0x86DD) + packet

    def settle(self):
        """Waits until all frames sent so far, and what they caused, have been handled; returns what the gun received."""
        self.mark += 1
        tag = struct.pack('!Q', self.mark).ljust(46, b'\0')
        self.gun.send(self.host_mac + self.gun_mac + struct.pack('!H', MARKER) + tag)
        while self.host.recv(2048)[14:22] != tag[:8]:
            pass
        self.host.send(self.gun_mac + self.host_mac + struct.pack('!H', MARKER) + tag)
        frames = []
        while True:
            data, (_, _, packet_type, _, _) = self.gun.recvfrom(4096)
            if packet_type == socket.PACKET_OUTGOING:
                continue
            if data[12:14] == struct.pack('!H', MARKER) and data[14:22] == tag[:8]:
                return frames
            frames.append(data)

    def drain(self):
        seen = False
        for s in self.witness:
            while True:
                try:
                    seen = TOKEN in s.recv(4096) or seen
                except BlockingIOError:
                    break
        return seen

    def send_in(self, p):
        proto, payload = segment(p)
        self.gun.send(self.frame(p['family'], ip_packet(p['family'], proto, p['source'], p['destination'], payload)))
        return self.settle()

    def establish(self, family, protocol, source, port):
        """Opens a real connection from the gun, so that conntrack holds it as ESTABLISHED."""
        self.next_port += 1
        p = {'family': family, 'protocol': protocol, 'source': source, 'destination': LOCAL[family],
             'sourcePort': self.next_port, 'destinationPort': port, 'tcpFlags': ['SYN'], 'payload': b'', 'seq': 1000}
        server = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6,
                               socket.SOCK_DGRAM if protocol == 'udp' else socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.settimeout(10)
        server.bind((LOCAL[family], port))
        # The listener is gone before the test begins: a half-open connection would send SYN+ACK again and again, and
        # its packets would be counted as ours. A reset instead of FIN for the same reason.
        with server:
            if protocol == 'udp':
                self.send_in(dict(p, payload=b'hello'))
                server.sendto(b'hello', server.recvfrom(100)[1])
                self.settle()
                flow = {}
            else:
                server.listen(1)
                offset = 14 + (20 if family == 4 else 40)
                answer = next(f for f in self.send_in(p) if f[offset + 13:offset + 14] == b'\x12')
                isn = struct.unpack('!I', answer[offset + 4:offset + 8])[0]
                flow = {'seq': 1001, 'ack': (isn + 1) & 0xFFFFFFFF}
                self.send_in(dict(p, tcpFlags=['ACK'], **flow))
                connection = server.accept()[0]
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                self.open_flows.append(connection)
        return dict(flow, family=family, protocol=protocol, source=source, sourcePort=self.next_port,
                    destination=LOCAL[family], destinationPort=port)

    def restore(self, tool, text):
        return subprocess.run([tool + '-restore'], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def load(self, tool, text, establish):
        if self.tool:
            self.restore(self.tool, EMPTY)
        for s in self.open_flows:
            s.close()
        self.settle()
        self.open_flows = []
        flows = [self.establish(**e) for e in establish]
        self.drain()
        self.tool, self.counters = tool, None
        result = self.restore(tool, text)
        return {'ok': result.returncode == 0, 'output': result.stdout, 'flows': flows}

    def save(self, tool, counters=False):
        return {'text': run(tool + '-save', *(['-c'] if counters else []))}

    def shoot(self, tool, hook, packet):
        before = self.counters or run(tool + '-save', '-c').splitlines()
        error = None
        if hook == 'INPUT':
            frames = self.send_in(packet)
            passed = self.drain()
        else:
            proto, payload = segment(packet)
            family = packet['family']
            data = ip_packet(family, proto, packet['source'], packet['destination'], payload)
            try:
                self.raw_out[family].sendto(data, (packet['destination'], 0))
            except OSError as e:
                error = e.strerror
            frames = self.settle()
            passed = any(TOKEN in f and len(f) > 14 for f in frames)
            self.drain()
        after = self.counters = run(tool + '-save', '-c').splitlines()
        return {'passed': passed, 'error': error, 'before': before, 'after': after,
                'frames': [f[12:].hex() for f in frames]}

    def sh(self, script):
        self.counters = None
        r = subprocess.run(['sh'], input=script, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return {'code': r.returncode, 'stdout': r.stdout, 'stderr': r.stderr}


def main():
    lab = Lab()
    print(json.dumps({'ready': True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(getattr(lab, request.pop('op'))(**request)), flush=True)


main()
