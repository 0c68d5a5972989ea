"""One open event stream: a socket that is written to without waiting, and heard for its end.

Theory of operation. Whoever has news for many offers it to each socket at once; what the kernel
takes costs one system call and wakes nobody. Only a subscriber whose socket is full gets a task,
which waits until there is room and then writes what is newest. One that takes nothing for too long
is cut. The buffer in the kernel is kept small, because what lies in it cannot be overtaken.
"""

import contextlib
import math
import socket

import trio

from seda.requests import Person
from stages.live.change_log import ChangeLog
from stages.live.replies import audience_of

SEND_BUFFER_BYTES = 128 * 1024
STALL_LIMIT_S = 10.0
"""Without a byte taken, while there is something to take."""
VANISHED_MS = 6_000
"""Sent and not acknowledged for so long: nobody is there any more. Something is sent every 5 s."""
DIRECT_KEPT = 32
_READ_BYTES = 1024

_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 4),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MS),
)


class Subscriber:
    """A page's stream, or that of a browser with several pages."""

    def __init__(
        self,
        sock: socket.socket,
        person: Person,
        page: str,
        head: bytes,
        watching: frozenset[str] = frozenset(),
    ) -> None:
        self._sock = sock
        self.person = person
        self.page = page
        """Session and name."""
        self.watching = watching
        """The other pages that watch by it; it is their presence, too."""
        self.again_s = math.inf
        """When it is to come again."""
        self._audience = audience_of(person)
        self._version = 0
        self._direct = [head]
        """For this page alone; goes first."""
        self._rest = memoryview(b"")
        self.scope = trio.CancelScope()
        """Cancelled when it is to end."""
        for level, option, value in _OPTIONS:
            # What comes through TLS is a local socket, of which the other end is watched there.
            with contextlib.suppress(OSError):
                sock.setsockopt(level, option, value)

    @property
    def pages(self) -> frozenset[str]:
        """Return every page that this is the stream of."""
        return self.watching | {self.page}

    @property
    def is_behind(self) -> bool:
        """Return whether its socket is full."""
        return bool(self._rest)

    def tell(self, content: bytes) -> None:
        """Have this written to this page alone, before anything else."""
        self._direct.append(content)
        del self._direct[1:-DIRECT_KEPT]  # the first may be the head

    def offer(self, change_log: ChangeLog) -> bool:
        """Write what is new as far as the socket takes it; tell whether that was all."""
        if self._rest:
            return False
        content = b"".join(self._direct) + change_log.since(self._audience, self._version)
        self._direct.clear()
        self._version = change_log.version
        if content:
            self._rest = memoryview(content)
            self._write()
        return not self._rest

    async def drain(self, change_log: ChangeLog) -> None:
        """Write whenever the socket has room, until all is written or it is cut."""
        while not self.scope.cancel_called and (self._rest or not self.offer(change_log)):
            with trio.move_on_after(STALL_LIMIT_S) as limit:
                try:
                    await trio.lowlevel.wait_writable(self._sock)
                except trio.ClosedResourceError:
                    return
            if limit.cancelled_caught or not self._write():
                self.scope.cancel()
                return

    async def wait_end(self) -> None:
        """Wait until the other side is gone; one that says more on a stream is cut."""
        while True:
            await trio.lowlevel.wait_readable(self._sock)
            try:
                self._sock.recv(_READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                pass
            return

    def say_last(self, content: bytes) -> None:
        """Write this if there is room for it, and end."""
        if not self._rest:
            self._rest = memoryview(content)
            self._write()
        self.scope.cancel()

    def close(self) -> None:
        """End the connection, whoever else has a copy of it."""
        self.scope.cancel()  # one that is just going to drain has to see it
        trio.lowlevel.notify_closing(self._sock)
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _write(self) -> bool:
        """Write what the socket takes; tell whether the connection still stands."""
        try:
            self._rest = self._rest[self._sock.send(self._rest) :]
        except BlockingIOError:
            return True
        except OSError:
            self._rest = memoryview(b"")
            self.scope.cancel()
            return False
        return True
