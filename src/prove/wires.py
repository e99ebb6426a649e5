"""The network of the scratch host: its interfaces, and a packet gun at the other end of each.

Nothing here sleeps: after each packet a marker frame follows it through the same queue, and its arrival says that the
packet has been dealt with. The markers have a wire of their own, where no rule can meet them. All is on one CPU, whose
backlog is one queue for all wires, first in, first out.
"""
import ctypes
import os
import random
import socket
import struct
import subprocess

from frames import ETHERTYPES, ip_packet

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
MARKER = 0x88B5  # IEEE 802 local experimental EtherType
SYSCTLS = [
    "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.router_solicitations=0", "net.ipv6.conf.default.addr_gen_mode=1",
    "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
    # ICMP errors are rationed, and a ration that is used up would make a REJECT look like a DROP.
    "net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_ratemask=0", "net.ipv6.icmp.ratelimit=0",
]


def run(*argv, **kw):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, **kw)
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(argv), done.stderr.strip()))
    return done.stdout


def ip_batch(lines):
    run("ip", "-batch", "-", input="".join(line + "\n" for line in lines))


def enter(namespace):
    with open("/run/netns/" + namespace) as handle:
        if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def frame_socket(interface, protocol):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    s.bind((interface, protocol))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    return s


def mac_of(interface):
    with frame_socket(interface, MARKER) as s:
        return s.getsockname()[4]


def receive_all(s):
    while True:
        try:
            yield s.recvfrom(4096)
        except BlockingIOError:
            return


class Wire:
    """Between the gun and one interface of the host."""

    def __init__(self, gun):
        self.gun = frame_socket(gun, ETH_P_ALL)
        self.gun.setblocking(False)
        self.gun_mac = self.gun.getsockname()[4]
        self.host_mac = None

    def send(self, family, packet):
        self.gun.send(self.host_mac + self.gun_mac + struct.pack("!H", ETHERTYPES[family]) + packet)

    def received(self):
        return [data for data, sender in receive_all(self.gun) if sender[2] != socket.PACKET_OUTGOING]


class Wires:
    def __init__(self, interfaces):
        """interfaces: [{name, addresses}]; an address without a prefix length is reachable through routes only."""
        os.sched_setaffinity(0, {random.choice(sorted(os.sched_getaffinity(0)))})
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        # Commands on trial must not reach what the front ends of this machine keep.
        for store in ("/etc/ufw", "/etc/firewalld"):
            if os.path.isdir(store):
                run("mount", "-t", "tmpfs", "tmpfs", store)
        os.makedirs("/run/netns")
        for namespace in ("gun", "host"):
            run("ip", "netns", "add", namespace)
        enter("gun")
        run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        names = [interface["name"] for interface in interfaces if interface["name"] != "lo"]
        pairs = [("g%d" % n, name) for n, name in enumerate(names)] + [("marker-a", "marker-b")]
        ip_batch([w for pair in pairs for w in (
            "link add %s type veth peer name %s netns host" % pair, "link set %s arp off up" % pair[0])])
        self.by_name = {name: Wire(gun) for gun, name in pairs[:-1]}
        self.near, near_mac = frame_socket("marker-a", MARKER), mac_of("marker-a")
        enter("host")
        run("sysctl", "-qw", *SYSCTLS)
        ip_batch(["link set lo up"] + ["link set %s up" % name for _, name in pairs])
        ip_batch(["address add %s dev %s%s" % (address, interface["name"], " nodad" if ":" in address else "")
                 for interface in interfaces for address in interface["addresses"]])
        self.far, far_mac = frame_socket("marker-b", MARKER), mac_of("marker-b")
        for s in (self.near, self.far):
            s.settimeout(10)
        self.tags = struct.Struct("!6s6sHQ38x"), near_mac, far_mac
        for name, wire in self.by_name.items():
            wire.host_mac = mac_of(name)
        self.mark = 0

    def peers(self, peers):
        """Other hosts, each behind one of the wires: [{address, interface}]."""
        ip_batch([w for peer in peers for w in (
            "neigh replace {address} lladdr %s dev {interface} nud permanent".format(**peer)
            % ":".join("%02x" % byte for byte in self.by_name[peer["interface"]].gun_mac),
            "route replace {address} dev {interface}".format(**peer))])

    def settle(self, wire):
        """Waits until all frames sent so far, and what they caused, are dealt with; returns what came back on the wire."""
        layout, near_mac, far_mac = self.tags
        self.mark += 1
        for sender, receiver, to, by in ((self.near, self.far, far_mac, near_mac), (self.far, self.near, near_mac, far_mac)):
            tag = layout.pack(to, by, MARKER, self.mark)
            sender.send(tag)
            while receiver.recv(2048)[:22] != tag[:22]:
                pass
        return wire.received()

    def send_in(self, wire, packet):
        wire.send(packet["family"], ip_packet(packet))
        return self.settle(wire)
