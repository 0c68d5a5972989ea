"""One connection to the operations address: HTTP by h11, bounded in bytes and in time.

Nobody has a reason to send a body here. A small one is read, so that the answer is not lost with
the connection's reset; a larger one is refused.
"""

import contextlib
from collections.abc import Callable
from email.utils import formatdate

import h11
import trio

from stages.live.answers import Answer

Answering = Callable[[str, str], Answer]

HEAD_BYTES = 16 * 1024
BODY_BYTES = 64 * 1024
READ_BYTES = 16 * 1024
IDLE_LIMIT_S = 15.0
"""Between requests; a scraper that comes less often connects anew."""
REQUEST_LIMIT_S = 5.0
"""From the first byte of a request to its last."""
ANSWER_LIMIT_S = 10.0


class Unwanted(Exception):
    """A request that is not answered as it asks, and after which the connection ends."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.answer = Answer(status, f"{words}\n".encode())


async def converse(stream: trio.abc.Stream, answering: Answering) -> None:
    """Answer requests until either side wants no more."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
    async with stream:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while await _exchange(stream, connection, answering):
                connection.start_next_cycle()


async def _exchange(
    stream: trio.abc.Stream, connection: h11.Connection, answering: Answering
) -> bool:
    """Answer one request; return whether the connection may go on."""
    try:
        request = await _request(stream, connection)
        if request is None:
            return False
        method, target = request.method.decode(), request.target.decode("ascii", "replace")
        await _send(stream, connection, answering(method, target))
    except h11.RemoteProtocolError as error:
        words = f"not understood: {error}\n".encode()
        await _send(stream, connection, Answer(error.error_status_hint, words), is_last=True)
    except Unwanted as refusal:
        await _send(stream, connection, refusal.answer, is_last=True)
    return connection.our_state is h11.DONE and connection.their_state is h11.DONE


async def _request(stream: trio.abc.Stream, connection: h11.Connection) -> h11.Request | None:
    """Return the next request, its body read, or None if there is none."""
    if not await _wait_begun(stream, connection):
        return None
    with trio.move_on_after(REQUEST_LIMIT_S):
        return await _read(stream, connection)
    raise Unwanted(408, f"the request took longer than {REQUEST_LIMIT_S:g} s")


async def _wait_begun(stream: trio.abc.Stream, connection: h11.Connection) -> bool:
    """Wait for the first byte of a request; tell whether it came."""
    if connection.trailing_data[0]:
        return True
    with trio.move_on_after(IDLE_LIMIT_S):
        content = await stream.receive_some(READ_BYTES)
        connection.receive_data(content)
        return bool(content)
    return False


async def _read(stream: trio.abc.Stream, connection: h11.Connection) -> h11.Request | None:
    request: h11.Request | None = None
    body_bytes = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                raise Unwanted(417, "nothing here takes a body")
            connection.receive_data(await stream.receive_some(READ_BYTES))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body_bytes += len(event.data)
            if body_bytes > BODY_BYTES:
                raise Unwanted(413, "nothing here takes a body")
        else:  # The end of the message, or of the connection between two.
            return request


async def _send(
    stream: trio.abc.Stream, connection: h11.Connection, answer: Answer, *, is_last: bool = False
) -> None:
    """Send the answer, if the connection is in a state to take one."""
    if connection.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
        return
    headers = [
        ("content-type", answer.content_type),
        ("content-length", str(len(answer.body))),
        ("date", formatdate(usegmt=True)),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ]
    headers += [("allow", answer.allow)] if answer.allow else []
    headers += [("connection", "close")] if is_last else []
    parts = [
        connection.send(h11.Response(status_code=answer.status, headers=headers)),
        # h11 knows that the answer to HEAD has no body, and leaves it out.
        connection.send(h11.Data(data=answer.body)),
        connection.send(h11.EndOfMessage()),
    ]
    with trio.move_on_after(ANSWER_LIMIT_S) as limit:
        await stream.send_all(b"".join(part for part in parts if part))
    if limit.cancelled_caught:
        raise trio.BrokenResourceError("the answer is not read")
