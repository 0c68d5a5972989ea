"""What a browser keeps so that it is known again: its person has signed in on it before. Pure.

It lets nobody in. It says that this browser's tries to sign in are not a stranger's, so that
strangers who try the same name do not keep its person out. Nothing of it is stored: it is sealed
with the hash of the password, which nobody has but the store, and so it ends with the password.
"""

import hmac
from hashlib import sha256

DEVICE_S = 90 * 86_400.0
COOKIE = "seda_device"
CHARACTERS_MAX = 160


def make_device(name: str, password_hash: str, mark: str, expires_s: float) -> str:
    """Return what a browser is given; the mark, a random one, tells it apart from others."""
    said = f"{expires_s:.0f}.{mark}"
    return f"{said}.{_seal(name, password_hash, said)}"


def find_device(device: str, name: str, password_hash: str | None, now_s: float) -> str:
    """Return the mark of a browser on which this person has signed in; "" where it is none."""
    said, _, seal = device.rpartition(".")
    expires, _, mark = said.partition(".")
    if not password_hash or len(device) > CHARACTERS_MAX or not device.isascii():
        return ""
    if not hmac.compare_digest(seal, _seal(name, password_hash, said)):
        return ""
    return mark if now_s < float(expires) else ""


def _seal(name: str, password_hash: str, said: str) -> str:
    content = f"seda device\n{name}\n{said}".encode()
    return hmac.new(password_hash.encode(), content, sha256).hexdigest()
