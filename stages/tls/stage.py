"""What the runtime calls: accepts on "tls", and gives the plain side of each connection on."""

import os
import socket
from functools import cache, partial

import attrs
import trio

from conf.schema import Settings
from http_common.accepting import accept
from http_common.connection_quota import ConnectionQuota, Limits
from http_common.origins import Proxies
from http_common.refused import BUSY
from http_common.signed_in_mark import signed_in_on
from http_common.strangers_time import Turns
from runtime.asynchronous import AsyncContext
from runtime.shelter import shelter
from runtime.work import Input, Received
from seda import logs
from seda.codec import decode_body
from seda.keys.certificate import Certificate, CertificateError, load
from seda.requests import Handover
from seda.stage_config import StageConfig
from stages.tls.relay import Unfinished, relay, say_farewell, shake_hands

LOOK_S = 2.0
"""How soon a certificate that was replaced is used."""
GRACE_S = 4.0
"""At a stop, for answers that are under way; the controller's patience is 5 s."""

HANDSHAKES_SHARE = 0.5
"""Of as many connections as there may be, how many more may shake hands: anybody can begin that and
leave it, so the slowest goes for the next, and connections that stand go for none."""

_log = logs.get(__name__)


class NotConfigured(Exception):
    """The stage runs without a certificate."""


@attrs.define(eq=False)
class _Line:
    """One connection."""

    address: str
    scope: trio.CancelScope = attrs.Factory(trio.CancelScope)
    plain: socket.socket | None = None
    """Our end of what goes to the parser; none before hands are shaken."""
    is_somebodys: bool = False
    """It was seen that somebody is signed in on it; that is looked at before it is ended."""


class Terminator:
    """One handler of the stage."""

    def __init__(self, context: AsyncContext) -> None:
        web = context.content(Settings).web
        if web.tls is None:
            raise NotConfigured("the stage tls needs web.tls in the configuration")
        self._context = context
        self._certificate = Certificate(web.tls)
        self._proxies = Proxies(web.trusted_proxies)
        share = max(web.connections_max // context.settings.handlers_max, 1)
        self._quota: ConnectionQuota[_Line] = ConnectionQuota(Limits.of(web, share))
        handshakes = max(int(share * HANDSHAKES_SHARE), 1)
        self._handshakes: ConnectionQuota[_Line] = ConnectionQuota(
            attrs.evolve(Limits.of(web, handshakes), strangers=handshakes)
        )
        self._turns = trio.StrictFIFOLock()
        self._id = f"{context.stage.name}:{os.urandom(8).hex()}:"
        self._last = 0

    async def run(self) -> None:
        """Terminate connections until told to stop, then let answers under way be taken."""
        context = self._context
        async with shelter(context.stopping) as scope, trio.open_nursery() as connections:
            self._connections = connections
            async with trio.open_nursery() as doors:
                doors.start_soon(self._watch_certificate)
                doors.start_soon(accept, context.sockets["tls"], self, Turns())
                await context.stopping.wait()
                doors.cancel_scope.cancel()
            scope.deadline = trio.current_time() + GRACE_S

    async def _watch_certificate(self) -> None:
        while True:
            await trio.sleep(LOOK_S)
            try:
                if self._certificate.refresh():
                    _log.info("the certificate was read anew")
            except CertificateError as error:
                self._context.count("certificates_refused")
                words = "the new certificate is not used, the one before goes on"
                _log.error(words, why=str(error))

    def count(self, name: str) -> None:
        """Count something odd."""
        self._context.count(name)

    def has_place(self) -> bool:
        """Return whether there is a place for one more."""
        return True  # the slowest that is not signed in goes for it

    async def wait_for_place(self) -> None:
        """Wait for nothing."""
        await trio.lowlevel.checkpoint()

    def begin(self, connection: socket.socket, address: str) -> None:
        """Take in a connection that was accepted."""
        line = _Line(address)
        self._end(self._handshakes.come(line, address, is_proxy=self._is_proxy(address)))
        self._connections.start_soon(self._terminate, connection, line)

    def _is_proxy(self, address: str) -> bool:
        return self._proxies.are_trusted(address)

    def _end(self, lost: list[_Line]) -> None:
        """End connections that have lost their places, but for those that are somebody's by now."""
        while lost:
            line = lost.pop()
            person = "" if line.plain is None or line.is_somebodys else signed_in_on(line.plain)
            if person:
                line.is_somebodys = True
                lost += self._quota.come(line, line.address, person)
            else:
                self._context.count("closed_for_others")
                line.scope.cancel()

    async def _terminate(self, connection: socket.socket, line: _Line) -> None:
        """Serve one connection, and close it whatever happens."""
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(connection))
        try:
            with line.scope:
                async with stream:
                    await self._serve(stream, line)
        except Exception:  # noqa: BLE001 - a bug must not take the other connections along
            _log.error("a connection failed", exc_info=True)
            self._context.count("failed")
        finally:
            self._handshakes.leave(line)
            self._quota.leave(line)

    async def _serve(self, stream: trio.SocketStream, line: _Line) -> None:
        try:
            tls = await shake_hands(stream, self._certificate.context, self._turns)
        except Unfinished:
            self._context.count("handshakes_failed")
            return
        address = line.address
        self._handshakes.leave(line)
        self._end(self._quota.come(line, address, is_proxy=self._is_proxy(address)))
        line.plain, theirs = socket.socketpair()
        with theirs:
            theirs.setblocking(False)
            is_given = self._give(theirs, address)
        plain = trio.SocketStream(trio.socket.from_stdlib_socket(line.plain))
        if is_given:
            await relay(tls, plain, self._context.stopping, partial(self._quota.renew, line))
            return
        self._context.count("refused_busy")
        async with plain:
            with trio.move_on_after(1.0):
                await tls.send_all(BUSY)
        await say_farewell(tls)

    def _give(self, connection: socket.socket, address: str) -> bool:
        """Pass the plain side to the parser; return whether there was room for it."""
        self._last += 1
        draft = self._context.output(
            "connection",
            f"{self._id}{self._last}",
            Handover(address),
            payloads=[Received("connection", 0, connection.fileno())],
            key=address,
        )
        return self._context.emit_nowait(draft)


_terminator = cache(Terminator)


def warm(config: StageConfig) -> None:
    """Say at the start already, and once for all handlers, what is wrong with the certificate."""
    web = decode_body(config.content, Settings).web
    if web.tls is None:
        raise NotConfigured("the stage tls needs web.tls in the configuration")
    load(web.tls)


async def serve(event: Input, context: AsyncContext) -> None:
    """Nothing is given to this stage."""
    context.count("unknown_events")
    event.close()
    await trio.lowlevel.checkpoint()


async def run(context: AsyncContext) -> None:
    """Terminate TLS for as long as the handler lives."""
    await _terminator(context).run()
