"""What was found out about a certificate that was verified, or was not believed."""
import time

from certificate import read_certificate

# <openssl/x509_vfy.h>
NOT_YET_VALID, EXPIRED, SELF_SIGNED, WRONG_NAME, WRONG_ADDRESS = 9, 10, 18, 62, 64


def described(der, verification, code=None, text=""):
    """The certificate, and what is wrong with it if that is not said: a date that does not hold comes first, as it can be mended."""
    fields = read_certificate(der or b"") or {"selfIssued": False, "notBefore": None, "notAfter": None}
    return {
        "verification": verification or judged(fields, code, text),
        "notBefore": fields["notBefore"],
        "notAfter": fields["notAfter"],
    }


def judged(fields, code, text):
    now = time.time()
    if code == EXPIRED or (fields["notAfter"] is not None and fields["notAfter"] < now):
        return "expired"
    if code == NOT_YET_VALID or (fields["notBefore"] is not None and fields["notBefore"] > now):
        return "not-yet-valid"
    if code in (WRONG_NAME, WRONG_ADDRESS) or "doesn't match" in text:
        return "wrong-name"
    if code == SELF_SIGNED or fields["selfIssued"]:
        return "self-signed"
    return "untrusted"
