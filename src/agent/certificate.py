"""The few fields of a certificate that tell why it is not believed: who issued it, and from when to when it holds.

Python decodes only what it has verified, so what it refuses is read here: X.509 in DER (RFC 5280, section 4.1)."""
import calendar
import time

SEQUENCE, UTC_TIME, GENERALIZED_TIME, VERSION = 0x30, 0x17, 0x18, 0xA0


def element(data, at):
    """(tag, begin and end of the contents) of the element at this place; IndexError past the end."""
    tag, length = data[at], data[at + 1]
    begin = at + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[begin:begin + count], "big")
        begin += count
    if begin + length > len(data):
        raise IndexError("an element longer than the certificate")
    return tag, begin, begin + length


def seconds(data, tag, begin, end):
    """Seconds since the epoch; ValueError for what is no time."""
    text = data[begin:end].decode("ascii")
    form = {UTC_TIME: "%y%m%d%H%M%SZ", GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}[tag]
    parsed = time.strptime(text, form)
    # RFC 5280: 50 to 99 are of the last century, where strptime begins that at 69.
    year = parsed.tm_year - 100 if tag == UTC_TIME and parsed.tm_year >= 2050 else parsed.tm_year
    moment = calendar.timegm((year,) + tuple(parsed[1:6]))
    if moment < 0:
        raise ValueError("a time before 1970")
    return moment


def read_certificate(der):
    """{selfIssued, notBefore, notAfter}, times in seconds since the epoch; None for what is no certificate."""
    try:
        _, at, _ = element(der, 0)
        _, at, _ = element(der, at)
        fields = []
        while len(fields) < 5:
            tag, begin, end = element(der, at)
            if tag != VERSION:
                fields.append((begin, end))
            at = end
        # serial number, signature algorithm, issuer, validity, subject
        issuer, validity, subject = fields[2:]
        first = element(der, validity[0])
        second = element(der, first[2])
        return {
            "selfIssued": der[slice(*issuer)] == der[slice(*subject)],
            "notBefore": seconds(der, *first),
            "notAfter": seconds(der, *second),
        }
    except (IndexError, KeyError, ValueError):
        return None
