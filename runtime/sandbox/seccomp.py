"""A seccomp filter that refuses sockets.

Theory of operation. The kernel runs a small program of its own (BPF) before every system call of a
process that has installed one; it cannot be removed again and is inherited. A filter sees numbers
only, no memory behind a pointer: of `socket()` and `connect()` all are refused, AF_UNIX too, since
behind a path in the run directory there is another stage's controller. Of `socketpair()` only
datagrams are: one end of such a pair can send to any address by `sendmsg()`, while streams and
sequences of packets reach the other end and nobody else. What is refused is answered with EACCES,
which the code sees as a PermissionError with a stack and not as a mysterious kill. io_uring could
do the same without these calls, so it is refused as a whole. Another architecture's numbering
(32 bit calls in a 64 bit process) would slip past the numbers compared here and is refused too.
"""

import ctypes
import errno
import platform
import socket
import struct
from collections.abc import Callable

import attrs

from seda.processes import prctl

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2


@attrs.frozen
class _Machine:
    """A machine's number in seccomp_data.arch, and the numbers of its calls."""

    architecture: int
    socket: int
    connect: int
    socketpair: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, socket=41, connect=42, socketpair=53),
    "aarch64": _Machine(0xC00000B7, socket=198, connect=203, socketpair=199),
}
_IO_URING_SETUP = 425
_X32_NUMBERS = 0x40000000
"""From here up x86_64 counts the calls of its 32 bit pointer variant."""

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT, _AT_SECOND_ARGUMENT = 0, 4, 16, 24
_SOCKET_TYPE = 0xF
"""Of the second argument; the rest of it are flags."""
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EACCES


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refuse_new_privileges() -> None:
    """Have every later exec keep this process's rights, whatever the program's file says."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def refuse_sockets() -> None:
    """Refuse to make and to connect sockets from now on, or raise OSError."""
    _install(_filter)


def refuse_local_sockets() -> None:
    """Refuse all sockets from now on but those of the internet, or raise OSError.

    So nobody is reached by a path on this machine, and nothing is asked of its network's set-up.
    """
    _install(_internet_filter)


def _install(make: Callable[[_Machine], bytes]) -> None:
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError(errno.ENOSYS, f"no filter is known for {platform.machine()}")
    filter_bytes = ctypes.create_string_buffer(make(machine))
    length = len(filter_bytes) // struct.calcsize("HBBI")
    program = _Program(length, ctypes.addressof(filter_bytes))
    prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program))


def _internet_filter(machine: _Machine) -> bytes:
    """Return the program: of `socket()` the first argument is the family."""
    allow, refuse = 11, 12
    program = (
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_IF_EQUAL, 0, refuse - 2, machine.architecture),
        (_LOAD, 0, 0, _AT_NUMBER),
        (_IF_AT_LEAST, refuse - 4, 0, _X32_NUMBERS),
        (_IF_EQUAL, refuse - 5, 0, _IO_URING_SETUP),
        (_IF_EQUAL, refuse - 6, 0, machine.socketpair),
        (_IF_EQUAL, 0, allow - 7, machine.socket),
        (_LOAD, 0, 0, _AT_FIRST_ARGUMENT),
        (_IF_EQUAL, allow - 9, 0, socket.AF_INET),
        (_IF_EQUAL, allow - 10, 0, socket.AF_INET6),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    return b"".join(struct.pack("HBBI", *step) for step in program)


def _filter(machine: _Machine) -> bytes:
    """Return the program; a step says how many steps to leave out if true, if false."""
    allow, refuse = 11, 12
    program = (
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_IF_EQUAL, 0, refuse - 2, machine.architecture),
        (_LOAD, 0, 0, _AT_NUMBER),
        (_IF_AT_LEAST, refuse - 4, 0, _X32_NUMBERS),
        (_IF_EQUAL, refuse - 5, 0, _IO_URING_SETUP),
        (_IF_EQUAL, refuse - 6, 0, machine.socket),
        (_IF_EQUAL, refuse - 7, 0, machine.connect),
        (_IF_EQUAL, 0, allow - 8, machine.socketpair),
        (_LOAD, 0, 0, _AT_SECOND_ARGUMENT),
        (_AND, 0, 0, _SOCKET_TYPE),
        (_IF_EQUAL, refuse - 11, 0, socket.SOCK_DGRAM),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    return b"".join(struct.pack("HBBI", *step) for step in program)
