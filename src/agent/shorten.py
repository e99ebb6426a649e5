"""Texts of a length that the caller takes."""


def shorten(text, limit):
    """At most so long, counted as the caller counts: in units of UTF-16."""
    if len(text) * 2 <= limit:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[:limit * 2]
    # A pair that was cut in two goes as a whole.
    return units.decode("utf-16-le", "ignore") if is_whole(text) else text[:limit // 2]


def is_whole(text):
    """Without lone surrogates, as paths that are no UTF-8 have them."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def readable(data):
    return data.decode("utf-8", "replace")
