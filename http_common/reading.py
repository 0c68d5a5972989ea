"""Bytes to one request, by h11 and without any socket.

A reading is fed what comes. It gives the head as soon as it is complete, so that a request can be
refused before its body is read, then the body whole. What came beyond the request is `rest`. A
connection has a reading for each of its requests: between two of them it may be anywhere.

A browser sends the same fields with most of its requests. What h11 made of them is remembered by
their bytes, so that of a request without a body that came like another only its first line is new.
"""

import re
from collections import OrderedDict
from typing import Literal

import attrs
import h11

from http_common.grammar import FIRST_LINE, ChunkedBody, check_begun, check_head
from http_common.refused import Malformed, Refused

HEAD_BYTES = 16 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_EMPTY_LINES_MAX = 2
"""Before a request they are let pass (RFC 9112, 2.2), not for ever."""
_VERSION_BYTES = len(b"HTTP/1.1")
_LENGTH = re.compile(r"[0-9]{1,15}")
_REMEMBERED_MAX = 512
_REMEMBERED_BYTES = 2048
"""Of a head's fields; together with the number this bounds what is remembered to some megabytes."""


@attrs.frozen
class Head:
    """What stands before a request's body."""

    method: str
    target: str
    version: Literal["1.0", "1.1"]
    headers: dict[str, str]
    """By name in lower case; of those that came several times the values with commas between."""
    is_kept: bool
    """The client wants to go on with the connection."""
    body_bytes: int | None
    """None where only the body's end tells: it comes in chunks."""
    has_to_be_told: bool
    """The client sends the body once it is told to (Expect: 100-continue)."""


class Reading:
    """One request in the making."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._looked_bytes = 0
        self._empty_lines = 0
        self._http: h11.Connection | None = None
        self._chunks: ChunkedBody | None = None
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._limit_bytes = 0
        self._has_body = True

    @property
    def has_begun(self) -> bool:
        """Return whether there is a byte of a request."""
        return bool(self._buffer) and self._buffer != b"\r"

    def feed(self, content: bytes) -> None:
        """Take what came."""
        if self._http is None or not self._has_body:
            self._buffer += content
            self._skip_empty_lines()
        else:
            self._feed_body(content)

    def head(self) -> Head | None:
        """Return the head once it is complete."""
        end = self._buffer.find(b"\r\n\r\n", max(self._looked_bytes - 3, 0)) + 4
        if end < 4:
            # Not the whole of it: a head that comes by single bytes would cost their square.
            check_begun(self._buffer, self._looked_bytes)
            self._looked_bytes = end = len(self._buffer)
        if end > HEAD_BYTES:
            raise Malformed(431, f"a request's head may have {HEAD_BYTES} bytes")
        if self._looked_bytes == end:
            return None
        return self._read_head(end)

    def _read_head(self, end: int) -> Head:
        content = bytes(self._buffer[:end])
        head = _known.head(content)
        if head is not None:
            del self._buffer[:end]
            self._has_body = False
            return head
        check_head(content)
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        try:
            self._http.receive_data(content)
            request = self._http.next_event()
        except h11.RemoteProtocolError as error:
            raise Malformed(error.error_status_hint, f"the request is not HTTP: {error}") from None
        assert isinstance(request, h11.Request)  # noqa: S101 - a complete head is nothing else
        head = _head(request)
        del self._buffer[:end]
        self._has_body = head.body_bytes != 0  # most have none, and h11 need not be asked for it
        if head.body_bytes is None:
            self._chunks = ChunkedBody()
        _known.note(content, head)
        return head

    def expect_body(self, limit_bytes: int) -> None:
        """Begin to read the body; more than this is refused."""
        self._limit_bytes = limit_bytes
        if self._has_body:
            self._feed_body(bytes(self._buffer))
            self._buffer.clear()

    def body(self) -> bytes | None:
        """Return the body once it is complete."""
        if not self._has_body:
            return b""
        if self._chunks is not None:
            return self._whole(self._chunks)
        assert self._http is not None  # noqa: S101 - the head comes first
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise Malformed(400, f"the body is not as its head says: {error}") from None
            if isinstance(event, h11.Data):
                self._collect(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return b"".join(self._body)
            else:
                return None

    @property
    def rest(self) -> bytes:
        """Return what came beyond the request, once its body was returned."""
        if not self._has_body:
            return bytes(self._buffer)
        if self._chunks is not None:
            return self._chunks.rest
        assert self._http is not None  # noqa: S101 - the head comes first
        return bytes(self._http.trailing_data[0])

    def _skip_empty_lines(self) -> None:
        while self._buffer[:2] == b"\r\n" and self._empty_lines < _EMPTY_LINES_MAX:
            del self._buffer[:2]
            self._empty_lines += 1

    def _feed_body(self, content: bytes) -> None:
        if not content:
            return
        if self._chunks is not None:
            self._chunks.feed(content)
            return
        assert self._http is not None  # noqa: S101 - the head comes first
        self._http.receive_data(content)

    def _whole(self, chunks: ChunkedBody) -> bytes | None:
        if len(chunks.data) > self._limit_bytes:
            raise too_large(self._limit_bytes, Malformed)
        return bytes(chunks.data) if chunks.is_over else None

    def _collect(self, content: bytes) -> None:
        self._body_bytes += len(content)
        if self._body_bytes > self._limit_bytes:
            raise too_large(self._limit_bytes, Malformed)
        self._body.append(content)


class _Known:
    """Heads without a body, by version and fields."""

    def __init__(self) -> None:
        self._heads: OrderedDict[bytes, Head] = OrderedDict()

    def head(self, content: bytes) -> Head | None:
        """Return the head if all but its method and target were seen before."""
        first, fields = _split(content)
        known = self._heads.get(fields)
        found = None if known is None else FIRST_LINE.fullmatch(first)
        if known is None or found is None:
            return None
        self._heads.move_to_end(fields)
        return Head(
            method=found[1].decode("ascii"),
            target=found[2].decode("ascii"),
            version=known.version,
            headers=known.headers,
            is_kept=known.is_kept,
            body_bytes=0,
            has_to_be_told=known.has_to_be_told,
        )

    def note(self, content: bytes, head: Head) -> None:
        """Remember a head that h11 has read."""
        _, fields = _split(content)
        is_bare = head.body_bytes == 0 and "content-length" not in head.headers
        if is_bare and len(fields) <= _REMEMBERED_BYTES:
            self._heads[fields] = head
        if len(self._heads) > _REMEMBERED_MAX:
            self._heads.popitem(last=False)


_known = _Known()


def _split(content: bytes) -> tuple[bytes, bytes]:
    """Return a head's first line, and from its version on what may be the same for another."""
    end = content.find(b"\r\n")
    return content[:end], content[end - _VERSION_BYTES :]


def too_large(limit_bytes: int, kind: type[Refused] = Refused) -> Refused:
    """Return the refusal of a body that is larger than it may be."""
    return kind(413, f"a body may have {limit_bytes} bytes here")


def _head(request: h11.Request) -> Head:
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
        headers[name] = value
    version = _version(request.http_version)
    return Head(
        method=request.method.decode("ascii"),
        target=request.target.decode("ascii"),
        version=version,
        headers=headers,
        is_kept=_is_kept(headers.get("connection", ""), version),
        body_bytes=_body_bytes(headers, version),
        has_to_be_told=_has_to_be_told(headers, version),
    )


def _version(version: bytes) -> Literal["1.0", "1.1"]:
    match version:
        case b"1.1":
            return "1.1"
        case b"1.0":
            return "1.0"
        case _:
            raise Malformed(505, "this server speaks HTTP/1.1")


def _is_kept(connection: str, version: str) -> bool:
    if not connection:
        return version == "1.1"
    wanted = {word.strip() for word in connection.lower().split(",")}
    return "close" not in wanted and (version == "1.1" or "keep-alive" in wanted)


def _body_bytes(headers: dict[str, str], version: str) -> int | None:
    """Return the body's length, said once and in one way."""
    length = headers.get("content-length")
    if "transfer-encoding" in headers:
        if length is not None or version == "1.0":
            raise Malformed(400, "a body's length is said either by Content-Length or by chunks")
        return None
    if length is None:
        return 0
    if _LENGTH.fullmatch(length) is None:
        raise Malformed(400, "Content-Length has to be one number")
    return int(length)


def _has_to_be_told(headers: dict[str, str], version: str) -> bool:
    expected = headers.get("expect")
    if expected is None or version == "1.0":
        return False
    if expected.lower() != "100-continue":
        raise Malformed(417, "only Expect: 100-continue is understood")
    return True
