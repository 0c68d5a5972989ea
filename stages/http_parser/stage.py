"""What the runtime calls: `run` accepts and takes back connections, `serve` takes those of TLS.

A handler holds the connections that wait for a request or send one. At a stop it gives back those
between two requests, so that another handler goes on with them, and finishes the others.
"""

import os
import socket
import sys
import time
from functools import cache

import trio

from conf.schema import Settings
from seda import logs
from seda.codec import Undecodable, decode_body, encode_body
from seda.requests import Client, Handover
from stages.alarm.places import store_path
from stages.http_parser.accepting import AT_ONCE, accept
from stages.http_parser.connection import BUSY, TOO_SLOW, Connection, Gone, Rules
from stages.http_parser.door import Door, Given, refusal
from stages.http_parser.holders import Holders
from stages.http_parser.origins import Line
from stages.http_parser.passwords import Passwords
from stages.http_parser.places import Places
from stages.http_parser.reading import Reading
from stages.http_parser.refused import Refused, TooSlow
from stages.runtime.asynchronous import AsyncContext
from stages.runtime.shelter import shelter
from stages.runtime.work import Input, Received

GRACE_S = 3.0
"""At a stop, for requests that have begun; the controller's patience is 5 s."""
PATIENCE_S = 1.0
"""How long a request waits here for room in the ring before it is refused: many that come at once
are let in one after the other."""
_DATAGRAM_BYTES = 64 * 1024
_RIGHTS_BYTES = socket.CMSG_SPACE(4)

_log = logs.get(__name__)


class Parser:
    """One handler of the stage."""

    def __init__(self, context: AsyncContext) -> None:
        settings = context.content(Settings)
        web = settings.web
        holders = Holders(store_path(context.directory.parent))
        self._context = context
        self._rules = Rules(web, Door(web, holders), Passwords(holders, web.sign_in_tries))
        share = max(web.connections_max // context.settings.handlers_max, 1)
        self._places: Places[Connection] = Places(share, web.connections_per_address_max)
        self._has_place = trio.Event()
        self._id = f"{context.stage.name}:{os.urandom(8).hex()}:"
        self._last = 0
        self._nursery: trio.Nursery | None = None
        self._early: list[Connection] = []
        self._is_stopping = self._is_over = False

    async def run(self) -> None:
        """Serve until told to stop, then let what has begun finish."""
        async with shelter(self._context.stopping) as scope:
            await self._hold(scope)
            self._is_over = True

    async def _hold(self, scope: trio.CancelScope) -> None:
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            for connection in self._early:
                nursery.start_soon(self._converse, connection)
            async with trio.open_nursery() as doors:
                if web := self._context.sockets.get("web"):
                    doors.start_soon(accept, web, self)
                doors.start_soon(self._take_back, self._context.sockets["returned"])
                await self._context.stopping.wait()
                doors.cancel_scope.cancel()
            self._is_stopping = True
            scope.deadline = trio.current_time() + GRACE_S
            for connection in self._places.idle:
                connection.idle.cancel()

    def take(self, event: Input) -> None:
        """Take a connection of the TLS stage."""
        handover = event.body(Handover)
        connection = event.payloads[0].take_connection()
        self._begin(Connection(connection, Line(handover.address, is_tls=True)))

    def count(self, name: str) -> None:
        """Count something odd."""
        self._context.count(name)

    def begin(self, connection: socket.socket, address: str) -> None:
        """Take in a connection that was accepted."""
        self._begin(Connection(connection, Line(address)))

    def has_place(self) -> bool:
        """Say whether there is a place for one more."""
        return not self._places.is_full

    async def wait_for_place(self) -> None:
        """End the connection that is idle for longest, or wait for one that ends."""
        while self._places.is_full:
            await self._make_place()

    async def _make_place(self) -> None:
        if (longest := self._places.longest_idle()) is not None:
            self._context.count("closed_for_others")
            self._places.wake(longest)
            longest.is_given_up = True
            longest.idle.cancel()
        self._has_place = trio.Event()
        await self._has_place.wait()

    async def _take_back(self, returned: socket.socket) -> None:
        """Go on with connections whose requests were answered."""
        while True:
            await trio.lowlevel.wait_readable(returned)
            for _ in range(AT_ONCE):
                try:
                    content, control, flags, _ = returned.recvmsg(
                        _DATAGRAM_BYTES, _RIGHTS_BYTES, socket.MSG_CMSG_CLOEXEC
                    )
                except BlockingIOError:
                    break
                self._resume(content, control, flags)
            await trio.lowlevel.checkpoint()

    def _resume(self, content: bytes, control: list[tuple[int, int, bytes]], flags: int) -> None:
        """Make a connection of what the reply stage gave back."""
        rights = [data for level, kind, data in control if kind == socket.SCM_RIGHTS]
        if not rights or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            self._context.count("returned_without_descriptor")
            return
        connection = socket.socket(fileno=int.from_bytes(rights[0], sys.byteorder))
        try:
            client = decode_body(content, Client)
            line = Line(client.peer or client.address, connection.family == socket.AF_UNIX)
        except Undecodable:
            self._context.count("returned_undecodable")
            connection.close()
            return
        self._begin(Connection(connection, line, client.read_ahead), is_known=True)

    def _begin(self, connection: Connection, *, is_known: bool = False) -> None:
        peer = connection.line.peer
        if self._is_over:
            connection.end()
            return
        if not is_known and not self._may_come(peer):
            self._context.count("closed_too_many_of_address")
            connection.end()
            return
        self._places.enter(peer)
        if self._nursery is None:
            self._early.append(connection)
        else:
            self._nursery.start_soon(self._converse, connection)

    def _may_come(self, peer: str) -> bool:
        return self._rules.door.is_proxy(peer) or not self._places.has_too_many(peer)

    async def _converse(self, connection: Connection) -> None:
        """Do one request, and let go of the connection whatever happens."""
        try:
            is_over = await self._exchange(connection)
        except (Gone, OSError):
            is_over = True
        except Exception:  # noqa: BLE001 - a bug must not take the other connections along
            _log.error("a request could not be read", exc_info=True)
            self._context.count("failed")
            is_over = True
        except BaseException:
            connection.end()
            raise
        finally:
            self._places.wake(connection)
            self._places.leave(connection.line.peer)
            self._has_place.set()
        if is_over:
            connection.end()
        else:
            connection.socket.close()

    async def _exchange(self, connection: Connection) -> bool:
        """Read a request and give it on; tell whether the connection is over."""
        reading = Reading()
        self._places.rest(connection)
        self._has_place.set()  # it may have to go for another
        try:
            if self._is_stopping:
                connection.idle.cancel()
            await connection.wait_begun(reading, self._rules.web.idle_s)
        except Gone:
            is_given_back = self._is_stopping and not connection.is_given_up
            return not (is_given_back and self._give_back(connection))
        self._places.wake(connection)
        born_s = time.monotonic()
        try:
            given, has_password = await connection.read(reading, self._rules)
        except TooSlow:
            self._context.count("closed_too_slow")
            connection.send(TOO_SLOW)
            return True
        if has_password:
            given = await self._treat(given)
        if await self._give(given, connection, born_s):
            return False
        self._context.count("refused_busy")
        connection.send(BUSY)
        return True

    async def _treat(self, given: Given) -> Given:
        try:
            return await self._rules.passwords.treat(given)
        except Refused as refused:
            client = given.ask.client
            return refusal(client, refused, client.read_ahead)

    async def _give(self, given: Given, connection: Connection, born_s: float) -> bool:
        """Give an ask on with a copy of the connection; say whether there was room for it."""
        self._last += 1
        copied = Received("connection", 0, connection.socket.fileno())
        draft = self._context.output(
            given.kind,
            f"{self._id}{self._last}",
            given.ask,
            payloads=[copied, given.payload] if given.payload else [copied],
            to=given.to,
            key=given.key,
            born_s=born_s,
        )
        if self._context.emit_nowait(draft):
            return True
        with trio.move_on_after(PATIENCE_S):
            await self._context.emit(draft)
            return True
        return False

    def _give_back(self, connection: Connection) -> bool:
        """Leave a connection between two requests to another handler; say whether that went."""
        line = connection.line
        client = Client(line.peer, line.is_tls, "1.1", "", is_kept=True, peer=line.peer)
        rights = connection.socket.fileno().to_bytes(4, sys.byteorder, signed=True)
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
        try:
            self._context.sockets["return"].sendmsg(
                (encode_body(client),), control, socket.MSG_DONTWAIT
            )
        except OSError:
            return False
        return True


_parser = cache(Parser)


async def serve(event: Input, context: AsyncContext) -> None:
    """Take a connection that the TLS stage terminates."""
    _parser(context).take(event)
    await trio.lowlevel.checkpoint()


async def run(context: AsyncContext) -> None:
    """Accept, read and give on for as long as the handler lives."""
    await _parser(context).run()
