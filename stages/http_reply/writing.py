"""One answer on its way into a connection: as much as the connection takes now, then the rest.

Nothing here waits; who has to wait (stages/http_reply/slow.py) calls `advance` again. A `Writing`
owns the client's connection and the descriptor of the content, and closes both.
"""

import contextlib
import os
import socket
import sys

import attrs

from seda.codec import encode_body
from seda.requests import Client

_NO_SIGNAL = int(socket.MSG_NOSIGNAL)
_MORE = _NO_SIGNAL | int(socket.MSG_MORE)
_PEEK = int(socket.MSG_PEEK) | int(socket.MSG_DONTWAIT)
_AT_ONCE = _NO_SIGNAL | int(socket.MSG_DONTWAIT)


class Truncated(Exception):
    """The content ended before the size that the head has told."""


class Writing:
    """One answer and where it goes."""

    def __init__(  # noqa: PLR0913 - a head, and a content as bytes or as a part of a file
        self,
        connection: socket.socket,
        client: Client,
        head: bytes,
        *,
        descriptor: int = -1,
        first: int = 0,
        size_bytes: int = 0,
        is_refusal: bool = False,
    ) -> None:
        self.connection = connection
        self.client = client
        self.lease_id = ""
        self.key = ""
        """Of a pair, for the spotter's lease to go back."""
        self.is_refusal = is_refusal
        """Something of the request may be unread, so that closing at once would lose the answer."""
        self._descriptor = descriptor
        self._pending = memoryview(head)
        self._first = first
        self._left = size_bytes

    def advance(self) -> bool:
        """Write what the connection takes now; tell whether that was all.

        Raises OSError where the client is gone and Truncated where the content is.
        """
        try:
            while self._pending:
                flags = _MORE if self._left else _NO_SIGNAL
                self._pending = self._pending[self.connection.send(self._pending, flags) :]
            while self._left:
                sent = os.sendfile(
                    self.connection.fileno(), self._descriptor, self._first, self._left
                )
                if not sent:
                    raise Truncated(f"{self._left} bytes of the content are missing")
                self._first += sent
                self._left -= sent
        except BlockingIOError:
            return False
        return True

    def has_hung_up(self) -> bool:
        """Return whether the client has closed its side: nobody will read a frame there."""
        try:
            return not self.connection.recv(1, _PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close_content(self) -> None:
        """Close the content; the connection stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def end(self) -> None:
        """Say that nothing more comes; copies of the descriptor may be on their way elsewhere."""
        with contextlib.suppress(OSError):  # the client was faster
            self.connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End the connection for good and close everything."""
        self.close_content()
        with contextlib.suppress(OSError):  # the client was faster
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()


def give_back(returns: socket.socket, writing: Writing) -> bool:
    """Return a kept connection to whoever reads requests; False where that is full."""
    rest = attrs.evolve(writing.client, method="", headers={})
    rights = writing.connection.fileno().to_bytes(4, sys.byteorder, signed=True)
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
    try:
        returns.sendmsg((encode_body(rest),), control, _AT_ONCE)
    except OSError:
        return False
    writing.connection.close()
    return True
