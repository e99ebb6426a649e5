"""What is looked up on this node once its settings are known. Each name and file has a child of its own, so none costs another."""
from certificate_file import read_certificates
from error_log import read_log
from host_state import rp_filter_drops
from output import say
from port_labels import port_labels
from resolver import resolve
from route import route_to
from shorten import shorten
from survey import Survey
from worker import Workers

FILE_SECONDS, LOG_SECONDS, ROUTE_SECONDS, LABEL_SECONDS = 3, 6, 3, 15
# A resolver waits 5 seconds for a name server before it asks the next. Names whose turn has not come by then are given up.
NAME_SECONDS, ALL_NAMES_SECONDS, NAMES_AT_A_TIME = 6, 3, 8
MAX_NAMES, MAX_CERTIFICATES, MAX_LOGS, MAX_ROUTES = 256, 64, 16, 1024


class Inspection:
    """Says one message `inspection`."""

    def __init__(self, loop, request):
        names = fitting(request["names"], 256, MAX_NAMES)
        certificates = fitting(request["certificates"], 1024, MAX_CERTIFICATES)
        logs = fitting(request["logs"], 1024, MAX_LOGS)
        routes = fitting(request["routes"], 64, MAX_ROUTES)
        self.message = {"type": "inspection"}
        self.left = 5
        root, open_logs = Survey.root, Survey.logs

        def start(part, tasks, seconds, otherwise, **more):
            def done(results):
                told = [each[0] if not isinstance(each, OSError) and each else None for each in results]
                self.finish(part, [otherwise(number) if each is None else each for number, each in enumerate(told)])

            Workers(loop, tasks, seconds, done, **more)

        start(
            "resolved", [of(resolve, name) for name in names], NAME_SECONDS,
            lambda number: {"name": names[number], "addresses": [], "error": "TIMEOUT"},
            at_a_time=NAMES_AT_A_TIME, all_seconds=ALL_NAMES_SECONDS,
        )
        start(
            "certificates", [of(read_certificates, path, root) for path in certificates], FILE_SECONDS,
            lambda number: {"path": certificates[number], "state": "failed", "pem": []},
        )
        start(
            "logs", [of(read_log, path, open_logs.get(path), root) for path in logs], LOG_SECONDS,
            lambda number: {"path": logs[number], "state": "failed", "size": 0, "lines": []}, at_a_time=2,
        )
        start("routes", [lambda tell: tell(list(map(route_to, routes)))], ROUTE_SECONDS, lambda _: [])
        labels = [lambda tell: tell(port_labels(LABEL_SECONDS - 1))] if request["portLabels"] else []
        start("portLabels", labels, LABEL_SECONDS, lambda _: None)

    def finish(self, part, results):
        # These two are one task, and may be none.
        single = part in ("routes", "portLabels")
        self.message[part] = (results[0] if results else None) if single else results
        self.left -= 1
        if self.left == 0:
            self.message["rpFilterDrops"] = rp_filter_drops()
            say(self.message)


def fitting(texts, length, count):
    """Those that an answer has room for: they stand in it."""
    return [text for text in texts if shorten(text, length) == text][:count]


def of(function, *arguments):
    return lambda tell: tell(function(*arguments))
