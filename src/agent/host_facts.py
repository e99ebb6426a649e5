"""What this host says of itself: read from /proc and by ioctl, no program is run."""
import array
import fcntl
import glob
import os
import re
import socket
import struct

from output import read_file

SIOCGIFCONF = 0x8912
CAP_NET_RAW = 13
# States of /proc/net/tcp, include/net/tcp_states.h.
TCP_ESTABLISHED, TCP_SYN_RECV, TCP_LISTEN = "01", "03", "0A"
MAX_CONNECTIONS = 4096
# A table in a file for nft, its family ip where none is given; and another file, by a path or a pattern below /etc.
NFT_TABLE = re.compile(
    r"^[ \t]*(?:(?:add|create)[ \t]+)?table[ \t]+(?:(ip6?|inet|netdev)[ \t]+)?([A-Za-z_.][\w./-]{0,99})[ \t]*(?:[{;#]|$)",
    re.M | re.A,
)
NFT_INCLUDE = re.compile(r"^[ \t]*include[ \t]+[\"']([^\"'\n]+)[\"']", re.M)
MAX_NFT_TABLES, MAX_NFT_INCLUDES = 256, 32
MYSQLD_NAMES = ("mysqld", "mariadbd", "garbd", "mysqld-debug")


def may_use_raw_sockets():
    """True when the effective set holds CAP_NET_RAW."""
    for line in read_file("/proc/self/status").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_NET_RAW & 1)
    return False


def ipv4_addresses():
    """Every IPv4 address with its interface, by SIOCGIFCONF (netdevice(7)): no external program is needed."""
    size = 40 * 512
    buffer = array.array("B", bytes(size))
    request = struct.pack("iL", size, buffer.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            used = struct.unpack("iL", fcntl.ioctl(probe.fileno(), SIOCGIFCONF, request))[0]
        except OSError:
            return []
    data = buffer.tobytes()[:used]
    return [
        {
            "address": socket.inet_ntoa(data[at + 20:at + 24]),
            # An alias (eth0:1) is a name of the address and not of the interface.
            "interface": data[at:at + 16].split(b"\0", 1)[0].decode("utf-8", "replace").split(":", 1)[0],
        }
        for at in range(0, used, 40)
    ]


def ipv6_addresses():
    found = []
    for line in read_file("/proc/net/if_inet6").splitlines():
        fields = line.split()
        if len(fields) == 6:
            address = socket.inet_ntop(socket.AF_INET6, bytes(bytearray.fromhex(fields[0])))
            found.append({"address": address, "interface": fields[5]})
    return found


def decode_proc_address(text):
    """`0100007F:0CEA` of /proc/net/tcp: the address is in the host's byte order, in words of 32 bits."""
    host, port = text.split(":")
    words = [struct.pack("=I", int(host[at:at + 8], 16)) for at in range(0, len(host), 8)]
    packed = b"".join(words)
    if len(packed) == 16 and packed[:12] == b"\0" * 10 + b"\xff\xff":
        packed = packed[12:]
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, packed), int(port, 16)


def proc_sockets(protocol, states):
    """(local address, local port, remote address, remote port, state) of this network namespace's sockets."""
    for name in (protocol, protocol + "6"):
        try:
            file = open("/proc/net/" + name)
        except OSError:
            continue
        with file:
            next(file, None)
            for line in file:
                fields = line.split(None, 4)
                if states is not None and fields[3] not in states:
                    continue
                local, local_port = decode_proc_address(fields[1])
                remote, remote_port = decode_proc_address(fields[2])
                yield local, local_port, remote, remote_port, fields[3]


def listening_sockets():
    sockets = [
        {"protocol": "tcp", "address": local, "port": port}
        for local, port, _, _, _ in proc_sockets("tcp", (TCP_LISTEN,))
    ]
    sockets += [
        {"protocol": "udp", "address": local, "port": port}
        for local, port, _, remote_port, _ in proc_sockets("udp", None)
        if remote_port == 0
    ]
    return sockets


def connections(ports, peers):
    """Established TCP connections with the peers on the ports in question: the cheapest proof there is."""
    found = []
    for local, port, remote, remote_port, _ in proc_sockets("tcp", (TCP_ESTABLISHED,)):
        if remote in peers and (port in ports or remote_port in ports) and len(found) < MAX_CONNECTIONS:
            found.append({"local": local, "localPort": port, "remote": remote, "remotePort": remote_port})
    return found


def mysqld_runs():
    """Whether a server of the cluster runs. Where other users' processes are hidden (hidepid), it may: that counts."""
    if os.geteuid() != 0 and not read_file("/proc/1/comm", 64):
        return True
    for pid in os.listdir("/proc"):
        if pid.isdigit() and read_file("/proc/" + pid + "/comm", 64).strip() in MYSQLD_NAMES:
            return True
    return False


def ssh_server():
    """The address by which this session came, when it came by ssh: sshd's SSH_CONNECTION. sudo takes it away."""
    fields = os.environ.get("SSH_CONNECTION", "").split()
    return fields[2] if len(fields) == 4 else None


def os_release_id():
    for line in (read_file("/etc/os-release") or read_file("/usr/lib/os-release")).splitlines():
        if line.startswith("ID="):
            return line[3:].strip().strip("\"'")
    return None


def find_program(name):
    for folder in ("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin"):
        path = folder + "/" + name
        if os.access(path, os.X_OK):
            return path
    return None


def nft_file():
    """What the nftables service loads at boot: Red Hat's file, else Debian's."""
    for path in ("/etc/sysconfig/nftables.conf", "/etc/nftables.conf"):
        if os.path.exists(path):
            return path
    return None


def nft_file_tables(path):
    """`FAMILY NAME` of each table in the file and in those that it includes; nothing else of their text is told."""
    if path is None:
        return []
    text = read_file(path, 1 << 20)
    patterns = [os.path.join("/etc", pattern) for pattern in NFT_INCLUDE.findall(text)[:MAX_NFT_INCLUDES]]
    paths = [found for pattern in patterns for found in glob.glob(pattern) if os.path.isfile(found)]
    texts = [text] + [read_file(found, 1 << 20) for found in paths[:MAX_NFT_INCLUDES]]
    tables = {(family or "ip") + " " + name for text in texts for family, name in NFT_TABLE.findall(text)}
    return sorted(tables)[:MAX_NFT_TABLES]


def firewall_owner():
    """Files that tell who owns the ruleset and where it is kept over a reboot."""
    nft_conf = nft_file()
    return {
        "osRelease": os_release_id(),
        "sysconfigIptables": os.path.exists("/etc/sysconfig/iptables"),
        "nftConf": nft_conf,
        "nftTables": nft_file_tables(nft_conf),
        "rulesV4": os.path.exists("/etc/iptables/rules.v4"),
        "netfilterPersistent": find_program("netfilter-persistent") is not None,
        "firewalldActive": os.path.exists("/run/firewalld.pid") or os.path.exists("/var/run/firewalld.pid"),
        "ufwActive": "ENABLED=yes" in read_file("/etc/ufw/ufw.conf"),
    }
