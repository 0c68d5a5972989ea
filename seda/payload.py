"""Sealed memory: how pixels and video travel without being copied.

Who writes seals before sending; who reads checks the seals and the size before mapping, because an
unsealed memfd can shrink under its reader, and that is a SIGBUS.
"""

import fcntl
import mmap
import os
from collections.abc import Callable, Sequence

from seda.descriptors import write_all

SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE

_PARTS_MAX = 1024
"""IOV_MAX of Linux: more parts take another call."""


class PayloadError(Exception):
    """A descriptor that is not what its event says."""


def make_of(parts: Sequence[bytes | memoryview], name: str = "payload") -> int:
    """Return the descriptor of sealed memory with these parts, one after the other."""
    return _make(name, lambda descriptor: _write_parts(descriptor, parts))


def make(content: bytes | bytearray | memoryview, name: str = "payload") -> int:
    """Return the descriptor of sealed memory with this content."""
    return _make(name, lambda descriptor: write_all(descriptor, content))


def _write_parts(descriptor: int, parts: Sequence[bytes | memoryview]) -> None:
    for first in range(0, len(parts), _PARTS_MAX):
        some = parts[first : first + _PARTS_MAX]
        written = os.writev(descriptor, some)
        if written != sum(map(len, some)):
            write_all(descriptor, memoryview(b"".join(some))[written:])


def _make(name: str, write: Callable[[int], None]) -> int:
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        write(descriptor)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def check(descriptor: int, size_bytes: int) -> None:
    """Raise PayloadError unless this is sealed memory of this size."""
    try:
        seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    except OSError:
        raise PayloadError("the payload is not sealed memory but something else") from None
    if seals & SEALS != SEALS:
        raise PayloadError(f"the payload's memory is not sealed (seals {seals:#x})")
    actual_bytes = os.fstat(descriptor).st_size
    if actual_bytes != size_bytes:
        raise PayloadError(f"the payload holds {actual_bytes} bytes, its event says {size_bytes}")


def view(descriptor: int, size_bytes: int) -> memoryview:
    """Return the checked content, mapped; the mapping ends with the last view of it."""
    check(descriptor, size_bytes)
    if not size_bytes:
        return memoryview(b"")
    # Private, because before Linux 6.7 nobody may map sealed memory shared, not even to read it.
    return memoryview(mmap.mmap(descriptor, size_bytes, mmap.MAP_PRIVATE, mmap.PROT_READ))
