"""Connections between two requests: nearly all of them, nearly always. No task waits for any.

One epoll descriptor watches them all, so that a connection that comes back costs one system call,
and one whose request is whole when it is looked at never gets a task. A registration outlives the
descriptor that was registered as long as somebody has a copy: who takes a connection out of here
has to do so before the descriptor is closed or given on.
"""

import select
from collections import OrderedDict

from stages.http_parser.connection import Connection

_READY_AT_ONCE = 64


class Idle:
    """All of a handler's idle connections, the one that is idle for longest first."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._epoll = select.epoll()
        self._until_s: OrderedDict[Connection, float] = OrderedDict()
        self._by_descriptor: dict[int, Connection] = {}

    def fileno(self) -> int:
        """Return what becomes readable when one of them does."""
        return self._epoll.fileno()

    def enter(self, connection: Connection, now_s: float) -> None:
        """Wait for a connection's next request."""
        descriptor = connection.socket.fileno()
        self._epoll.register(descriptor, select.EPOLLIN)
        self._by_descriptor[descriptor] = connection
        self._until_s[connection] = now_s + self._limit_s

    def take_ready(self) -> list[Connection]:
        """Return those that have something to read."""
        ready = [self._by_descriptor[it] for it, _ in self._epoll.poll(0, _READY_AT_ONCE)]
        for connection in ready:
            self._leave(connection)
        return ready

    def take_overdue(self, now_s: float) -> list[Connection]:
        """Return those that have waited for as long as they may."""
        found: list[Connection] = []
        while self._until_s and self.next_s(now_s) <= now_s:
            found.append(connection := next(iter(self._until_s)))
            self._leave(connection)
        return found

    def next_s(self, now_s: float) -> float:
        """Return when the next one is overdue at the earliest."""
        return next(iter(self._until_s.values()), now_s + self._limit_s)

    def take(self, connection: Connection) -> bool:
        """Remove a connection; return whether it was idle here."""
        is_here = connection in self._until_s
        if is_here:
            self._leave(connection)
        return is_here

    def take_all(self) -> list[Connection]:
        """Return all of them."""
        found = list(self._until_s)
        for connection in found:
            self._leave(connection)
        return found

    def close(self) -> None:
        """Close the epoll."""
        self._epoll.close()

    def _leave(self, connection: Connection) -> None:
        descriptor = connection.socket.fileno()
        self._epoll.unregister(descriptor)
        del self._by_descriptor[descriptor]
        del self._until_s[connection]
