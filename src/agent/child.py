"""Running a program to its end, for a process that has nothing else to do meanwhile."""
import os
import select
import signal
import time

from programs import end_with_parent

OUTPUT_LIMIT = 4 * 1024 * 1024
# Sessions over ssh may have a PATH without sbin; and nothing of the caller's surroundings shall matter.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin", "LC_ALL": "C", "HOME": "/"}


def run(argv, data, seconds, stops=(), environment=ENVIRONMENT, tied=False):
    """(code, stdout, stderr) as bytes. The code is None for a program that was killed, with what it had started: its
    time was over, or one of the descriptors `stops` became readable. Raises OSError where there is no process to be had.
    A program that is `tied` is killed by the kernel when this process dies."""
    end = time.monotonic() + seconds
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    parent = os.getpid() if tied else None
    try:
        pid = os.fork()
    except OSError:
        for fd in (in_read, in_write, out_read, out_write, err_read, err_write):
            os.close(fd)
        raise
    if pid == 0:
        become(argv, (in_read, out_write, err_write), seconds, environment, parent)
    lead_group(pid)
    for fd in (in_read, out_write, err_write):
        os.close(fd)
    texts = {out_read: b"", err_read: b""}
    left = set(texts)
    data = memoryview(data)
    os.set_blocking(in_write, False)
    poll = select.poll()
    for fd in list(texts) + list(stops):
        poll.register(fd, select.POLLIN)
    poll.register(in_write, select.POLLOUT)
    stopped = False
    while left and not stopped:
        wait = (end - time.monotonic()) * 1000
        events = poll.poll(wait) if wait > 0 else []
        stopped = not events
        for fd, _ in events:
            if fd in stops:
                stopped = True
            elif fd == in_write:
                data = feed(in_write, data)
                if not data:
                    poll.unregister(in_write)
                    os.close(in_write)
                    in_write = None
            else:
                part = os.read(fd, 65536)
                texts[fd] = (texts[fd] + part)[:OUTPUT_LIMIT]
                if not part:
                    poll.unregister(fd)
                    left.discard(fd)
    if stopped:
        os.killpg(pid, signal.SIGKILL)
    for fd in (in_write, out_read, err_read):
        if fd is not None:
            os.close(fd)
    _, status = os.waitpid(pid, 0)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) and not stopped else None
    return code, texts[out_read], texts[err_read]


def feed(fd, data):
    """Writes what fits; what is left is returned, nothing when nobody reads any more."""
    try:
        return data[os.write(fd, data):] if data else data
    except BlockingIOError:
        return data
    except OSError:
        return data[:0]


def lead_group(pid):
    """Done by both, so that whoever comes first can rely on it."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass


def become(argv, streams, seconds, environment, parent):
    try:
        lead_group(os.getpid())
        for target, fd in enumerate(streams):
            os.dup2(fd, target)
        # Python ignores it, and exec would pass that on.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        # What ends a whole session must not end the program that puts its rules back.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # An alarm survives exec: it ends what closes its output and then hangs.
        signal.alarm(max(1, int(seconds) + 2))
        if parent is not None:
            end_with_parent(parent)
        os.execve(argv[0], argv, environment)
    except OSError:
        pass
    finally:
        os._exit(127)
