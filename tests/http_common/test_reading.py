"""Bytes to one request: whole, in pieces, and what is refused at which byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_common import reading as reading_module
from http_common.grammar import FIELDS_MAX, FRAMING_BYTES, check_begun
from http_common.reading import HEAD_BYTES, Head, Reading
from http_common.refused import Malformed

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMIT_BYTES = 100


def read(content: bytes, sizes: list[int] | None = None) -> tuple[Head, bytes, bytes] | None:
    """Return head, body and what is left of a request fed in pieces; None if it is not complete."""
    reading, head = Reading(), None
    while content:
        size = sizes.pop(0) if sizes else len(content)
        reading.feed(content[:size])
        content = content[size:]
        if head is None and (head := reading.head()) is not None:
            reading.expect_body(LIMIT_BYTES)
        if head is not None and (body := reading.body()) is not None:
            return head, body, reading.rest + content
    return None


def refused(content: bytes) -> int:
    """Return the status with which this is refused."""
    with pytest.raises(Malformed) as caught:
        read(content)
    return caught.value.status


def test_a_request_without_a_body_is_complete_with_its_head() -> None:
    """And what follows is left for the next."""
    found = read(GET + b"GET /b")
    assert found is not None
    assert (found[0].method, found[0].target, found[1], found[2]) == ("GET", "/a", b"", b"GET /b")


def test_a_body_is_as_long_as_its_head_says() -> None:
    """Not a byte more, whatever comes with it."""
    found = read(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET")
    assert found is not None
    assert found[1:] == (b"abc", b"GET")


def test_chunks_make_one_body() -> None:
    """Extensions and trailers say nothing here."""
    chunks = b'3\r\nabc\r\nA;x=1;y="\\" z"\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\nGET'
    found = read(CHUNKED + chunks)
    assert found is not None
    assert found[1:] == (b"abc0123456789", b"GET")


@given(st.lists(st.integers(1, 9)))
def test_the_sizes_of_pieces_make_no_difference(sizes: list[int]) -> None:
    """A byte at a time or whole: the same request comes of it (R25)."""
    content = b"\r\n" + CHUNKED + b"3\r\nabc\r\n1;a\r\nd\r\n0\r\n\r\nnext"
    assert read(content, sizes) == read(content)


@given(st.binary(max_size=300), st.lists(st.integers(1, 40)))
def test_whatever_comes_is_read_refused_or_not_complete(noise: bytes, sizes: list[int]) -> None:
    """No other exception, and the same outcome in pieces (R25)."""

    def outcome(of: list[int]) -> object:
        try:
            return read(CHUNKED + noise, of)
        except Malformed as error:
            return error.status

    assert (outcome([]) is None) == (outcome(sizes) is None)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1_0", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked", 501),
        (b"GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b", 400),
        (b"GET / HTTP/1.1\r\nHost : a", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01b", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nX: b", 400),
        (b"GET / HTTP/1.1\r\nHost: a\rX: b", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400),
        (b"GET / HTTP/1.1", 400),
        (b"GET  / HTTP/1.1\r\nHost: a", 400),
        (b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a", 400),
        (b"GET / HTTP/2.0\r\nHost: a", 505),
        (b"GET / HTTP/0.9\r\nHost: a", 505),
        (b"GET /", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: cake", 417),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(head: bytes, status: int) -> None:
    """Smuggling needs two readers who differ; we read what everybody reads alike."""
    assert refused(head + b"\r\n\r\n") == status


@pytest.mark.parametrize(
    "chunks",
    [
        b"g\r\n",
        b"-1\r\n",
        b"0x3\r\nabc",
        b"3 \r\nabc",
        b" 3\r\nabc",
        b"3\nabc",
        b"3\r\nabcd\r\n",
        b"3\r\nabc\n0",
        b"3;\r\nabc",
        b"3;a=\rb\r\n",
        b"ffffffffffffffff\r\n",
        b"3" + b";a" * 600,
        b"0\r\nX : 1\r\n\r\n",
        b"0\r\nX: 1\n\r\n",
        b"0\r\n" + b"X: 1\r\n" * 17,
    ],
)
def test_chunks_are_framed_exactly(chunks: bytes) -> None:
    """Bad sizes, blanks, bare LF, data that is longer than said, endless trailers."""
    assert refused(CHUNKED + chunks) == 400


@pytest.mark.parametrize("chunk", [b"1\r\na\r\n", b"1;a=" + b"b" * 900 + b"\r\na\r\n"])
def test_chunks_of_a_byte_each_are_refused_before_they_cost_anything(chunk: bytes) -> None:
    """A request costs what its bytes cost: some hundred chunks, not as many as a body has bytes."""
    reading = Reading()
    reading.feed(CHUNKED)
    assert reading.head() is not None
    reading.expect_body(16 * 1024)
    with pytest.raises(Malformed) as caught:
        reading.feed(chunk * (2 * FRAMING_BYTES // len(chunk)))
    assert caught.value.status == 400


def test_a_body_in_ordinary_chunks_is_read_however_long_it_is() -> None:
    """As programs write them that send lines or blocks."""
    lines = [b"x" * 120] * 5000
    reading = Reading()
    reading.feed(CHUNKED)
    assert reading.head() is not None
    reading.expect_body(1_000_000)
    for line in lines:
        reading.feed(b"%x\r\n%b\r\n" % (len(line), line))
        assert reading.body() is None
    reading.feed(b"0\r\n\r\nGET")
    assert reading.body() == b"".join(lines)
    assert reading.rest == b"GET"


def test_heads_are_bounded() -> None:
    """8 MB of head cost no more than the first 16 KiB."""
    reading = Reading()
    with pytest.raises(Malformed) as caught:
        feed_for_ever(reading)
    assert caught.value.status == 431
    assert len(reading._buffer) <= HEAD_BYTES + 1024


def test_fields_of_a_head_are_bounded() -> None:
    """A request costs what its bytes cost: four thousand empty fields are no head of a browser."""
    fields = b"".join(b"X%d:\r\n" % number for number in range(FIELDS_MAX - 1))
    assert read(b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n") is not None
    assert refused(b"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n" + fields + b"\r\n") == 431
    assert refused(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:\r\n" * 4000 + b"\r\n") == 431


def test_a_head_is_looked_at_once_however_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """By single bytes it costs what its bytes cost, not their square."""
    looked: list[int] = []

    def check(content: bytearray, looked_bytes: int = 0) -> None:
        looked.append(len(content) - looked_bytes)
        check_begun(content, looked_bytes)

    monkeypatch.setattr(reading_module, "check_begun", check)
    reading, head = Reading(), b"GET / HTTP/1.1\r\nX: " + b"a" * 4000
    for at in range(len(head)):
        reading.feed(head[at : at + 1])
        assert reading.head() is None
    assert sum(looked) == len(head)


@given(st.text("G /:\r\n\tab\x00\x7f", max_size=60), st.lists(st.integers(1, 9)))
def test_a_head_in_pieces_is_refused_as_it_is_whole(text: str, sizes: list[int]) -> None:
    """Each byte is looked at with the one before it, wherever pieces part."""

    def outcome(of: list[int]) -> object:
        try:
            return read(b"GET / HTTP/1.1\r\nHost: a\r\n" + text.encode() + b"\r\n\r\n", of)
        except Malformed as error:
            return error.status

    assert outcome(sizes) == outcome([])


def feed_for_ever(reading: Reading) -> None:
    reading.feed(b"GET / HTTP/1.1\r\n")
    while reading.head() is None:
        reading.feed(b"X: " + b"a" * 1019 + b"\r\n")


def test_bodies_are_bounded_also_where_their_length_is_not_said() -> None:
    """Chunks count as they come."""
    assert refused(CHUNKED + b"40\r\n" + b"x" * 64 + b"\r\n40\r\n" + b"x" * 64) == 413


def test_what_no_completion_can_make_a_head_is_refused_at_once() -> None:
    """A client that speaks something else does not wait for the deadline."""
    reading = Reading()
    reading.feed(b"GET / HTTP/1.1\nHo")
    with pytest.raises(Malformed, match="first line"):
        reading.head()


@pytest.mark.parametrize(
    ("version", "connection", "is_kept"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: x, Close\r\n", False),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
    ],
)
def test_a_connection_is_kept_as_its_client_wants(
    version: bytes, connection: bytes, *, is_kept: bool
) -> None:
    """By the version's default and the header."""
    found = read(b"GET / HTTP/" + version + b"\r\nHost: a\r\n" + connection + b"\r\n")
    assert found is not None
    assert found[0].is_kept is is_kept


def test_fields_that_came_before_are_read_as_the_first_time() -> None:
    """What is remembered changes nothing: not method and target, not what is refused."""
    fields = b"Host: a\r\nX-Remembered: yes\r\n\r\n"
    for line in (b"GET /a", b"GET /b?x=1", b"HEAD /c"):
        found = read(line + b" HTTP/1.1\r\n" + fields)
        assert found is not None
        assert (found[0].method, found[0].target) == tuple(line.decode().split())
        assert found[0].headers == {"host": "a", "x-remembered": "yes"}
        assert found[0].version == "1.1"
    for line in (b"GET  /a HTTP/1.1", b"GET /a b HTTP/1.1", b"G\x00T /a HTTP/1.1", b" HTTP/1.1"):
        assert refused(line + b"\r\n" + fields) == 400
    assert refused(b"GET /a HTTP/9.1\r\n" + fields) in (400, 505)
