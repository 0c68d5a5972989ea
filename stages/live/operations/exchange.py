"""One connection to the operations address: requests read as the parser does, bounded in time.

Nobody has a reason to send a body here. A small one is read, so that the answer is not lost with
the connection's reset; a larger one is refused.
"""

import contextlib
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

import trio

from http_common.reading import Head, Reading
from http_common.refused import Refused
from seda import logs
from stages.live.operations.answers import Answer
from stages.live.operations.hosts import is_ours

Answering = Callable[[str, str], Answer]
"""answering(method, target): the answer to a request."""

BODY_BYTES = 64 * 1024
READ_BYTES = 16 * 1024
IDLE_LIMIT_S = 15.0
"""Between requests; a scraper that comes less often connects anew."""
REQUEST_LIMIT_S = 5.0
"""From the first byte of a request to its last."""
ANSWER_LIMIT_S = 10.0

_log = logs.get(__name__)


class Conversation:
    """Requests and answers on one connection."""

    def __init__(
        self, stream: trio.abc.Stream, answering: Answering, hosts: frozenset[str] = frozenset()
    ) -> None:
        self._hosts = hosts
        self._stream = stream
        self._answering = answering
        self._read_ahead = b""

    async def run(self) -> None:
        """Answer requests until either side wants no more."""
        async with self._stream:
            with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                while await self._exchange():
                    pass

    async def _exchange(self) -> bool:
        """Answer one request; return whether the connection may go on."""
        reading = Reading()
        reading.feed(self._read_ahead)
        try:
            head = await self._request(reading)
            if head is None:
                return False
            self._check_host(head)
        except Refused as refusal:
            answer = Answer(refusal.status, f"{refusal.words}\n".encode())
            await self._send(_head_of(answer, is_last=True) + answer.body)
            return False
        answer = self._answer(head)
        content = b"" if head.method == "HEAD" else answer.body
        goes_on = head.is_kept and head.version == "1.1"
        await self._send(_head_of(answer, is_last=not goes_on) + content)
        self._read_ahead = reading.rest
        return goes_on

    def _check_host(self, head: Head) -> None:
        """Raise Refused for a name that is not ours; HTTP/1.0 need not say any."""
        if not is_ours(head.headers.get("host", "localhost"), self._hosts):
            words = "ask by number, as localhost, or by a name that web.hosts has"
            raise Refused(421, f"this is not served by that name: {words}")

    def _answer(self, head: Head) -> Answer:
        try:
            return self._answering(head.method, head.target)
        except Exception:  # noqa: BLE001 - a page with a bug must not take the others along
            _log.error("an answer failed", target=head.target, exc_info=True)
            return Answer(500, b"this answer failed; the log says why\n")

    async def _request(self, reading: Reading) -> Head | None:
        """Return the next request's head, its body read, or None if there is none."""
        with trio.move_on_after(IDLE_LIMIT_S):
            while not reading.has_begun:
                if not await self._receive(reading):
                    return None
        if not reading.has_begun:
            return None
        with trio.move_on_after(REQUEST_LIMIT_S):
            return await self._read(reading)
        raise Refused(408, f"the request took longer than {REQUEST_LIMIT_S:g} s")

    async def _receive(self, reading: Reading) -> bool:
        """Take in what comes next; tell whether it was more than the end."""
        content = bytes(await self._stream.receive_some(READ_BYTES))
        reading.feed(content)
        return bool(content)

    async def _read(self, reading: Reading) -> Head | None:
        while (head := reading.head()) is None:
            if not await self._receive(reading):
                return None
        if head.has_to_be_told:
            raise Refused(417, "nothing here takes a body")
        if head.body_bytes is None or head.body_bytes > BODY_BYTES:  # each chunk of one costs
            raise Refused(413, "nothing here takes a body")
        reading.expect_body(BODY_BYTES)
        while reading.body() is None:
            if not await self._receive(reading):
                return None
        return head

    async def _send(self, content: bytes) -> None:
        with trio.move_on_after(ANSWER_LIMIT_S) as limit:
            await self._stream.send_all(content)
        if limit.cancelled_caught:
            raise trio.BrokenResourceError("the answer is not read")


def _head_of(answer: Answer, *, is_last: bool) -> bytes:
    headers = [
        ("content-type", answer.content_type),
        ("content-length", str(len(answer.body))),
        ("date", formatdate(usegmt=True)),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        *([("allow", answer.allow)] if answer.allow else []),
        *([("connection", "close")] if is_last else []),
    ]
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
