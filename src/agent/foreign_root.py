"""A server in a container or a chroot calls other files by the same names."""
import os


def is_foreign(pid):
    """Whether its mount namespace or its root directory is another than ours. Root alone may know, and may go there."""
    if pid is None or os.geteuid() != 0:
        return False
    try:
        theirs, ours = os.stat("/proc/%d/root" % pid), os.stat("/")
        namespaces = [os.readlink("/proc/%s/ns/mnt" % each) for each in (pid, "self")]
    except OSError:
        return False
    return (theirs.st_dev, theirs.st_ino) != (ours.st_dev, ours.st_ino) or namespaces[0] != namespaces[1]


class RootOf:
    """Within it, paths are those of the process, links included: its root is ours, so this is for a child of the agent
    alone. With None, or where it may not, nothing is changed."""

    def __init__(self, pid):
        self.pid, self.ours = pid if is_foreign(pid) else None, None

    def __enter__(self):
        if self.pid is None:
            return self
        ours = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.chroot("/proc/%d/root" % self.pid)
            self.ours = ours
            os.chdir("/")
        except OSError:
            if self.ours is None:
                os.close(ours)
        return self

    def __exit__(self, *_):
        if self.ours is not None:
            os.fchdir(self.ours)
            os.chroot(".")
            os.close(self.ours)
            self.ours = None
