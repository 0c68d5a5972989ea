"""One connection from its first byte, or from its last answer, until its request is given on.

A connection does one request here. Then its descriptor travels, and if it is kept it comes back by
the socket "returned", to this handler or another. What is read is bounded in bytes and in time:
idle until a request begins, the head from its first byte, the body.
"""

import contextlib
import socket
from typing import Protocol

import attrs
import trio

from conf.schema import Web
from seda.requests import Client
from stages.http_parser.door import Admitted, Door, Given, refusal
from stages.http_parser.origins import Line
from stages.http_parser.passwords import Passwords
from stages.http_parser.reading import CONTINUE, Head, Reading
from stages.http_parser.refused import Malformed, Refused, TooSlow

READ_BYTES = 16 * 1024
_OVERLOADED = b"the server has too much to do; try again in a moment\n"
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-type: text/plain\r\n"
    b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
) % (len(_OVERLOADED), _OVERLOADED)
"""Written here, because what would write it is what has too much to do."""
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Gone(Exception):
    """The client ended the connection, or let too much time pass before it asked for anything."""


class Give(Protocol):
    """Gives an ask on with a copy of its connection; says whether there was room for it."""

    def __call__(self, given: Given, connection: socket.socket) -> bool:
        """Give it on."""


@attrs.frozen
class Rules:
    """What is the same for all connections of a handler."""

    web: Web
    door: Door
    passwords: Passwords


@attrs.define(eq=False)
class Connection:
    """A connection that this process holds."""

    socket: socket.socket
    line: Line
    read_ahead: bytes = b""
    idle: trio.CancelScope = attrs.Factory(trio.CancelScope)
    """Cancelled where the connection is to be given up while it waits for a request."""
    is_given_up: bool = False

    async def wait_begun(self, reading: Reading, idle_s: float) -> None:
        """Read until a request has begun, or raise Gone."""
        if self.read_ahead:
            reading.feed(self.read_ahead)
            self.read_ahead = b""
        self.idle.deadline = trio.current_time() + idle_s
        with self.idle:
            while not reading.has_begun:
                reading.feed(await self._receive())
            return
        raise Gone

    async def read(self, reading: Reading, rules: Rules) -> tuple[Given, bool]:
        """Return what becomes of the request that has begun, and whether passwords are in it."""
        head = client = None
        try:
            head = await self._read_head(reading, rules.web.head_s)
            client = rules.door.client(head, self.line)
            return await self._read_rest(reading, rules, head, client)
        except Malformed as refused:
            ended = attrs.evolve(client or _unknown(self.line), is_kept=False)
            return refusal(ended, refused, b""), False

    async def _read_head(self, reading: Reading, head_s: float) -> Head:
        with trio.move_on_after(head_s):
            while (head := reading.head()) is None:
                reading.feed(await self._receive())
            return head
        raise TooSlow(408, f"the head of the request took longer than {head_s:g} s")

    async def _read_rest(
        self, reading: Reading, rules: Rules, head: Head, client: Client
    ) -> tuple[Given, bool]:
        """Admit the request by its head, read its body, and say what is to be given on."""
        try:
            admitted: Admitted | Refused = rules.door.admit(head, client)
        except Refused as refused:
            admitted = refused
        if isinstance(admitted, Refused) and not _is_worth_reading(head):
            return refusal(attrs.evolve(client, is_kept=False), admitted, b""), False
        limit_bytes = READ_BYTES
        if isinstance(admitted, Admitted):
            limit_bytes = admitted.route.body_bytes_max
        body = await self._read_body(reading, head, limit_bytes, rules.web.body_s)
        rest = reading.rest
        if isinstance(admitted, Refused):
            return refusal(client, admitted, rest), False
        try:
            given = admitted.given(body, rest)
        except Refused as refused:
            return refusal(client, refused, rest), False
        return given, rules.passwords.are_in(given)

    async def _read_body(
        self, reading: Reading, head: Head, limit_bytes: int, body_s: float
    ) -> bytes:
        reading.expect_body(limit_bytes)
        body = reading.body()
        if body is not None:
            return body
        if head.has_to_be_told:
            self.send(CONTINUE)
        with trio.move_on_after(body_s):
            while (body := reading.body()) is None:
                reading.feed(await self._receive())
            return body
        raise TooSlow(408, f"the body of the request took longer than {body_s:g} s")

    async def _receive(self) -> bytes:
        while True:
            try:
                content = self.socket.recv(READ_BYTES)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self.socket)
                continue
            except OSError:
                raise Gone from None
            if not content:
                raise Gone
            # No checkpoint: cancelled after this, the bytes would be lost. Limits bound the loop.
            return content

    def send(self, content: bytes) -> None:
        """Write a few bytes to a connection that has taken everything before; or it ends."""
        try:
            self.socket.send(content, socket.MSG_DONTWAIT)
        except OSError:
            return  # what is read next tells that it ended

    def end(self) -> None:
        """End the connection for good; copies of the descriptor may be on their way."""
        with contextlib.suppress(OSError):  # the client was faster
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def _is_worth_reading(head: Head) -> bool:
    """Say whether a refused request's body is read, so that the connection can go on."""
    is_short = head.body_bytes is not None and head.body_bytes <= READ_BYTES
    return is_short and not (head.has_to_be_told and head.body_bytes)


def _unknown(line: Line) -> Client:
    """Return the client of a request that has no head."""
    return Client(line.peer, line.is_tls, "1.1", "GET", is_kept=False, peer=line.peer)
