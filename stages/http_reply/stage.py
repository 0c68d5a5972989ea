"""What the runtime calls: `serve` writes an answer at once, `run` holds what takes longer.

An answer is written where it came, by a plain function: nearly all are taken by the connection's
buffer whole. What a client takes slowly, and what has to be read first, goes on in a task of its
own, and its event is settled meanwhile: there are never more of them than connections.
"""

import os
import secrets
import socket
import time
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

import msgspec
import trio

from conf.schema import Settings
from http_common.connection_quota import Limits
from http_common.heads import BadHeader, HeadBuilder, Header
from http_common.selection import http_date, select
from runtime.asynchronous import AsyncContext
from runtime.work import Draft, Input
from seda import logs
from seda.codec import decode_body
from seda.requests import Answer, Ask, Client, Undelivered
from seda.stage_config import StageConfig
from spotter_web import openapi, pages
from stages.http_reply.contents import JSON, NO_STORE, Content, Refusal
from stages.http_reply.reads import Library
from stages.http_reply.slow import Task, Tasks, linger, write_rest
from stages.http_reply.statics import Statics, file_of, read_folder
from stages.http_reply.writing import Truncated, Writing, give_back

GRACE_S = 4.0
"""At a stop, for what is being written; below the runtime's own."""
READ_LIMIT_S = 8.0
"""Of a read from store and files, its wait for a thread included."""
READ_THREADS = 4
_JPEG = "image/jpeg"

_log = logs.get(__name__)
_asks = msgspec.msgpack.Decoder(Ask)
_answers = msgspec.msgpack.Decoder(Answer)


class ReplyStage:
    """One handler's replies."""

    def __init__(self, context: AsyncContext) -> None:
        settings = context.content(Settings)
        self._context = context
        self._limit_s = settings.web.answer_s
        self._head_builder = HeadBuilder(settings.web.hsts_s)
        self._data = context.directory.parent
        self._returns = context.sockets["return"]
        self._library = Library(settings, self._data)
        self._limiter = trio.CapacityLimiter(READ_THREADS)
        self._date = (0, "")
        self.tasks = Tasks(Limits.of(settings.web, settings.web.connections_max))

    def take(self, event: Input) -> Draft | None:
        """Take an event with its connection; say so if it was a pair that nobody could get."""
        connection = event.payloads[0].take_connection()
        try:
            if event.header.kind == "ask":
                self._ask(connection, _asks.decode(event.header.body))
                return None
            answer = _answers.decode(event.header.body)
            writing = self._prepare(event, connection, answer)
        except BaseException:
            connection.close()
            raise
        writing.lease_id, writing.key = answer.lease_id, event.header.key
        if self._begin(writing) or not answer.lease_id:
            return None
        return event.output("undelivered", Undelivered(answer.lease_id))

    def _prepare(self, event: Input, connection: socket.socket, answer: Answer) -> Writing:
        """Return the writing of what another stage answers."""
        content = Content(JSON if event.header.kind == "answer" else _JPEG, answer.body)
        if answer.file:
            content = _open(Path(self._data, answer.file), content.media_type)
        elif len(event.payloads) > 1:
            memory = event.payloads[1]
            size_bytes = memory.size_bytes
            content = Content(content.media_type, b"", memory.take(), size_bytes)
        with content:
            headers = list(answer.headers)
            names = {name.lower() for name, _ in headers}
            if content.size_bytes and "content-type" not in names:
                headers.append(("Content-Type", content.media_type))
            if "cache-control" not in names:
                headers.append(("Cache-Control", NO_STORE))
            return self._writing(
                connection, answer.client, answer.status, headers, content, content.size_bytes
            )

    def _ask(self, connection: socket.socket, ask: Ask) -> None:
        """Answer what is in memory at once, and have the rest read."""
        client = ask.client
        try:
            content = self._known(ask)
        except Refusal as refusal:
            self._begin(self._refuse(connection, client, refusal))
            return
        if content is not None:
            self._begin(self._select(connection, client, content))
        elif ask.route == "refusal":
            answer = decode_body(ask.body, Answer)
            content = Content(JSON, answer.body)
            headers = (("Content-Type", JSON), ("Cache-Control", NO_STORE), *answer.headers)
            self._begin(
                self._writing(
                    connection, answer.client, answer.status, headers, content, len(answer.body)
                )
            )
        elif not self._hold(partial(self._read, connection, ask), connection, client):
            connection.close()

    def _known(self, ask: Ask) -> Content | None:
        """Return what is kept in memory; None for what has to be read."""
        accepted = ask.client.headers.get("accept-encoding", "")
        if ask.route == "static":
            name = pages.file_of(ask.path.get("file", ""))
            return _statics().find(name, accepted, ask.query.get("v", ""))
        if ask.route == "document":
            return _document().find("openapi.json", accepted, "")
        return None

    async def _read(self, connection: socket.socket, ask: Ask) -> None:
        """Have an answer read in a thread, then write it."""
        try:
            with trio.fail_after(READ_LIMIT_S):
                content = await self._library.find(ask, self._limiter)
            with content:
                writing = self._select(connection, ask.client, content)
        except Refusal as refusal:
            writing = self._refuse(connection, ask.client, refusal)
        except trio.TooSlowError:
            words = "reading this took too long: the store or its disk is busy; try again"
            late = Refusal(503, words, ("Retry-After", "2"))
            writing = self._refuse(connection, ask.client, late)
        except Exception as error:  # noqa: BLE001 - whatever a read meets, somebody waits
            _log.error("a read failed", route=ask.route, why=f"{type(error).__name__}: {error}")
            failed = Refusal(500, "this could not be read; what happened is in the log of seda")
            writing = self._refuse(connection, ask.client, failed)
        except BaseException:
            connection.close()
            raise
        await self._write(writing)

    def _select(self, connection: socket.socket, client: Client, content: Content) -> Writing:
        """Return the writing of what a client gets of a content."""
        asked = client.headers
        if client.method == "HEAD" and "range" in asked:
            asked = {name: value for name, value in asked.items() if name != "range"}
        chosen = select(
            content.size_bytes,
            content.etag,
            content.modified_s,
            asked,
            has_ranges=content.has_ranges,
        )
        if chosen.status == 416:
            words = f"there is no such part: this has {content.size_bytes} bytes"
            return self._refuse(connection, client, Refusal(416, words, *chosen.headers))
        headers: list[Header] = [("Cache-Control", content.keeping), *content.headers]
        headers += chosen.headers
        if chosen.status != 304:
            headers.append(("Content-Type", content.media_type))
        if content.etag:
            headers.append(("ETag", content.etag))
        if content.modified_s is not None:
            headers.append(("Last-Modified", http_date(content.modified_s)))
        if content.vary:
            headers.append(("Vary", content.vary))
        with content:
            return self._writing(
                connection,
                client,
                chosen.status,
                headers,
                content,
                chosen.size_bytes,
                first=chosen.first,
            )

    def _refuse(self, connection: socket.socket, client: Client, refusal: Refusal) -> Writing:
        content = refusal.content()
        headers = (("Content-Type", JSON), ("Cache-Control", NO_STORE), *refusal.headers)
        return self._writing(
            connection, client, refusal.status, headers, content, content.size_bytes
        )

    def _writing(  # noqa: PLR0913 - everything that makes an answer
        self,
        connection: socket.socket,
        client: Client,
        status: int,
        headers: Iterable[Header],
        content: Content,
        size_bytes: int,
        *,
        first: int = 0,
    ) -> Writing:
        try:
            head = self._head_builder.head(client, status, headers, size_bytes, self._now())
        except (BadHeader, UnicodeEncodeError) as error:
            _log.error("an answer with a bad header was refused", why=str(error))
            failed = Refusal(500, "the answer could not be written; what happened is in the log")
            return self._refuse(connection, client, failed)
        if client.method == "HEAD" or not size_bytes:
            return Writing(connection, client, head, is_refusal=status >= 400)
        if content.descriptor < 0:
            whole = head + content.body[first : first + size_bytes]
            return Writing(connection, client, whole, is_refusal=status >= 400)
        return Writing(
            connection, client, head, descriptor=content.take(), first=first, size_bytes=size_bytes
        )

    def _begin(self, writing: Writing) -> bool:
        """Write what the connection takes; False where the client is gone."""
        try:
            if writing.lease_id and writing.has_hung_up():
                raise BrokenPipeError
            if writing.advance():
                self._finish(writing)
                return True
        except (OSError, Truncated) as error:
            self._lose(writing, error)
            return False
        if self._hold(partial(self._write_slowly, writing), writing.connection, writing.client):
            return True
        writing.close()
        return False

    def _hold(self, task: Task, connection: socket.socket, client: Client) -> bool:
        """Let a connection be waited for; say whether there is a place for it."""
        lost = self.tasks.start(task, connection, client)
        if lost is None:
            self._context.count("closed_too_many")
            return False
        for _ in range(lost):
            self._context.count("closed_for_others")
        return True

    async def _write(self, writing: Writing) -> None:
        """Write an answer from within a task."""
        try:
            is_whole = writing.advance()
        except (OSError, Truncated) as error:
            self._lose(writing, error)
            return
        if is_whole:
            self._finish(writing)
        else:
            await self._write_slowly(writing)

    async def _write_slowly(self, writing: Writing) -> None:
        """Write the rest as the client takes it; tell assignment of a pair that was not taken."""
        self._context.count("slow_answers")
        is_whole = False
        try:
            is_whole = await write_rest(writing, self._limit_s)
            if is_whole:
                self._finish(writing)
            else:
                self._context.count("closed_too_slow")
        except (OSError, Truncated) as error:
            self._lose(writing, error)
        finally:
            if not is_whole:
                writing.close()
        if not is_whole and writing.lease_id:
            draft = self._context.output(
                "undelivered",
                f"undelivered-{secrets.token_hex(12)}",
                Undelivered(writing.lease_id),
                key=writing.key,
            )
            await self._context.emit(draft)

    def _finish(self, writing: Writing) -> None:
        """Give a kept connection back, end the others."""
        writing.close_content()
        if writing.client.is_kept:
            if not give_back(self._returns, writing):
                self._context.count("closed_returned_full")
                writing.close()
        elif not (writing.is_refusal and self._can_linger(writing)):
            writing.close()

    def _can_linger(self, writing: Writing) -> bool:
        return self._hold(partial(_linger, writing), writing.connection, writing.client)

    def _lose(self, writing: Writing, error: Exception) -> None:
        if isinstance(error, Truncated):
            _log.error("a content was shorter than its event said", why=str(error))
        self._context.count("closed_by_client" if isinstance(error, OSError) else "truncated")
        writing.close()

    def _now(self) -> str:
        """Return the date for the head, made once a second."""
        second = int(time.time())
        if self._date[0] != second:
            self._date = second, http_date(second)
        return self._date[1]


async def _linger(writing: Writing) -> None:
    try:
        await linger(writing)
    finally:
        writing.close()


def _open(path: Path, media_type: str) -> Content:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    return Content(media_type, b"", descriptor, os.fstat(descriptor).st_size)


@cache
def _statics() -> Statics:
    return read_folder()


@cache
def _document() -> Statics:
    """The document of the API is a file that is made instead of read."""
    body = msgspec.json.encode(openapi.document())
    return Statics({"openapi.json": file_of(body, ".json", None)})


_stage = cache(ReplyStage)


def warm(config: StageConfig) -> None:
    """Read and compress the console's files once for all handlers."""
    del config
    _statics()
    _document()


def serve(event: Input, context: AsyncContext) -> Draft | None:
    """Write one answer, or begin to."""
    return _stage(context).take(event)


async def run(context: AsyncContext) -> None:
    """Hold what takes longer than an event."""
    await _stage(context).tasks.run(context.stopping, GRACE_S)
