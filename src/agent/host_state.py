"""What of this host's network stands in a cluster's way beside rules: netdevice(7), ip-sysctl and conntrack in /proc."""
import fcntl
import socket
import struct

from output import read_file

SIOCGIFFLAGS, SIOCGIFMTU = 0x8913, 0x8921
IFF_UP = 1
MAX_INTERFACES = 4096


def number_in(path):
    """None where the file is not there, or holds no number."""
    text = read_file(path, 64).strip()
    return int(text) if text.isdigit() and len(text) < 16 else None


def interfaces():
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex()[:MAX_INTERFACES]:
            flags = device_number(probe, SIOCGIFFLAGS, "=H", name)
            found.append({
                "name": name,
                "mtu": device_number(probe, SIOCGIFMTU, "=I", name),
                "up": bool((flags or 0) & IFF_UP),
                "rpFilter": number_in("/proc/sys/net/ipv4/conf/%s/rp_filter" % name),
            })
    return found


def device_number(probe, request, form, name):
    try:
        answer = fcntl.ioctl(probe.fileno(), request, struct.pack("16s24x", name.encode("utf-8", "surrogateescape")))
    except OSError:
        return None
    return struct.unpack_from(form, answer, 16)[0]


def conntrack():
    count, most = (number_in("/proc/sys/net/netfilter/nf_conntrack_" + name) for name in ("count", "max"))
    return None if count is None or most is None else {"count": count, "max": most}


def rp_filter_drops():
    names = None
    for line in read_file("/proc/net/netstat", 1 << 20).splitlines():
        title, _, rest = line.partition(":")
        if title != "TcpExt":
            continue
        if names is not None:
            value = dict(zip(names, rest.split())).get("IPReversePathFilter")
            return int(value) if value is not None and value.isdigit() else None
        names = rest.split()
    return None


def selinux():
    return {"1": "enforcing", "0": "permissive"}.get(read_file("/sys/fs/selinux/enforce", 8).strip(), "absent")


def host_state():
    return {
        "interfaces": interfaces(),
        "rpFilterAll": number_in("/proc/sys/net/ipv4/conf/all/rp_filter"),
        "conntrack": conntrack(),
        "rpFilterDrops": rp_filter_drops(),
        "selinux": selinux(),
    }
