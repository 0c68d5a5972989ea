"""An ASGI application that answers everything with the same bytes: uvicorn is measured with it."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]

_BODY = os.urandom(int(os.environ.get("SEDA_BENCH_BYTES", "54000")))
_START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"image/jpeg"),
        (b"content-length", str(len(_BODY)).encode()),
        (b"cache-control", b"no-store"),
    ],
}


async def application(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer a request, whatever it is."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(_START)
    await send({"type": "http.response.body", "body": _BODY})
