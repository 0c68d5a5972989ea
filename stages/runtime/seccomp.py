"""A seccomp filter that refuses network sockets.

Theory of operation. The kernel runs a small program of its own (BPF) before every system call of a
process that has installed one; it can not be removed again and is inherited. A filter sees numbers
only, so the one thing it can tell about `socket()` is the address family in the first argument:
AF_UNIX may pass, everything else is answered with EACCES, which the code sees as a PermissionError
with a stack and not as a mysterious kill. `socketpair()` is not touched. io_uring could make
sockets without the system call, so it is refused as a whole. Another architecture's numbering
(32 bit calls in a 64 bit process) would slip past the numbers compared here and is refused too.
"""

import ctypes
import errno
import platform
import socket
import struct

from seda.processes import prctl

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

# Each machine's name, its number in seccomp_data.arch, and the number of its socket().
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_IO_URING_SETUP = 425
_X32_NUMBERS = 0x40000000
"""From here up x86_64 counts the calls of its 32 bit pointer variant."""

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT = 0, 4, 16
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EACCES


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refuse_new_privileges() -> None:
    """Have every later exec keep this process's rights, whatever the program's file says."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def refuse_network() -> None:
    """Refuse sockets other than AF_UNIX from now on, or raise OSError."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no filter is known for {platform.machine()}")
    filter_bytes = ctypes.create_string_buffer(_filter(*machine))
    length = len(filter_bytes) // struct.calcsize("HBBI")
    program = _Program(length, ctypes.addressof(filter_bytes))
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program))


def _filter(architecture: int, socket_number: int) -> bytes:
    """Return the program; a step says how many steps to leave out if true, if false."""
    allow, refuse = 8, 9
    program = (
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_IF_EQUAL, 0, refuse - 2, architecture),
        (_LOAD, 0, 0, _AT_NUMBER),
        (_IF_AT_LEAST, refuse - 4, 0, _X32_NUMBERS),
        (_IF_EQUAL, refuse - 5, 0, _IO_URING_SETUP),
        (_IF_EQUAL, 0, allow - 6, socket_number),
        (_LOAD, 0, 0, _AT_FIRST_ARGUMENT),
        (_IF_EQUAL, 0, 1, socket.AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    return b"".join(struct.pack("HBBI", *step) for step in program)
