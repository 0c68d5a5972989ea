"""The parser's handler as a real process; controller and everybody behind it are the test."""

import contextlib
import os
import socket
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import attrs
import msgspec

from conf.schema import Settings, Web
from seda.codec import decode_body, encode_body
from seda.messages import Event, Output
from seda.pipeline import HTTP_PARSER
from seda.protocol import Emit, Room
from seda.requests import Answer, Ask, Client
from seda.wire import Closed
from spotter_web.views import Problem
from store.file.database import Store
from store.file.places import store_path
from store.people import people
from store.people.passwords import hash_password
from testing.controllers.spoken import Controller, Handler, controlling
from testing.waiting import PATIENCE_S

PASSWORD = "correct horse battery"  # noqa: S105 - of made-up people
HASH = hash_password(PASSWORD)
DAY_S = 86_400.0


@attrs.define
class Asked:
    """What the parser gave on."""

    event: Event
    to: str
    ask: Ask
    connection: socket.socket
    payload: bytes

    @property
    def problem(self) -> tuple[int, str]:
        """Return status and words of a refusal."""
        assert self.ask.route == "refusal", self.ask
        answer = decode_body(self.ask.body, Answer)
        return answer.status, msgspec.json.decode(answer.body, type=Problem).error

    def answer(self, content: bytes = b"HTTP/1.1 204 No Content\r\n\r\n") -> None:
        """Write an answer as the reply stage would."""
        self.connection.sendall(content)


class Door:
    """The parser with its sockets and its store."""

    def __init__(
        self, controller: Controller, directory: Path, sockets: dict[str, socket.socket]
    ) -> None:
        self.controller = controller
        self.sockets = sockets
        self.store = Store(store_path(directory))
        self.handler: Handler = controller.handler()
        self._open: list[socket.socket] = []
        self._emitted: deque[tuple[Output, list[int]]] = deque()

    @property
    def address(self) -> tuple[str, int]:
        """Return where it accepts."""
        host, port = self.sockets["web"].getsockname()
        return host, port

    def connect(self) -> socket.socket:
        """Connect as a client."""
        client = socket.create_connection(self.address, PATIENCE_S)
        self._open.append(client)
        return client

    def send(self, content: bytes) -> socket.socket:
        """Connect and send this."""
        client = self.connect()
        client.sendall(content)
        return client

    def asked(self) -> Asked:
        """Wait for what the parser gives on; it gets its room back at once."""
        if not self._emitted:
            emit, own = self.handler.expect_with_descriptors(Emit)
            for output in emit.outputs:
                count = len(output.event.payloads)
                self._emitted.append((output, own[:count]))
                del own[:count]
            with contextlib.suppress(Closed):  # it was its last word
                self.handler.link.send(Room(len(emit.outputs)))
        output, descriptors = self._emitted.popleft()
        payload = b""
        for descriptor in descriptors[1:]:
            with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
                file.seek(0)
                payload = file.read()
        connection = socket.socket(fileno=descriptors[0])
        self._open.append(connection)
        for descriptor in descriptors[2:]:
            os.close(descriptor)
        return Asked(
            output.event, output.to, decode_body(output.event.body, Ask), connection, payload
        )

    def answered(self, client: socket.socket) -> bytes:
        """Return everything that a client is sent until its connection ends."""
        return b"".join(iter(lambda: client.recv(65536), b""))

    def ask(self, content: bytes) -> Asked:
        """Send this on a connection of its own, which stays open, and return what is given on."""
        client = self.send(content)
        asked = self.asked()
        client.close()
        return asked

    def give_back(self, asked: Asked, **changes: Any) -> None:
        """Return a connection as the reply stage does."""
        client = attrs.evolve(asked.ask.client, headers={}, **changes)
        self.return_datagram(encode_body(client), asked.connection.fileno())
        asked.connection.close()

    def close(self, asked: Asked) -> None:
        """End a connection as whoever answers does."""
        with contextlib.suppress(OSError):
            asked.connection.shutdown(socket.SHUT_RDWR)
        asked.connection.close()

    def return_datagram(self, content: bytes, descriptor: int | None) -> None:
        """Put anything into the socket that connections come back by."""
        control = []
        if descriptor is not None:
            rights = descriptor.to_bytes(4, sys.byteorder)
            control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
        self.sockets["return"].sendmsg([content], control)

    def sign_in(
        self, name: str, role: people.Role = "spotter", kind: people.Kind = "session"
    ) -> str:
        """Add a user and return a secret of theirs."""
        user = people.User(name=name, role=role, scope=None)
        self.store.write_one(1.0, lambda tx: people.add_user(tx, user, HASH, "test"))
        return self.issue(name, kind)

    def issue(self, name: str, kind: people.Kind = "session", lasts_s: float = 1e10) -> str:
        """Return a secret of a user's."""
        secret: str = self.store.write_one(1.0, lambda tx: people.issue(tx, kind, name, lasts_s))
        return secret

    def __enter__(self) -> Self:
        """Nothing to do: it is open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        for sock in self._open:
            sock.close()
        self.store.close()


@contextmanager
def door(directory: Path, **web: Any) -> Iterator[Door]:
    """Run the parser for the time of a test."""
    settings = Settings(web=Web(**web))
    (directory / "alarm").mkdir()
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    back, returned = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sockets = {"web": listening, "returned": returned, "return": back}
    for sock in sockets.values():
        sock.setblocking(False)
    numbers = {name: sock.fileno() for name, sock in sockets.items()}
    try:
        with (
            controlling(
                HTTP_PARSER, directory, sockets=numbers, content=encode_body(settings)
            ) as controller,
            Door(controller, directory, sockets) as made,
        ):
            yield made
    finally:
        for sock in sockets.values():
            sock.close()


def descriptors_of(pid: int) -> int:
    """Count what a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names only


__all__ = ["PASSWORD", "Asked", "Client", "Door", "descriptors_of", "door"]
