"""One connection: TLS on the client's side, plain bytes on the parser's, and what is bounded.

Each direction has one buffer of a fixed size besides those of the kernel: who does not take what
is sent makes the other side wait, and is let go after a while. A side that has said all says so to
the other, which may still answer (half close). The end is the parser's side: whoever answers ends
it by shutdown(), after which the client hears the close of TLS and the connection ends.
"""

import contextlib
import ssl
from collections.abc import Callable

import trio

HANDSHAKE_S = 10.0
"""From the connection to the first byte of HTTP."""
STALL_S = 30.0
"""A client that does not take one buffer in so long is gone; the answer's own deadline can not see
it, because for whoever writes the answer our buffers have taken it."""
BUFFER_BYTES = 16 * 1024
"""The largest record of TLS."""
_FAREWELL_S = 1.0
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


class Unfinished(Exception):
    """The client did not come to speak TLS."""


async def shake_hands(
    stream: trio.SocketStream, context: ssl.SSLContext
) -> trio.SSLStream[trio.SocketStream]:
    """Return the connection, encrypted, or raise Unfinished."""
    tls = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
    with trio.move_on_after(HANDSHAKE_S):
        try:
            await tls.do_handshake()
        except (*_GONE, ssl.SSLError) as error:
            raise Unfinished(str(error)) from None
        return tls
    raise Unfinished("it took too long")


async def relay(
    tls: trio.SSLStream[trio.SocketStream],
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
    tls: trio.SSLStream[trio.SocketStream], plain: trio.SocketStream, both: trio.CancelScope
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


async def say_farewell(tls: trio.SSLStream[trio.SocketStream]) -> None:
    """Close TLS, and let a client that is still sending hear it: unread bytes would reset it."""
    stream = tls.transport_stream
    with trio.move_on_after(_FAREWELL_S), contextlib.suppress(*_GONE, ssl.SSLError):
        await tls.unwrap()
    with trio.move_on_after(_FAREWELL_S), contextlib.suppress(*_GONE):
        await stream.send_eof()
        while await stream.receive_some(BUFFER_BYTES):
            pass
    await trio.aclose_forcefully(stream)
