"""One connection from its first byte, or from its last answer, until its request is given on.

A connection does one request here. Then its descriptor travels, and if it is kept it comes back by
the socket "returned", to this handler or another. What is read is bounded in bytes and in time:
idle until a request begins, the head from its first byte, the body.
"""

import contextlib
import socket
from collections.abc import Callable

import attrs
import trio

from conf.schema import Web
from http_common.origins import Line
from http_common.reading import CONTINUE, Head, Reading
from http_common.refused import Malformed, Refused, TooSlow
from http_common.signed_in_mark import mark_signed_in
from http_common.strangers_time import Turn, Turns
from seda.requests import Client
from stages.http_parser.access_control import AccessControl, Admitted, Caller, Given, refusal
from stages.http_parser.passwords import Passwords

READ_BYTES = 16 * 1024
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Gone(Exception):
    """The client ended the connection."""


@attrs.frozen
class Rules:
    """What is the same for all connections of a handler."""

    web: Web
    access_control: AccessControl
    passwords: Passwords
    turns: Turns
    meet: Callable[["Connection"], None] = lambda _: None
    """Is told once it is known who sends a request that has not come whole yet."""


@attrs.define(eq=False)
class Connection:
    """A connection that this process holds."""

    socket: socket.socket
    line: Line
    reading: Reading = attrs.Factory(Reading)
    head: Head | None = None
    person: str = ""
    """Who was signed in with its last request of which the head was read."""

    def take_in(self) -> bool:
        """Take what has come; say whether a request has begun, or raise Gone."""
        if not self.reading.has_begun:  # or it was read ahead, and the client may have gone since
            with contextlib.suppress(BlockingIOError):
                self.reading.feed(self._receive_now())
        return self.reading.has_begun

    def read_now(self, rules: Rules) -> Given | None:
        """Return what becomes of a request that is here and has no body; None for others."""
        client = None
        try:
            self.head = head = self.reading.head()
            if head is None or head.body_bytes != 0:
                return None
            caller, client = self._look_at(head, rules)
            return self._given(client, _admit(rules, head, client, caller), b"")
        except Malformed as refused:
            return self._malformed(client, refused)

    async def read(self, rules: Rules) -> tuple[Given, bool]:
        """Return what becomes of the request that has begun, and whether passwords are in it."""
        turn = rules.turns.one_of_many()
        try:
            return await self._read(rules, turn)
        finally:
            turn.end()

    async def _read(self, rules: Rules, turn: Turn) -> tuple[Given, bool]:
        client = None
        try:
            head = self.head or await self._read_head(rules.web.head_s, turn)
            caller, client = self._look_at(head, rules)
            rules.meet(self)
            await self._wait_turn(turn)
            admitted = _admit(rules, head, client, caller)
            if isinstance(admitted, Refused) and not _is_worth_reading(head):
                return refusal(attrs.evolve(client, is_kept=False), admitted, b""), False
            limit_bytes = READ_BYTES
            if isinstance(admitted, Admitted):
                limit_bytes = admitted.route.body_bytes_max
            web = rules.web
            body_s = web.small_body_s if limit_bytes <= READ_BYTES else web.body_s
            body = await self._read_body(head, limit_bytes, body_s, turn)
        except Malformed as refused:
            return self._malformed(client, refused), False
        given = self._given(client, admitted, body)
        return given, rules.passwords.are_in(given)

    def _look_at(self, head: Head, rules: Rules) -> tuple[Caller, Client]:
        """Return the caller and the client, and note the person."""
        caller = rules.access_control.caller(head)
        if not caller.is_unknown:
            self._note(caller.person.name if caller.person else "")
        return caller, rules.access_control.client(head, self.line, self.person)

    def _note(self, person: str) -> None:
        if person and person != self.person and self.line.is_tls:
            mark_signed_in(self.socket, person)
        self.person = person

    def _malformed(self, client: Client | None, refused: Malformed) -> Given:
        ended = attrs.evolve(client or _unknown(self.line), is_kept=False)
        return refusal(ended, refused, b"")

    def _given(self, client: Client, admitted: Admitted | Refused, body: bytes) -> Given:
        rest = self.reading.rest
        if isinstance(admitted, Refused):
            return refusal(client, admitted, rest)
        try:
            return admitted.given(body, rest)
        except Refused as refused:
            return refusal(client, refused, rest)

    async def _wait_turn(self, turn: Turn) -> None:
        """Let others have their turn; strangers wait until it is theirs again."""
        if self.person:
            turn.end()
            await trio.lowlevel.checkpoint()
        else:
            await turn.next()

    async def _read_head(self, head_s: float, turn: Turn) -> Head:
        with trio.move_on_after(head_s):
            while (head := self.reading.head()) is None:
                self.reading.feed(await self._receive(turn))
            return head
        raise TooSlow(408, f"the head of the request took longer than {head_s:g} s")

    async def _read_body(self, head: Head, limit_bytes: int, body_s: float, turn: Turn) -> bytes:
        reading = self.reading
        reading.expect_body(limit_bytes)
        body = reading.body()
        if body is not None:
            return body
        if head.has_to_be_told:
            self.send(CONTINUE)
        with trio.move_on_after(body_s):
            while (body := reading.body()) is None:
                reading.feed(await self._receive(turn))
            return body
        raise TooSlow(408, f"the body of the request took longer than {body_s:g} s")

    async def _receive(self, turn: Turn) -> bytes:
        while True:
            # Before, not after: cancelled then, the bytes would be lost. Who always has more to
            # read lets the others have their turn, too.
            await self._wait_turn(turn)
            try:
                return self._receive_now()
            except BlockingIOError:
                turn.end()
                await trio.lowlevel.wait_readable(self.socket)

    def _receive_now(self) -> bytes:
        try:
            content = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            raise
        except OSError:
            raise Gone from None
        if not content:
            raise Gone
        return content

    def send(self, content: bytes) -> None:
        """Write a few bytes to a connection that has taken everything before; or it ends."""
        try:
            self.socket.send(content, socket.MSG_DONTWAIT)
        except OSError:
            return  # what is read next tells that it ended

    def shut(self) -> None:
        """End the connection for good; copies of the descriptor may be on their way."""
        with contextlib.suppress(OSError):  # the client was faster
            self.socket.shutdown(socket.SHUT_RDWR)


def _admit(rules: Rules, head: Head, client: Client, caller: Caller) -> Admitted | Refused:
    try:
        return rules.access_control.admit(head, client, caller)
    except Refused as refused:
        return refused


def _is_worth_reading(head: Head) -> bool:
    """Return whether a refused request's body is read, so that the connection can go on."""
    is_short = head.body_bytes is not None and head.body_bytes <= READ_BYTES
    return is_short and not (head.has_to_be_told and head.body_bytes)


def _unknown(line: Line) -> Client:
    """Return the client of a request that has no head."""
    return Client(line.peer, line.is_tls, "1.1", "GET", is_kept=False, peer=line.peer)
