"""One connection: TLS on the client's side, plain bytes on the parser's, and what is bounded.

Each direction has one buffer of a fixed size besides those of the kernel: who does not take what
is sent makes the other side wait, and is closed after a while. A side that has said all says so to
the other, which may still answer (half close). The end is the parser's side: whoever answers ends
it by shutdown(), after which the client hears the close of TLS and the connection ends.
"""

import contextlib
import ssl
from collections.abc import Callable
from typing import TypeAlias

import trio

HANDSHAKE_S = 10.0
"""From the connection to the first byte of HTTP."""
STALL_S = 30.0
"""A client that does not take one buffer in so long is gone; the answer's own deadline cannot see
it, because for whoever writes the answer our buffers have taken it."""
BUFFER_BYTES = 16 * 1024
"""The largest record of TLS."""
_FAREWELL_S = 1.0
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


class Unfinished(Exception):
    """The client did not come to speak TLS."""


class OneByOne(trio.abc.ReceiveStream):
    """What a client says while hands are shaken: of many that speak at once one is heard at a time.

    An answer to a few hundred bytes takes a millisecond or two, and hundreds who send them at the
    same moment would be answered without anybody else having a turn in between.
    """

    def __init__(self, stream: trio.SocketStream, turns: trio.StrictFIFOLock) -> None:
        self._stream = stream
        self._turns: trio.StrictFIFOLock | None = turns

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Return what comes, in turn."""
        content = await self._stream.receive_some(max_bytes)
        if self._turns is not None:
            # Handed on when all others have had their turn, and left for the next one at once.
            async with self._turns:
                pass
        return content

    def end_turns(self) -> None:
        """From now on wait for nobody."""
        self._turns = None

    async def aclose(self) -> None:
        """End the connection."""
        await self._stream.aclose()


Transport: TypeAlias = trio.StapledStream[trio.SocketStream, OneByOne]


async def shake_hands(
    stream: trio.SocketStream, context: ssl.SSLContext, turns: trio.StrictFIFOLock
) -> trio.SSLStream[Transport]:
    """Return the connection, encrypted, or raise Unfinished."""
    heard = OneByOne(stream, turns)
    line = trio.StapledStream(stream, heard)
    tls = trio.SSLStream(line, context, server_side=True, https_compatible=True)
    with trio.move_on_after(HANDSHAKE_S):
        try:
            await tls.do_handshake()
        except (*_GONE, ssl.SSLError) as error:
            raise Unfinished(str(error)) from None
        heard.end_turns()
        return tls
    raise Unfinished("it took too long")


async def relay(
    tls: trio.SSLStream[Transport],
    plain: trio.SocketStream,
    stopping: trio.Event,
    note_answer: Callable[[], None] = lambda: None,
) -> None:
    """Carry bytes both ways until the plain side ends, or the client is gone.

    `note_answer` is called with each piece of an answer that comes.
    """
    async with plain, trio.open_nursery() as nursery:
        nursery.start_soon(_listen, tls, plain, nursery.cancel_scope)
        nursery.start_soon(_say_no_more, plain, stopping)
        with contextlib.suppress(*_GONE, trio.TooSlowError):
            while content := await plain.receive_some(BUFFER_BYTES):
                note_answer()
                with trio.fail_after(STALL_S):
                    await tls.send_all(content)
        nursery.cancel_scope.cancel()
    await say_farewell(tls)


async def _listen(
    tls: trio.SSLStream[Transport], plain: trio.SocketStream, both: trio.CancelScope
) -> None:
    """Carry what the client says; where it breaks off, both directions end."""
    try:
        while content := await tls.receive_some(BUFFER_BYTES):
            await plain.send_all(content)
        await plain.send_eof()
    except _GONE:
        both.cancel()


async def _say_no_more(plain: trio.SocketStream, stopping: trio.Event) -> None:
    """At a stop let the parser see an end: it finishes what has begun and waits for nothing."""
    await stopping.wait()
    with contextlib.suppress(*_GONE):
        await plain.send_eof()


async def say_farewell(tls: trio.SSLStream[Transport]) -> None:
    """Close TLS, and let a client that is still sending hear it: unread bytes would reset it."""
    stream = tls.transport_stream
    with trio.move_on_after(_FAREWELL_S), contextlib.suppress(*_GONE, ssl.SSLError):
        await tls.unwrap()
    with trio.move_on_after(_FAREWELL_S), contextlib.suppress(*_GONE):
        await stream.send_eof()
        while await stream.receive_some(BUFFER_BYTES):
            pass
    await trio.aclose_forcefully(stream)
