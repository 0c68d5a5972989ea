"""A link in the hub: draining what comes, and coming back when the peer's buffer was full.

What waits to be written is the peer's own business (a bounded queue of settlements, events or
calls); the channel only says when to write.
"""

import select
from typing import Protocol

from controller.hub import Hub
from seda.codec import Undecodable
from seda.protocol import Message
from seda.wire import Closed, DescriptorsLost, Full, Link

_DATAGRAMS_PER_TURN = 32
"""One busy link does not keep the others waiting for longer than this many datagrams."""
_IN_FLIGHT_RETRY_S = 0.005
"""After ETOOMANYREFS nothing tells when other processes have read descriptors: ask again."""


class Peer(Protocol):
    """Who stands behind a channel."""

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take a message; the descriptors are the peer's to close."""

    def lose(self, message: Message) -> None:
        """Hear of a message that came without its descriptors."""

    def refuse(self, error: Undecodable) -> None:
        """Hear of a datagram that is not a message."""

    def end(self) -> None:
        """Hear that the link is closed."""

    def write(self, link: Link) -> None:
        """Send everything that waits; Full may be raised with the rest still waiting."""


class Channel:
    """One link while it is watched."""

    def __init__(
        self, hub: Hub, link: Link, peer: Peer, *, per_turn: int = _DATAGRAMS_PER_TURN
    ) -> None:
        self._hub = hub
        self._link = link
        self._peer = peer
        self._per_turn = per_turn
        self._is_flush_asked = False
        self._is_blocked = False
        self.is_closed = False
        hub.watch(link.fileno(), self._on_ready)

    def ask_flush(self) -> None:
        """Write what waits at the end of this turn, or as soon as there is room again."""
        if not (self._is_flush_asked or self._is_blocked):
            self._is_flush_asked = True
            self._hub.at_end(self.flush)

    def flush(self) -> None:
        """Write what waits; a full link is written to again when it has room."""
        self._is_flush_asked = False
        if self.is_closed or self._is_blocked:
            return
        try:
            self._peer.write(self._link)
        except Full:
            self._block()
        except Closed:
            return  # what the peer said before it closed is read first; then `end` is called

    def drain(self, limit: int) -> None:
        """Take what has come, at most so many datagrams."""
        while limit and not self.is_closed:
            limit -= 1
            try:
                received = self._link.receive()
            except DescriptorsLost as lost:
                self._peer.lose(lost.message)
            except Undecodable as error:
                self._peer.refuse(error)
            except Closed:
                self._peer.end()
                return
            else:
                if received is None:
                    return
                self._peer.take(received[0], received[1])

    def close(self) -> None:
        """Stop watching and close the link."""
        if not self.is_closed:
            self.is_closed = True
            self._hub.forget(self._link.fileno())
            self._link.close()

    def peer_uid(self) -> int:
        """Return the user at the other end."""
        return self._link.peer_uid()

    def _on_ready(self, events: int) -> None:
        if events & select.EPOLLOUT:
            self._retry()
        if events & ~select.EPOLLOUT:
            self.drain(self._per_turn)

    def _block(self) -> None:
        self._is_blocked = True
        self._hub.rewatch(self._link.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def _retry(self) -> None:
        """The kernel has room; if it still refuses, its limit is one that epoll does not know."""
        self._hub.rewatch(self._link.fileno(), select.EPOLLIN)
        try:
            self._peer.write(self._link)
        except Full:
            self._hub.later(_IN_FLIGHT_RETRY_S, self._unblock)
        except Closed:
            self._is_blocked = False
        else:
            self._is_blocked = False

    def _unblock(self) -> None:
        self._is_blocked = False
        self.flush()
