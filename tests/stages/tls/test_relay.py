"""One connection through TLS, on invented time: handshakes, both ways, ends, who is too slow."""

import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from seda.keys.certificate import load
from stages.tls import relay
from tests.seda.keys.test_certificate import CA, write

LARGE = bytes(range(256)) * 4096


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """Return the server's."""
    return load(write(tmp_path))


def trusting() -> ssl.SSLContext:
    """Return a client's that trusts our CA."""
    made = ssl.create_default_context()
    CA.configure_trust(made)
    return made


def speaking(outside: Any) -> trio.SSLStream[Any]:
    """Return a client's end."""
    return trio.SSLStream(outside, trusting(), server_hostname="watch.example")


class Wire:
    """A client that speaks TLS, a parser that speaks plainly, and the relay between them."""

    def __init__(self, context: ssl.SSLContext) -> None:
        outside, inside = trio.testing.memory_stream_pair()
        self.parser, self._plain = trio.testing.memory_stream_pair()
        self.client = speaking(outside)
        self._inside: Any = inside
        self._context = context
        self.stopping = trio.Event()
        self.is_over = trio.Event()

    async def run(self) -> None:
        plain: Any = self._plain
        tls = await relay.shake_hands(self._inside, self._context, trio.StrictFIFOLock())
        await relay.relay(tls, plain, self.stopping)
        self.is_over.set()


async def test_of_many_who_shake_hands_at_once_one_is_heard_at_a_time() -> None:
    """Each answer takes a millisecond or two: between two of them everybody else has a turn."""
    streams = [trio.testing.MemoryReceiveStream() for _ in range(20)]
    turns, rounds, heard = trio.StrictFIFOLock(), 0, list[int]()

    async def hear(stream: Any) -> None:
        await relay.OneByOne(stream, turns).receive_some()
        heard.append(rounds)

    async with trio.open_nursery() as nursery:
        for stream in streams:
            nursery.start_soon(hear, stream)
        await trio.testing.wait_all_tasks_blocked()
        for stream in streams:
            stream.put_data(b"hello")
        while len(heard) < len(streams):
            rounds += 1
            await trio.lowlevel.checkpoint()
    # Two: the last thing in one round and the first in the next.
    assert max(Counter(heard).values()) <= 2


async def read_all(stream: trio.abc.ReceiveStream) -> bytes:
    found = b""
    while content := await stream.receive_some(65536):
        found += content
    return found


@pytest.mark.usefixtures("autojump_clock")
async def test_bytes_go_both_ways(context: ssl.SSLContext) -> None:
    """As many as there are, and the end of the parser's side is the end of it."""
    wire = Wire(context)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wire.run)
        nursery.start_soon(wire.client.send_all, LARGE)
        assert await take(wire.parser, len(LARGE)) == LARGE
        nursery.start_soon(wire.parser.send_all, LARGE)
        assert await take(wire.client, len(LARGE)) == LARGE
        await wire.parser.aclose()
        assert await wire.client.receive_some(1) == b""
        await wire.client.aclose()
        await wire.is_over.wait()


async def take(stream: trio.abc.ReceiveStream, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += await stream.receive_some(65536)
    return found


@pytest.mark.usefixtures("autojump_clock")
async def test_a_client_that_has_said_all_still_hears_the_answer(context: ssl.SSLContext) -> None:
    """Half close: the parser sees the end and may go on answering."""
    wire = Wire(context)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wire.run)
        await wire.client.send_all(b"question")
        await wire.client.transport_stream.send_eof()
        assert await read_all(wire.parser) == b"question"
        await wire.parser.send_all(b"answer")
        assert await take(wire.client, 6) == b"answer"
        await wire.parser.aclose()
        await wire.is_over.wait()


@pytest.mark.usefixtures("autojump_clock")
async def test_a_client_that_is_gone_takes_its_connection_along(context: ssl.SSLContext) -> None:
    """The parser's side ends, so that whoever waits with an answer knows."""
    wire = Wire(context)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wire.run)
        await wire.client.send_all(b"question")
        await trio.aclose_forcefully(wire.client)
        assert await read_all(wire.parser) == b"question"
        await wire.parser.aclose()
        await wire.is_over.wait()


@pytest.mark.usefixtures("autojump_clock")
async def test_a_client_that_takes_nothing_is_let_go(context: ssl.SSLContext) -> None:
    """After a while that is the same for everybody, whatever the answer's size."""
    outside, inside = trio.testing.lockstep_stream_pair()
    wire = Wire(context)
    wire.client = speaking(outside)
    wire._inside = inside
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wire.run)
        await wire.client.do_handshake()
        await wire.parser.send_all(LARGE)
        began_s = trio.current_time()
        await wire.is_over.wait()
        assert trio.current_time() - began_s >= relay.STALL_S


@pytest.mark.usefixtures("autojump_clock")
async def test_who_does_not_come_to_speak_is_let_go(context: ssl.SSLContext) -> None:
    """Silence, and bytes that are no TLS."""
    outside, inside = trio.testing.memory_stream_pair()
    silent: Any = inside
    began_s = trio.current_time()
    with pytest.raises(relay.Unfinished):
        await relay.shake_hands(silent, context, trio.StrictFIFOLock())
    assert trio.current_time() - began_s == relay.HANDSHAKE_S
    await outside.aclose()
    outside, inside = trio.testing.memory_stream_pair()
    plain: Any = inside
    await outside.send_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    with pytest.raises(relay.Unfinished):
        await relay.shake_hands(plain, context, trio.StrictFIFOLock())


@pytest.mark.usefixtures("autojump_clock")
async def test_at_a_stop_the_parser_sees_an_end_and_may_finish(context: ssl.SSLContext) -> None:
    """What is under way is answered; nobody waits for the next request."""
    wire = Wire(context)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wire.run)
        await wire.client.send_all(b"question")
        assert await take(wire.parser, 8) == b"question"
        wire.stopping.set()
        assert await wire.parser.receive_some(1) == b""
        await wire.parser.send_all(b"answer")
        assert await take(wire.client, 6) == b"answer"
        await wire.parser.aclose()
        assert await wire.client.receive_some(1) == b""
        await wire.client.aclose()
        await wire.is_over.wait()
