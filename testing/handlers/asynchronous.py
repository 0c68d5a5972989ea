"""Async stages for tests, apart because they need trio."""

import time

import attrs
import trio

from runtime import Input, Product
from runtime.asynchronous import AsyncContext
from seda.codec import encode_body
from testing.handlers.functions import Note

_released = trio.Event()


async def serve(event: Input, context: AsyncContext) -> list[Product] | None:
    """Do what the text says."""
    match event.body(Note).text.split():
        case ["wait"]:
            await _released.wait()
        case ["release"]:
            _released.set()
        case ["block"]:
            print("blocking")  # noqa: T201 - what is printed is what is tested
            time.sleep(60)  # noqa: ASYNC251 - the bug that is tested
        case ["forever"]:
            await trio.sleep_forever()
        case ["until", "stop"]:
            await context.stopping.wait()
        case ["raise"]:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_fail)
        case ["greet"]:
            stream = trio.SocketStream(
                trio.socket.from_stdlib_socket(event.payloads[0].take_connection())
            )
            async with stream:
                await stream.send_all(b"hello")
        case [("emit" | "attempt" | "misemit") as how, *_]:
            return await _emit(how, event, context)
    return [event.output("note", event.body(Note))]


async def _emit(how: str, event: Input, context: AsyncContext) -> list[Product] | None:
    """Emit as many outputs as the text says, waiting, or not waiting, or a wrong one."""
    count = int(event.body(Note).text.partition(" ")[2] or 1)
    drafts = [context.output("note", f"emitted-{n}", key="k") for n in range(count)]
    if how == "attempt":
        given = sum(context.emit_nowait(draft) for draft in drafts)
        return [event.output("note", Note(str(given)))]
    for draft in drafts:
        await context.emit(event.output("note") if how == "misemit" else draft)
    return None


async def _fail() -> None:
    raise ValueError("inside")


async def run(context: AsyncContext) -> None:
    """Answer on the listening socket, where the row has one, and say when told to end."""
    if not context.sockets:
        return
    listener = trio.SocketListener(trio.socket.from_stdlib_socket(context.sockets["door"]))
    try:
        await trio.serve_listeners(_welcome, [listener])
    finally:
        print("door closed")  # noqa: T201 - what is printed is what is tested


async def _welcome(stream: trio.SocketStream) -> None:
    await stream.send_all(b"welcome")
    await stream.aclose()


def serve_plainly(event: Input, context: AsyncContext) -> object:
    """Answer at once, or as `serve` does where the text says "later"."""
    first, _, rest = event.body(Note).text.partition(" ")
    if first == "later":
        return _serve_later(event, rest, context)
    if first == "raise":
        raise ValueError("inside")
    return [event.output("note", Note("at once"))]


async def _serve_later(event: Input, text: str, context: AsyncContext) -> object:
    """Serve the event as if it had another text."""
    inner = Input(attrs.evolve(event.header, body=encode_body(Note(text))), event.payloads)
    await serve(inner, context)
    return [event.output("note", Note("later"))]
