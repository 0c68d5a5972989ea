"""The key that leases are sealed with: a file in the data directory, made once by the supervisor.

Assignment seals and alarm opens, so both read it; whoever else can read it can forge a verdict.
It outlives restarts and power cuts, because a page keeps its leases over them.
"""

import secrets
from pathlib import Path

from seda.disk.durable import make_directory, replace_file
from seda.keys.sealing import KEY_BYTES

FILE = "lease.key"


class LeaseKeyError(Exception):
    """The key cannot be used; the words say what to do."""


def make(data_directory: str) -> None:
    """Make the key if there is none; raises OSError where that cannot be."""
    path = Path(data_directory, FILE)
    if path.exists():
        return
    make_directory(path.parent)
    replace_file(path, secrets.token_bytes(KEY_BYTES))


def read(data_directory: str) -> bytes:
    """Return the key, or raise LeaseKeyError."""
    path = Path(data_directory, FILE)
    try:
        key = path.read_bytes()
    except OSError as error:
        raise LeaseKeyError(f"{path} cannot be read: {error.strerror}") from None
    if len(key) != KEY_BYTES:
        raise LeaseKeyError(
            f"{path} holds {len(key)} bytes instead of {KEY_BYTES}: remove it, and a new one is "
            "made at the next start; frames on screens then have to be fetched anew"
        )
    return key
