"""What the runtime calls: `run` accepts and takes back connections, `serve` takes those of TLS.

A handler holds the connections that wait for a request or send one. At a stop it gives back those
between two requests, so that another handler goes on with them, and finishes the others.
"""

import os
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from functools import cache

import trio

from conf.schema import Settings
from http_common.accepting import AT_ONCE, accept
from http_common.connection_quota import ConnectionQuota, Limits
from http_common.origins import Line
from http_common.refused import BUSY, Refused, TooSlow
from http_common.strangers_time import Turns
from runtime.asynchronous import AsyncContext
from runtime.shelter import shelter
from runtime.work import Draft, Input, Received
from seda import logs
from seda.codec import Undecodable, decode_body, encode_body
from seda.requests import Client, Handover
from stages.http_parser.access_control import AccessControl, Given, refusal
from stages.http_parser.connection import TOO_SLOW, Connection, Gone, Rules
from stages.http_parser.credential_cache import CredentialCache
from stages.http_parser.idle import Idle
from stages.http_parser.passwords import Passwords
from stages.http_parser.waiting_strangers import WAITING_MAX
from store.file.places import store_path

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
        credentials = CredentialCache(store_path(context.directory.parent))
        self._context = context
        share = max(web.connections_max // context.settings.handlers_max, 1)
        passwords = Passwords(credentials, web.sign_in_tries, min(WAITING_MAX, share // 2))
        self._turns = turns = Turns()
        self._rules = Rules(web, AccessControl(web, credentials), passwords, turns, self._meet)
        self._quota: ConnectionQuota[Connection] = ConnectionQuota(Limits.of(web, share))
        self._idle = Idle(web.idle_s)
        self._idle_people = Idle(web.idle_s)
        """Apart, so that nobody who is signed in waits behind strangers to be heard."""
        self._ahead: deque[Connection] = deque()
        """Strangers who have sent something, in the order in which it was seen."""
        self._has_ahead = trio.Event()
        self._has_place = trio.Event()
        self._id = f"{context.stage.name}:{os.urandom(8).hex()}:"
        self._last = 0
        self._nursery: trio.Nursery | None = None
        self._is_stopping = self._is_over = False

    async def run(self) -> None:
        """Serve until told to stop, then let what has begun finish."""
        async with shelter(self._context.stopping) as scope:
            await self._hold(scope)
            self._is_over = True

    async def _hold(self, scope: trio.CancelScope) -> None:
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            async with trio.open_nursery() as doors:
                if web := self._context.sockets.get("web"):
                    doors.start_soon(accept, web, self, self._turns)
                doors.start_soon(self._take_back, self._context.sockets["returned"])
                doors.start_soon(self._catch_up)
                doors.start_soon(self._watch, self._idle_people, self._advance)
                doors.start_soon(self._watch, self._idle, self._line_up)
                for idle in (self._idle_people, self._idle):
                    doors.start_soon(self._end_overdue, idle)
                await self._context.stopping.wait()
                doors.cancel_scope.cancel()
            self._is_stopping = True
            while self._ahead:
                self._advance(self._ahead.popleft())
            scope.deadline = trio.current_time() + GRACE_S
            for connection in self._idle_people.take_all() + self._idle.take_all():
                self._release(connection)

    async def _watch(self, idle: Idle, go_on: Callable[[Connection], None]) -> None:
        """Go on with whoever sends."""
        while True:
            await trio.lowlevel.wait_readable(idle)
            for connection in idle.take_ready():
                go_on(connection)
            await trio.lowlevel.checkpoint()

    def _line_up(self, connection: Connection) -> None:
        """Have a stranger who has sent something wait for a turn."""
        self._ahead.append(connection)
        self._has_ahead.set()

    async def _catch_up(self) -> None:
        """Go on with strangers who have sent something."""
        turn = self._turns.lane()
        while True:
            await self._has_ahead.wait()
            await turn.next()
            self._advance(self._ahead.popleft())  # one at least, however slow the machine is
            while self._ahead and turn.has_time:
                self._advance(self._ahead.popleft())
            turn.end()
            if not self._ahead:
                self._has_ahead = trio.Event()

    async def _end_overdue(self, idle: Idle) -> None:
        """End connections that ask for nothing."""
        while True:
            now_s = trio.current_time()
            for connection in idle.take_overdue(now_s):
                self._end(connection)
            await trio.sleep_until(idle.next_s(now_s))

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
        self._begin(Connection(connection, Line(address)), is_new=True)

    def has_place(self) -> bool:
        """Return whether there is a place for one more."""
        return self._quota.has_place

    async def wait_for_place(self) -> None:
        """Wait until there is a place, or somebody who can lose theirs."""
        while not self._quota.has_place:
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
            begun = Connection(connection, line, person=client.person)
        except Undecodable:
            self._context.count("returned_undecodable")
            connection.close()
            return
        begun.reading.feed(client.read_ahead)
        self._begin(begun)

    def _begin(self, connection: Connection, *, is_new: bool = False) -> None:
        if self._is_over:
            connection.shut()
            connection.socket.close()
            return
        peer, access_control = connection.line.peer, self._rules.access_control
        lost = self._quota.come(
            connection, peer, connection.person, is_proxy=access_control.is_proxy(peer)
        )
        self._close_for_others(lost, connection)
        if connection in lost:
            self._end(connection)
        elif is_new or (connection.reading.has_begun and (connection.person or self._is_stopping)):
            # A newcomer is heard at once: among many it could have to go before it was.
            self._advance(connection)
        elif connection.reading.has_begun:
            self._line_up(connection)
        else:
            self._rest(connection)

    def _rest(self, connection: Connection) -> None:
        if self._is_stopping:
            self._release(connection)
        else:
            idle = self._idle_people if connection.person else self._idle
            idle.enter(connection, trio.current_time())
            self._has_place.set()  # it may have to go for another

    def _meet(self, connection: Connection) -> None:
        """Give a connection its place among people, or among strangers."""
        lost = self._quota.meet(connection, connection.person)
        self._close_for_others(lost)

    def _close_for_others(self, lost: list[Connection], newcomer: Connection | None = None) -> None:
        """End connections that have lost their places."""
        for connection in lost:
            self._context.count("closed_for_others")
            if connection.reading.has_begun:
                connection.send(BUSY)
            if self._idle.take(connection) or self._idle_people.take(connection):
                self._end(connection)
            elif connection is not newcomer:
                connection.shut()  # its task reads the end, and closes it

    def _advance(self, connection: Connection) -> None:
        """Give a request on that is here; what has to be waited for gets a task."""
        born_s = time.monotonic()
        try:
            if not connection.take_in():
                self._rest(connection)
                return
            given = connection.read_now(self._rules)
            if given is not None and self._context.emit_nowait(
                self._draft(given, connection, born_s)
            ):
                self._leave(connection)
                return
        except Gone:
            self._end(connection)
        except Exception:  # noqa: BLE001 - a bug must not take the other connections along
            self._fail(connection)
        else:
            assert self._nursery is not None  # noqa: S101 - only what `run` started gets here
            self._nursery.start_soon(self._converse, connection, given, born_s)

    def _leave(self, connection: Connection) -> None:
        """Close our copy of a connection; other copies stay open."""
        connection.socket.close()
        self._quota.leave(connection)
        self._has_place.set()

    def _end(self, connection: Connection) -> None:
        connection.shut()
        self._leave(connection)

    def _release(self, connection: Connection) -> None:
        """At a stop: leave an idle connection to another handler."""
        if not self._give_back(connection):
            connection.shut()
        self._leave(connection)

    def _fail(self, connection: Connection) -> None:
        _log.error("a request could not be read", exc_info=True)
        self._context.count("failed")
        self._end(connection)

    async def _converse(self, connection: Connection, given: Given | None, born_s: float) -> None:
        """Do one request, and close our copy of the connection whatever happens."""
        try:
            is_over = await self._exchange(connection, given, born_s)
        except (Gone, OSError):
            is_over = True
        except Exception:  # noqa: BLE001 - a bug must not take the other connections along
            self._fail(connection)
            return
        except BaseException:
            self._end(connection)
            raise
        if is_over:
            self._end(connection)
        else:
            self._leave(connection)

    async def _exchange(self, connection: Connection, given: Given | None, born_s: float) -> bool:
        """Read a request and give it on; tell whether the connection is over."""
        if given is None:
            try:
                given, has_password = await connection.read(self._rules)
            except TooSlow:
                self._context.count("closed_too_slow")
                connection.send(TOO_SLOW)
                return True
            if has_password:
                self._quota.settle(connection)
                given = await self._treat(given)
        self._quota.settle(connection)
        if await self._give(self._draft(given, connection, born_s)):
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

    def _draft(self, given: Given, connection: Connection, born_s: float) -> Draft:
        """Draft an ask with a copy of its connection."""
        self._last += 1
        copied = Received("connection", 0, connection.socket.fileno())
        return self._context.output(
            given.kind,
            f"{self._id}{self._last}",
            given.ask,
            payloads=[copied, given.payload] if given.payload else [copied],
            to=given.to,
            key=given.key,
            born_s=born_s,
        )

    async def _give(self, draft: Draft) -> bool:
        """Pass an ask on; return whether there was room for it."""
        if self._context.emit_nowait(draft):
            return True
        with trio.move_on_after(PATIENCE_S):
            await self._context.emit(draft)
            return True
        return False

    def _give_back(self, connection: Connection) -> bool:
        """Leave a connection between two requests to another handler; say whether that went."""
        line = connection.line
        client = Client(
            line.peer,
            line.is_tls,
            "1.1",
            "",
            is_kept=True,
            peer=line.peer,
            person=connection.person,
        )
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
