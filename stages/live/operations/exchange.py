"""One connection to the operations address: HTTP by h11, bounded in bytes and in time.

Nobody has a reason to send a body here. A small one is read, so that the answer is not lost with
the connection's reset; a larger one is refused.
"""

import contextlib
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

import h11
import trio

from seda import logs
from stages.live.operations.answers import Answer
from stages.live.operations.hosts import is_ours

Answering = Callable[[str, str], Answer]
"""answering(method, target): the answer to a request."""

HEAD_BYTES = 16 * 1024
BODY_BYTES = 64 * 1024
READ_BYTES = 16 * 1024
IDLE_LIMIT_S = 15.0
"""Between requests; a scraper that comes less often connects anew."""
REQUEST_LIMIT_S = 5.0
"""From the first byte of a request to its last."""
ANSWER_LIMIT_S = 10.0

_log = logs.get(__name__)


class Unwanted(Exception):
    """A request that is not answered as it asks, and after which the connection ends."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.answer = Answer(status, f"{words}\n".encode())


class Conversation:
    """Requests and answers on one connection."""

    def __init__(
        self, stream: trio.abc.Stream, answering: Answering, hosts: frozenset[str] = frozenset()
    ) -> None:
        self._hosts = hosts
        self._stream = stream
        self._answering = answering
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self._method = ""

    async def run(self) -> None:
        """Answer requests until either side wants no more."""
        async with self._stream:
            with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                while await self._exchange():
                    self._http.start_next_cycle()
                    self._method = ""

    async def _exchange(self) -> bool:
        """Answer one request; return whether the connection may go on."""
        try:
            request = await self._request()
            if request is None:
                return False
            self._check_host(request)
            await self._send(self._answer(request.target.decode("ascii", "replace")))
        except h11.RemoteProtocolError as error:
            words = f"not understood: {error}\n".encode()
            await self._send(Answer(error.error_status_hint, words), is_last=True)
        except Unwanted as refusal:
            await self._send(refusal.answer, is_last=True)
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    def _check_host(self, request: h11.Request) -> None:
        """Raise Unwanted for a name that is not ours; HTTP/1.0 need not say any."""
        for name, value in request.headers:
            if name == b"host" and not is_ours(value.decode("latin-1"), self._hosts):
                words = "ask by number, as localhost, or by a name that web.hosts has"
                raise Unwanted(421, f"this is not served by that name: {words}")

    def _answer(self, target: str) -> Answer:
        try:
            return self._answering(self._method, target)
        except Exception:  # noqa: BLE001 - a page with a bug must not take the others along
            _log.error("an answer failed", target=target, exc_info=True)
            return Answer(500, b"this answer failed; the log says why\n")

    async def _request(self) -> h11.Request | None:
        """Return the next request, its body read, or None if there is none."""
        if not await self._wait_begun():
            return None
        with trio.move_on_after(REQUEST_LIMIT_S):
            return await self._read()
        raise Unwanted(408, f"the request took longer than {REQUEST_LIMIT_S:g} s")

    async def _wait_begun(self) -> bool:
        """Wait for the first byte of a request; tell whether it came."""
        if self._http.trailing_data[0]:
            return True
        with trio.move_on_after(IDLE_LIMIT_S):
            return await self._receive()
        return False

    async def _receive(self) -> bool:
        """Take in what comes next; tell whether it was more than the end."""
        content = bytes(await self._stream.receive_some(READ_BYTES))
        self._http.receive_data(content)
        return bool(content)

    async def _read(self) -> h11.Request | None:
        request: h11.Request | None = None
        body_bytes = 0
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    raise Unwanted(417, "nothing here takes a body")
                await self._receive()
            elif isinstance(event, h11.Request):
                if any(name == b"transfer-encoding" for name, _ in event.headers):
                    raise Unwanted(
                        413, "nothing here takes a body"
                    )  # each chunk costs, however small
                request = event
                self._method = event.method.decode()
            elif isinstance(event, h11.Data):
                body_bytes += len(event.data)
                if body_bytes > BODY_BYTES:
                    raise Unwanted(413, "nothing here takes a body")
            else:  # The end of the message, or of the connection between two.
                return request

    async def _send(self, answer: Answer, *, is_last: bool = False) -> None:
        """Send the answer, if the connection is in a state to take one."""
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        response = h11.Response(
            status_code=answer.status,
            reason=HTTPStatus(answer.status).phrase.encode(),
            headers=_headers(answer, is_last),
        )
        parts = [self._http.send(response)]
        if self._method != "HEAD":
            parts.append(self._http.send(h11.Data(data=answer.body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        with trio.move_on_after(ANSWER_LIMIT_S) as limit:
            await self._stream.send_all(b"".join(part for part in parts if part))
        if limit.cancelled_caught:
            raise trio.BrokenResourceError("the answer is not read")


def _headers(answer: Answer, is_last: bool) -> list[tuple[str, str]]:  # noqa: FBT001 - private
    headers = [
        ("content-type", answer.content_type),
        ("content-length", str(len(answer.body))),
        ("date", formatdate(usegmt=True)),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ]
    headers += [("allow", answer.allow)] if answer.allow else []
    headers += [("connection", "close")] if is_last else []
    return headers
