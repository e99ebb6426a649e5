"""Reading a file that may be anything: never more than was asked for, and nothing that is not a regular file."""
import errno
import os
import stat

STATES = {
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EISDIR: "not-a-file",
}


class Unreadable(Exception):
    """`state` as in FileState; `detail` where that does not say it all."""

    def __init__(self, state, detail=None):
        Exception.__init__(self, state)
        self.state, self.detail = state, detail


def unreadable(error):
    """The OSError as such."""
    state = STATES.get(error.errno)
    return Unreadable("failed", os.strerror(error.errno)) if state is None else Unreadable(state)


def open_regular(path):
    """(descriptor, its fstat). Raises Unreadable."""
    try:
        # Asked first: to open a device may do something.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Unreadable("not-a-file")
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        status = os.fstat(fd)
        if stat.S_ISREG(status.st_mode):
            return fd, status
        os.close(fd)
        raise Unreadable("not-a-file")
    except OSError as error:
        raise unreadable(error)
    except ValueError:
        # A NUL in its name.
        raise Unreadable("missing")


def read_at(fd, offset, size):
    """So many bytes from there, fewer at the file's end. Raises Unreadable."""
    parts = []
    try:
        while size > 0:
            data = os.pread(fd, min(size, 1 << 20), offset)
            if not data:
                break
            parts.append(data)
            offset, size = offset + len(data), size - len(data)
    except OSError as error:
        raise unreadable(error)
    return b"".join(parts)


def read_start(path, limit):
    """(bytes, fstat, whether there is more) of the file's beginning. Raises Unreadable."""
    fd, status = open_regular(path)
    try:
        data = read_at(fd, 0, limit + 1)
    finally:
        os.close(fd)
    return data[:limit], status, len(data) > limit
