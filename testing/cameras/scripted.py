"""A camera that does on cue what cameras do: a real server on loopback, scripted by a function.

    async with serving(script) as url: ...

The script gets each connection with its request read, and writes what it likes: bytes, nothing, or
too much. Ends with the block; nothing is left behind.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import trio

REQUEST_BYTES_MAX = 16 * 1024


@attrs.frozen
class Request:
    """What a client asked for."""

    path: str
    headers: dict[str, str]


@attrs.define
class Visit:
    """One request on one connection."""

    request: Request
    stream: trio.abc.Stream

    async def send(self, *parts: bytes) -> None:
        """Send these bytes."""
        for part in parts:
            await self.stream.send_all(part)

    async def answer(
        self,
        content: bytes = b"",
        content_type: str = "text/plain",
        status: int = 200,
        **headers: str,
    ) -> None:
        """Send a whole answer with its length."""
        extra = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        await self.send(
            f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\n{extra}"
            f"Content-Length: {len(content)}\r\n\r\n".encode(),
            content,
        )

    async def begin(self, content_type: str, **headers: str) -> None:
        """Send the head of an answer that ends with the connection."""
        extra = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        await self.send(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{extra}\r\n".encode())


Script = Callable[[Visit], Awaitable[None]]


@asynccontextmanager
async def serving(script: Script, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve the script on loopback; give the address without a path."""

    async def handle(stream: trio.abc.Stream) -> None:
        try:
            async with stream:
                while (request := await _read(stream)) is not None:
                    await script(Visit(request, stream))
        except (trio.BrokenResourceError, trio.ClosedResourceError, ssl.SSLError):
            pass  # the client left, as clients do

    plain = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = plain[0].socket.getsockname()[1]
    listeners: list[trio.abc.Listener[trio.abc.Stream]] = (
        [*plain] if context is None else [trio.SSLListener(item, context) for item in plain]
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, handle, listeners)
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{port}"
        nursery.cancel_scope.cancel()


async def _read(stream: trio.abc.Stream) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = await stream.receive_some()
        if not part or len(received) > REQUEST_BYTES_MAX:
            return None
        received += part
    lines = received.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): text
        for name, colon, text in (line.partition(": ") for line in lines[1:])
        if colon
    }
    return Request(lines[0].split()[1], headers)
