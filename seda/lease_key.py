"""The key that leases are sealed with: a file in the data directory, made once by the supervisor.

Assignment seals and alarm opens, so both read it; whoever else can read it can forge a verdict.
It outlives restarts, because a page keeps its leases over them.
"""

import os
import secrets
from pathlib import Path

from seda.sealing import KEY_BYTES

FILE = "lease.key"


class LeaseKeyError(Exception):
    """The key can not be used; the words say what to do."""


def make(data_directory: str) -> None:
    """Make the key if there is none; raises OSError where that can not be."""
    path = Path(data_directory, FILE)
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".fresh")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(descriptor)
    fresh.rename(path)


def read(data_directory: str) -> bytes:
    """Return the key, or raise LeaseKeyError."""
    path = Path(data_directory, FILE)
    try:
        key = path.read_bytes()
    except OSError as error:
        raise LeaseKeyError(f"{path} can not be read: {error.strerror}") from None
    if len(key) != KEY_BYTES:
        raise LeaseKeyError(
            f"{path} holds {len(key)} bytes instead of {KEY_BYTES}: remove it, and a new one is "
            "made at the next start; frames on screens then have to be fetched anew"
        )
    return key
