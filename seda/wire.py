"""SEQPACKET links: one datagram is one message, descriptors travel beside it.

Non-blocking and without a scheduler: callers wait for readiness themselves (a controller's hub, a
handler's poll). Nothing here decides what to do about a refusal; it is raised with the word that it
is counted under, and every descriptor that came along is closed first.
"""

import array
import errno
import os
import socket
import struct

from seda.codec import Undecodable, decode, encode, payload_count
from seda.protocol import DATAGRAM_BYTES, DESCRIPTORS_PER_DATAGRAM, Message

_CONTROL_BYTES = socket.CMSG_SPACE(DESCRIPTORS_PER_DATAGRAM * array.array("i").itemsize)
_CREDENTIALS = struct.Struct("3i")
_FULL = {errno.EAGAIN, errno.ENOBUFS, errno.ETOOMANYREFS}
"""Try later: the peer's buffer is full, or too many descriptors are on their way in the kernel."""
_GONE = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN}
_FLAGS = socket.MSG_CMSG_CLOEXEC
_TRUNCATED = int(socket.MSG_TRUNC)
_CONTROL_TRUNCATED = int(socket.MSG_CTRUNC)
"""As plain numbers: the operators of the library's flags cost more than the system call."""
_BUFFER_BYTES = 1024 * 1024
"""Room for a burst of headers, so that a controller seldom finds a link full."""


class Full(Exception):
    """The kernel takes no more now; the message was not sent."""


class Closed(Exception):
    """The peer is gone; raised by `send`, its last words may still wait to be received."""


class DescriptorsLost(Exception):
    """A message came without (all) its descriptors; what came of them is closed."""

    def __init__(self, message: Message) -> None:
        super().__init__(type(message).__name__)
        self.message = message


class Link:
    """One end of a connection."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        self._socket = sock

    def fileno(self) -> int:
        """Return the descriptor, for waiting."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def peer_uid(self) -> int:
        """Return the user at the other end, as the kernel knows it."""
        return self._peer()[1]

    def peer_pid(self) -> int:
        """Return the process that connected or made the pair, as the kernel knows it."""
        return self._peer()[0]

    def _peer(self) -> tuple[int, int]:
        found = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _ = _CREDENTIALS.unpack(found)
        return pid, uid

    def send(self, message: Message, descriptors: list[int] | tuple[int, ...] = ()) -> None:
        """Send now or raise Full or Closed; the descriptors stay the caller's."""
        self.send_datagram(encode(message), descriptors)

    def send_datagram(self, datagram: bytes, descriptors: list[int] | tuple[int, ...] = ()) -> None:
        """Send an encoded message now or raise Full or Closed."""
        try:
            if descriptors:
                rights = array.array("i", descriptors)
                control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
                self._socket.sendmsg((datagram,), control)
            else:
                self._socket.send(datagram)
        except OSError as error:
            if error.errno in _FULL:
                raise Full from None
            if error.errno in _GONE or self.fileno() < 0:
                raise Closed from None
            raise  # EBADF: a descriptor that the caller says it has is none

    def receive(self) -> tuple[Message, list[int]] | None:
        """Return the next message and its descriptors, or None if nothing waits.

        Raises Closed at the end, Undecodable and DescriptorsLost for what cannot be taken.
        """
        try:
            datagram, control, flags, _ = self._receive_once()
        except BlockingIOError:
            return None
        except OSError:
            if self.fileno() < 0:
                raise Closed from None
            raise
        descriptors = _descriptors(control) if control else []
        if not datagram:
            close_all(descriptors)
            raise Closed
        return _checked(datagram, descriptors, flags)

    def _receive_once(self) -> tuple[bytes, list[tuple[int, int, bytes]], int, object]:
        try:
            return self._socket.recvmsg(DATAGRAM_BYTES + 1, _CONTROL_BYTES, _FLAGS)
        except ConnectionResetError:
            # The peer went without having read everything. The kernel tells that once and before
            # what the peer had said, which is still there.
            return self._socket.recvmsg(DATAGRAM_BYTES + 1, _CONTROL_BYTES, _FLAGS)


def _checked(datagram: bytes, descriptors: list[int], flags: int) -> tuple[Message, list[int]]:
    """Decode, and see that as many descriptors came as the message says."""
    try:
        if flags & _TRUNCATED or len(datagram) > DATAGRAM_BYTES:
            raise Undecodable("oversized", f"more than {DATAGRAM_BYTES} bytes")
        message = decode(datagram)
        expected = payload_count(message)
        is_cut = bool(flags & _CONTROL_TRUNCATED)
        if is_cut and len(descriptors) < expected <= DESCRIPTORS_PER_DATAGRAM:
            raise DescriptorsLost(message)
        if is_cut or len(descriptors) != expected:
            raise Undecodable(
                "descriptors", f"{len(descriptors)} came, {expected} belong to the message"
            )
    except BaseException:
        close_all(descriptors)
        raise
    return message, descriptors


def _descriptors(control: list[tuple[int, int, bytes]]) -> list[int]:
    """Return what SCM_RIGHTS carried."""
    found = array.array("i")
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return found.tolist()


def close_all(descriptors: list[int] | tuple[int, ...]) -> None:
    """Close what somebody sent along."""
    for descriptor in descriptors:
        os.close(descriptor)


def pair() -> tuple[Link, socket.socket]:
    """Return an end for this process and one to give away."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Link(here), there


def listen(path: str) -> socket.socket:
    """Listen at this path; the run directory's mode keeps other users out, `peer_uid` proves it."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        sock.bind(path)
        sock.listen(128)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def connect(path: str) -> Link:
    """Connect to a controller; the supervisor's socket listens even while it restarts.

    Raises OSError, BlockingIOError among it: too many wait to be accepted, and waiting for that
    would stop the caller's loop.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        sock.setblocking(False)
        sock.connect(path)
    except OSError:
        sock.close()
        raise
    return Link(sock)
