"""What is installed of a server, by programs that answer at once and touch nothing."""
import os

from child import run
from host_facts import find_program
from option_files import USUAL
from shorten import readable, shorten

SECONDS = 2
SERVER_PROGRAMS = ("mariadbd", "mysqld")


def server_program():
    for name in SERVER_PROGRAMS:
        path = find_program(name) or "/usr/libexec/" + name
        if os.access(path, os.X_OK):
            return path
    return None


def version_of(program):
    """What it says of itself, which it does without its files."""
    _, out, _ = run([program, "--no-defaults", "--version"], b"", SECONDS, tied=True)
    return shorten(readable(out).strip(), 512) or program


def usual_files(has_server):
    """The list that the server's packages were built with."""
    program = find_program("my_print_defaults") if has_server else None
    if program is not None:
        _, out, _ = run([program, "--help"], b"", SECONDS, tied=True)
        _, title, rest = readable(out).partition("Default options are read from the following files")
        listed = rest.split("\n")[1].split() if title and "\n" in rest else []
        if listed and all(path[:1] in "/~" for path in listed):
            return listed
    return USUAL
