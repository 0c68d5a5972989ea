"""Locks between processes: a file held by flock for as long as its descriptor is open."""

import fcntl
import os
from pathlib import Path


class Locked(Exception):
    """Another process holds the lock."""


def lock_file(path: Path) -> int:
    """Return the descriptor of this file, made where there is none and locked; or raise Locked."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Locked(f"{path} is locked by another process") from None
    return descriptor
