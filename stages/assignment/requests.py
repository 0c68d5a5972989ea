"""The connections of requests that wait for a frame, watched for who hangs up.

One epoll descriptor watches all of them for the end of the client's side alone, so that bytes of a
client that sends ahead wake nobody. A client that closes its sending side counts as gone.
"""

import select
import socket
from contextlib import suppress

import attrs

from runtime.work import Input, Received
from seda.requests import Client


@attrs.define(eq=False)
class Waiting:
    """One request whose event is settled."""

    request_id: str
    key: str
    session: str
    client: Client
    connection: Received


class Requests:
    """All of them, by id."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._waiting: dict[str, Waiting] = {}
        self._by_descriptor: dict[int, Waiting] = {}

    def __len__(self) -> int:
        """Count them."""
        return len(self._waiting)

    def fileno(self) -> int:
        """Return what becomes readable when somebody hung up."""
        return self._epoll.fileno()

    def keep(self, event: Input, session: str, client: Client) -> None:
        """Take a request's connection over."""
        connection = event.payloads[0]
        taken = Received(connection.kind, 0, connection.take())
        waiting = Waiting(event.header.id, event.header.key, session, client, taken)
        self._epoll.register(taken.descriptor, select.EPOLLRDHUP)
        self._waiting[waiting.request_id] = self._by_descriptor[taken.descriptor] = waiting

    def take(self, request_id: str) -> Waiting | None:
        """Return a request, whose connection is the caller's; None if it hung up meanwhile."""
        waiting = self._waiting.pop(request_id, None)
        if waiting is not None:
            descriptor = waiting.connection.descriptor
            del self._by_descriptor[descriptor]
            self._epoll.unregister(descriptor)
        return waiting

    def sessions(self) -> set[str]:
        """Return whose requests wait."""
        return {waiting.session for waiting in self._waiting.values()}

    def of_session(self, session: str) -> list[str]:
        """Name the requests of a session."""
        return [it.request_id for it in self._waiting.values() if it.session == session]

    def take_hung_up(self) -> list[str]:
        """End the connections of those who hung up; name the requests."""
        gone = [self._by_descriptor[number] for number, _ in self._epoll.poll(0)]
        for waiting in gone:
            self.take(waiting.request_id)
            end(waiting.connection)
        return [waiting.request_id for waiting in gone]

    def take_all(self) -> list[Waiting]:
        """Return every request."""
        return [taken for name in tuple(self._waiting) if (taken := self.take(name))]

    def close(self) -> None:
        """End whatever is left."""
        for waiting in self.take_all():
            end(waiting.connection)
        self._epoll.close()


def end(connection: Received) -> None:
    """End a connection wherever else a copy of it may be."""
    with connection.take_connection() as sock, suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
