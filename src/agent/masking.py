"""Secrets stay on the node: which names have them, and what is told in their place."""
import re

MASK = "***"
SECRET = re.compile("pass(?:word|wd|phrase)|secret|token|credential|auth", re.I)
# Of wsrep_provider_options, and of a cluster address.
PAIRS = re.compile("([;&?,])")


def is_secret(name):
    return SECRET.search(name) is not None


def mask_pairs(value):
    """The value with those of its `key=value` pairs masked whose key names a secret."""
    if not is_secret(value):
        return value
    return "".join(map(mask_pair, PAIRS.split(value)))


def mask_pair(piece):
    key, equals, _ = piece.partition("=")
    return key + equals + MASK if equals and is_secret(key) else piece


def mask_args(args):
    """A command line as it is told."""
    told, masks = [], False
    for arg in args:
        name, equals, value = arg.partition("=")
        if masks and not arg.startswith("-"):
            told.append(MASK)
            masks = False
            continue
        secret = arg.startswith("-") and is_secret(name)
        told.append(name + equals + MASK if secret and equals else mask_pairs(arg))
        # Its value is the next word.
        masks = secret and not equals
    return told
