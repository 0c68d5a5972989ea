"""Leases that alarm believes when a page brings them back, and names that tell nothing. Pure.

A sealed lease is text for a JSON body: base64url of an HMAC-SHA256 and of what it is over. Whoever
has it can read it, so a `Lease` holds nothing that a spotter may not know; nobody can make or
change one without the key. What is sealed and what is named have different first bytes under the
HMAC, so that a name is never good for a seal.
"""

import binascii
import hmac
from base64 import b64decode, urlsafe_b64encode

import msgspec

from seda.decisions import Lease

KEY_BYTES = 32
NAME_CHARACTERS = 24
_MAC_BYTES = 32
_LEASE, _NAME = b"lease\0", b"name\0"
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Lease)


class Forged(Exception):
    """A text that is no lease, or was not sealed with this key."""


def seal(key: bytes, lease: Lease) -> str:
    """Return the lease as text that nobody without the key can make."""
    content = _ENCODER.encode(lease)
    sealed = hmac.digest(key, _LEASE + content, "sha256") + content
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_lease(key: bytes, text: str) -> Lease:
    """Return the lease in a text that `seal` made with this key, or raise Forged."""
    try:
        sealed = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Forged("the lease is no base64url") from None
    content = sealed[_MAC_BYTES:]
    expected = hmac.digest(key, _LEASE + content, "sha256")
    if not hmac.compare_digest(expected, sealed[:_MAC_BYTES]):
        raise Forged("the lease was not sealed here")
    try:
        return _DECODER.decode(content)
    except msgspec.MsgspecError as error:
        raise Forged(f"the lease is that of another version: {error}") from None


def opaque_id(key: bytes, name: str) -> str:
    """Return a frame's name for outside: always the same, telling nothing of the one inside."""
    return hmac.digest(key, _NAME + name.encode(), "sha256").hex()[:NAME_CHARACTERS]
