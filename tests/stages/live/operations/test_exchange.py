"""HTTP on one connection: correct, bounded, and not to be upset."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import h11
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from http_common.reading import HEAD_BYTES
from stages.live.operations import exchange
from stages.live.operations.answers import Answer
from stages.live.operations.exchange import Conversation
from stages.live.operations.server import CONNECTIONS, serve_connections

GET = b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n"


def _answering(method: str, target: str) -> Answer:
    if target == "/bug":
        raise ZeroDivisionError
    return Answer(200, f"{method} {target}\n".encode())


@asynccontextmanager
async def _conversation(
    hosts: frozenset[str] = frozenset({"here"}),
) -> AsyncIterator[trio.abc.Stream]:
    """Give the client's end of a connection; in the end the server has closed its own."""
    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Conversation(theirs, _answering, hosts).run)
        async with ours:
            yield ours


async def _responses(stream: trio.abc.Stream, *methods: str) -> list[tuple[int, bytes]]:
    """Read as many answers as there were requests, as h11 understands them."""
    client, found = h11.Connection(h11.CLIENT), []
    for method in methods:
        client.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
        client.send(h11.EndOfMessage())
        status, body = 0, b""
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                client.receive_data(bytes(await stream.receive_some()))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
        found.append((status, body))
        if client.our_state is h11.DONE and client.their_state is h11.DONE:
            client.start_next_cycle()
    return found


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:9464", 200),
        ("LocalHost", 200),
        ("127.0.0.1:9464", 200),
        ("[::1]:9464", 200),
        ("192.0.2.7", 200),
        ("metrics.example:9464", 200),
        ("evil.example:9464", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
async def test_a_page_of_somebody_else_learns_nothing(host: str, status: int) -> None:
    """A name that leads here by a trick of DNS is not ours: numbers, localhost, and named ones."""
    async with _conversation(frozenset({"metrics.example"})) as stream:
        await stream.send_all(f"GET /page HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert [it[0] for it in await _responses(stream, "GET")] == [status]


async def test_a_connection_is_kept_for_the_next_request() -> None:
    """Several requests, also sent at once, are answered in their order."""
    async with _conversation() as stream:
        await stream.send_all(GET + GET.replace(b"page", b"other"))
        assert await _responses(stream, "GET", "GET") == [
            (200, b"GET /page\n"),
            (200, b"GET /other\n"),
        ]
        await stream.send_all(GET)
        assert await _responses(stream, "GET") == [(200, b"GET /page\n")]


async def test_a_request_may_come_a_byte_at_a_time() -> None:
    """Where the network cuts does not matter."""
    async with _conversation() as stream:
        for place in range(len(GET)):
            await stream.send_all(GET[place : place + 1])
        assert await _responses(stream, "GET") == [(200, b"GET /page\n")]


async def test_head_has_no_body() -> None:
    """The length is told, the content is not sent."""
    async with _conversation() as stream:
        await stream.send_all(GET.replace(b"GET", b"HEAD") + GET)
        assert await _responses(stream, "HEAD", "GET") == [(200, b""), (200, b"GET /page\n")]


async def test_an_answer_with_a_bug_takes_no_other_along() -> None:
    """It is a 500, and the connection goes on."""
    async with _conversation() as stream:
        await stream.send_all(GET.replace(b"page", b"bug") + GET)
        assert [status for status, _ in await _responses(stream, "GET", "GET")] == [500, 200]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: odd\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 3 * HEAD_BYTES, 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n" + b"b" * 70_000, 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", 417),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    ],
)
async def test_what_is_no_request_is_refused_and_ends(sent: bytes, status: int) -> None:
    """Every refusal has its number, and the connection is over."""
    async with _conversation() as stream:
        await stream.send_all(sent)
        assert (await _responses(stream, "GET"))[0][0] == status
        assert await stream.receive_some() == b""


@given(st.binary(max_size=300))
def test_nothing_that_is_sent_upsets_the_server(sent: bytes) -> None:
    """Random bytes end in an answer or a closed connection."""

    async def send() -> None:
        async with _conversation() as stream:
            await stream.send_all(sent)
            await trio.testing.wait_all_tasks_blocked()

    trio.run(send)


async def test_who_is_silent_is_let_go(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001 - time jumps
) -> None:
    """A connection without a request ends."""
    async with _conversation() as stream:
        assert await stream.receive_some() == b""
        assert trio.current_time() >= exchange.IDLE_LIMIT_S


async def test_who_is_slow_is_told_and_let_go(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001 - time jumps
) -> None:
    """Half a request holds a place for so long only."""
    async with _conversation() as stream:
        await stream.send_all(GET[:20])
        assert (await _responses(stream, "GET"))[0][0] == 408
        assert trio.current_time() <= exchange.REQUEST_LIMIT_S + 1


async def test_more_connections_than_there_are_places_wait(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001 - time jumps
) -> None:
    """Whoever comes when all places are taken is served once one is free."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve_connections, sock, _answering, frozenset({"here"}))
            idle = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(CONNECTIONS)]
            async with await trio.open_tcp_stream("127.0.0.1", port) as late:
                await late.send_all(GET)
                assert await _responses(late, "GET") == [(200, b"GET /page\n")]
                assert trio.current_time() >= exchange.IDLE_LIMIT_S
            for stream in idle:
                await stream.aclose()
            nursery.cancel_scope.cancel()
