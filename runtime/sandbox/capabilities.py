"""Capabilities: what root may besides, which no code that handles bytes of others has to.

They matter where seda runs as root, in a container most of all: who has CAP_PERFMON reads other
processes' environment whatever Landlock says. What is kept reaches files of other owners, since a
data directory may have one, and Landlock says which.
"""

import ctypes
import os
import struct

_VERSION = 0x20080522
_DAC_OVERRIDE = 1 << 1
_SETS = struct.Struct("6I")
"""Effective, permitted and inheritable, of the lower 32 capabilities and of the upper ones."""

_libc = ctypes.CDLL(None, use_errno=True)


def drop() -> None:
    """Give up all but one for good, or raise OSError; without any this changes nothing."""
    header = struct.pack("Ii", _VERSION, 0)
    found = ctypes.create_string_buffer(_SETS.size)
    _call("capget", header, found)
    effective, permitted = (bits & _DAC_OVERRIDE for bits in _SETS.unpack(found)[:2])
    _call("capset", header, _SETS.pack(effective, permitted, 0, 0, 0, 0))


def _call(name: str, header: bytes, sets: object) -> None:
    if getattr(_libc, name)(header, sets):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
