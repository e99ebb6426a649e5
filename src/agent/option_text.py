"""What a server reads out of the text of an option file: mysys/my_default.c, the same in MySQL and MariaDB.

Comments begin with `#` or `;` at the start of a line, and with a `#` anywhere outside of quotes. A value loses the quotes around
it and then its escapes. A line is 4094 bytes at most: what is beyond is read as one more line.
"""

SPACE = b" \t\n\v\f\r\xa0"
LINE_BYTES = 4094
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"s": b" ", b'"': b'"', b"'": b"'", b"\\": b"\\"}


def lines(data):
    """(number, line, whether a newline ends it); the newline itself is left out of all but the long ones."""
    rows = data.split(b"\n")
    for number, row in enumerate(rows, 1):
        ended = number < len(rows)
        if len(row) < LINE_BYTES:
            if row or ended:
                yield number, row, ended
            continue
        row += b"\n" if ended else b""
        for at in range(0, len(row), LINE_BYTES):
            part = row[at:at + LINE_BYTES]
            yield number, part, part.endswith(b"\n")


def statements(data):
    """("include" or "includedir", line, path), ("option", line, group, name, value or None), and at last, where the server
    gives up on all of its options, ("error", line, why). Names are as they stand there, all texts are bytes."""
    group = None
    for number, row, ended in lines(data):
        text = row.lstrip(SPACE)
        if not text.strip(SPACE) or text[:1] in (b"#", b";"):
            continue
        if text[:1] == b"!":
            found = directive(text[1:].lstrip(SPACE), number, ended)
            if found is not None:
                yield found
                if found[0] == "error":
                    return
        elif text[:1] == b"[":
            name, bracket, _ = text[1:].partition(b"]")
            if not bracket:
                yield "error", number, "a group without its ]"
                return
            group = name.rstrip(SPACE)
        elif group is None:
            yield "error", number, "an option before the first [group]"
            return
        else:
            name, equals, value = without_comment(text).partition(b"=")
            yield "option", number, group, name.rstrip(SPACE), unquoted(value.strip(SPACE)) if equals else None


def directive(text, number, ended):
    for word in ("includedir", "include"):
        rest = text[len(word):]
        if text.startswith(word.encode("ascii")) and not rest[:1].strip(SPACE):
            path = rest.lstrip(SPACE)
            # The server takes the last byte for the newline.
            path = (path if ended else path[:-1]).rstrip(SPACE)
            return (word, number, path) if path else ("error", number, "!%s without a path" % word)
    return None


def without_comment(text):
    if b"#" not in text:
        return text
    quote = escaped = False
    for at in range(len(text)):
        byte = text[at:at + 1]
        if byte in (b"'", b'"') and not escaped:
            quote = byte if not quote else False if quote == byte else quote
        if not quote and byte == b"#":
            return text[:at]
        escaped = bool(quote) and byte == b"\\" and not escaped
    return text


def unquoted(value):
    if len(value) > 1 and value[:1] in (b"'", b'"') and value[-1:] == value[:1]:
        value = value[1:-1]
    if b"\\" not in value:
        return value
    parts, at = [], 0
    while at < len(value):
        byte, following = value[at:at + 1], value[at + 1:at + 2]
        if byte == b"\\" and following:
            parts.append(ESCAPES.get(following, byte + following))
            at += 2
        else:
            parts.append(byte)
            at += 1
    return b"".join(parts)
