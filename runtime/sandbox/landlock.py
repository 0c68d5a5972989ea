"""Landlock: writing and reading outside given places is refused, and signalling anybody outside.

Theory of operation. A process describes in a ruleset which kinds of access it wants restricted
(everything that changes a file system and, where it says so, reading), adds the places below which
they stay allowed, and puts the ruleset on itself for good; children inherit it. What contains what
cannot be said: a place that is allowed is allowed with everything below it, so a secret is safe
where no allowed place contains it. The kernel says which version of the interface it has, and each
version knows more kinds of access; what it does not know is not asked of it.

Whoever is restricted may not look into processes that are less so either: their memory, their
environment and their open files (/proc/PID/mem, environ, fd; ptrace, pidfd_getfd) are refused.

Files that are open already (standard output, sealed memory) are not affected. Neither is stat().
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

# Numbers of the system calls, the same on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
"""remove_dir, remove_file, make_char, _dir, _reg, _sock, _fifo, _block, _sym."""
_SCOPES = 0b11
"""Abstract unix sockets and signals: only among those who share the ruleset."""
_CONNECT_TCP = 1 << 1
_SCOPES_SINCE, _PORTS_SINCE, _TRUNCATE_SINCE, _REFER_SINCE = 6, 4, 3, 2

_libc = ctypes.CDLL(None, use_errno=True)


def restrict(
    write_below: Iterable[Path],
    read_below: Iterable[Path] | None = None,
    ports: Iterable[int] | None = None,
) -> int:
    """Restrict this thread and what it starts, and return the kernel's version, or raise OSError.

    Reading is restricted where places for it are named; whoever may write may read there, too.
    Where ports are named, TCP connects to no others. Places that do not exist are left out.
    """
    version = _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    reading = 0 if read_below is None else _READ_FILE | _READ_DIR
    handled = _writing(version) | reading
    has_ports = ports is not None and version >= _PORTS_SINCE
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    content = struct.pack("QQQ", handled, _CONNECT_TCP if has_ports else 0, scopes)
    # An older kernel knows a shorter struct, and takes a longer one whose rest is zero.
    ruleset = _call(_CREATE_RULESET, content, len(content), 0)
    try:
        for place in write_below:
            _allow(ruleset, place, handled)
        for place in read_below or ():
            _allow(ruleset, place, reading)
        for port in (ports or ()) if has_ports else ():
            rule = struct.pack("=QQ", _CONNECT_TCP, port)
            _call(_ADD_RULE, ruleset, _NET_PORT, rule, 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _writing(version: int) -> int:
    handled = _WRITE_FILE | _REMOVE_AND_MAKE
    if version >= _REFER_SINCE:
        handled |= _REFER
    if version >= _TRUNCATE_SINCE:
        handled |= _TRUNCATE
    return handled


def _allow(ruleset: int, place: Path, access: int) -> None:
    """Allow this access to this file or below this directory."""
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _WRITE_FILE | _TRUNCATE | _READ_FILE
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", access, descriptor), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: int | bytes | None) -> int:
    words = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *words))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
