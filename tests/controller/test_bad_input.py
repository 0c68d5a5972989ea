"""What is wrong that a whole controller is sent: it refuses and counts it, and serves the others.

The same datagrams against its parts: tests/seda/test_wire.py and
tests/controller/peers/test_senders.py.
"""

import contextlib
import os
import select
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seda import codec, payload, protocol, wire
from seda.messages import Event, Payload
from seda.protocol import DATAGRAM_BYTES, DESCRIPTORS_PER_DATAGRAM
from seda.sender import Sender
from testing.children import fork_stranger
from testing.controllers.live import listener
from testing.controllers.stations import (
    Station,
    events,
    pump_until,
    row,
    settle_all,
    station,
)
from testing.strategies.messages import messages
from testing.waiting import PATIENCE_S, wait_until

HELLO = codec.encode(protocol.Hello("rude", 1))
ONE_PAYLOAD = codec.encode(
    protocol.Submit((Event("rude", "work", "key", payloads=(Payload("memory", 1),)),))
)
MOST = DESCRIPTORS_PER_DATAGRAM


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """Return one controller for all that is said here: whatever came before, it serves on."""
    with station(tmp_path_factory.mktemp("one"), row("one")) as opened:
        settle_all(opened, events(["polite"], "first"))
        yield opened


def say(at: Station, datagrams: list[tuple[bytes, int]]) -> None:
    """Say all this, with so many descriptors each, and wait until the link is closed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(PATIENCE_S)
        sock.connect(at.path)
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for datagram, count in datagrams:
                socket.send_fds(sock, [datagram], [0] * count)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(DATAGRAM_BYTES):
                pass


def garbled(datagram: bytes) -> st.SearchStrategy[bytes]:
    """Return a message with a part cut off or a byte changed."""
    places = st.integers(0, len(datagram) - 1)
    changed = st.builds(
        lambda at, byte: datagram[:at] + bytes((byte,)) + datagram[at + 1 :],
        places,
        st.integers(0, 255),
    )
    return st.one_of(places.map(lambda at: datagram[:at]), changed, st.just(datagram))


DATAGRAMS = st.one_of(
    st.binary(min_size=1, max_size=300),
    st.binary(max_size=300).map(lambda it: bytes((protocol.VERSION, 3)) + it),
    messages.map(codec.encode).flatmap(garbled),
)


@settings(max_examples=150)
@given(
    datagrams=st.lists(st.tuples(DATAGRAMS, st.integers(0, 3)), max_size=4),
    has_hello=st.booleans(),
)
@example(datagrams=[(HELLO[:1], 0)], has_hello=False)
@example(datagrams=[(b"x" * (DATAGRAM_BYTES + 1), 0)], has_hello=True)
@example(datagrams=[(bytes((protocol.VERSION + 1,)) + HELLO[1:], 0)], has_hello=False)
@example(datagrams=[(ONE_PAYLOAD, 0)], has_hello=True)
@example(datagrams=[(ONE_PAYLOAD, 2)], has_hello=True)
@example(datagrams=[(ONE_PAYLOAD, MOST)], has_hello=True)
@example(datagrams=[(ONE_PAYLOAD, MOST + 3)], has_hello=True)
@example(datagrams=[(HELLO, 0)], has_hello=True)
def test_whatever_is_said_to_a_controller_it_serves_on(
    one: Station, datagrams: list[tuple[bytes, int]], *, has_hello: bool
) -> None:
    """Truncated, oversized, of another version, random, with descriptors too many or too few."""
    with closing(Sender(one.path, "polite")) as sender:
        polite = Event(f"polite-{os.urandom(8).hex()}", "work", "polite")
        sender.submit(polite)
        sender.pump()
        say(one, [(HELLO, 0)] * has_hello + datagrams)
        [settlement] = pump_until(sender, lambda it: len(it) == 1)
        assert (settlement.id, settlement.outcome) == (polite.id, "done")
    assert one.process.poll() is None


def test_nothing_that_was_refused_stays_open(one: Station) -> None:
    """Links and descriptors of all that came before are closed."""
    before = one.open_descriptors()
    for count in (0, 2, MOST, MOST + 3):
        say(one, [(HELLO, 0), (ONE_PAYLOAD, count)])
        say(one, [(b"?" * 100, min(count, MOST))])
    wait_until(lambda: one.open_descriptors() <= before, "as many descriptors as before")


def test_what_is_refused_is_counted_by_reason(tmp_path: Path) -> None:
    """People see in the stage's figures what came."""
    with listener(tmp_path) as live, station(tmp_path, row("one"), "live") as one:
        say(one, [(HELLO[:1], 0)])
        say(one, [(HELLO, 0), (b"x" * (DATAGRAM_BYTES + 1), 0)])
        say(one, [(bytes((protocol.VERSION + 1,)) + HELLO[1:], 0)])
        say(one, [(HELLO, 0), (ONE_PAYLOAD, 0)])
        say(one, [(HELLO, 0), (ONE_PAYLOAD, 2)])
        say(one, [(HELLO, 0), (HELLO, 0)])
        figures = live.figures_when(lambda it: sum(it.refused.values()) >= 6)
    assert figures.refused == {
        "truncated": 1,
        "oversized": 1,
        "version": 1,
        "descriptors": 2,
        "unexpected": 1,
    }


def test_lying_memory_harms_its_own_event_only(one: Station) -> None:
    """Unsealed, shorter or longer than said, or no memory at all: read by a handler (R24)."""
    reading, writing = os.pipe()
    os.close(writing)
    unsealed = os.memfd_create("unsealed")
    os.write(unsealed, b"x" * 100)
    lies = [unsealed, payload.make(b"x" * 10), payload.make(b"x" * 1000), reading]
    with closing(Sender(one.path, "test")) as sender:
        for number, memory in enumerate([payload.make(b"x" * 100), *lies]):
            told = Event(f"memory{number}", "work", "look", payloads=(Payload("memory", 100),))
            sender.submit(told, (memory,))
        settled = {it.id: it for it in pump_until(sender, lambda it: len(it) >= 5)}
    assert settled.pop("memory0").outcome == "done"
    assert {it.outcome for it in settled.values()} == {"quarantined"}
    assert "not sealed" in settled["memory1"].reason
    assert "its event says 100" in settled["memory2"].reason


def test_a_process_of_another_user_is_turned_away_by_a_controller(tmp_path: Path) -> None:
    """Even where somebody opened the directory to everybody."""
    if os.getuid():
        pytest.skip("only root can pretend to be somebody else")
    with listener(tmp_path) as live, station(tmp_path, row("one"), "live") as one:
        settle_all(one, events(["polite"]))
        stranger = fork_stranger(one.path, submit_and_listen)
        assert os.waitstatus_to_exitcode(os.waitpid(stranger, 0)[1]) == 7
        figures = live.figures_when(lambda it: it.refused)
        assert figures.refused == {"foreign-user": 1}
        assert {it.outcome for it in settle_all(one, events(["polite"], "more")).values()} == {
            "done"
        }


def submit_and_listen(link: wire.Link) -> int:
    """Say who this is; return 7 if the link was closed without a word."""
    try:
        link.send(protocol.Hello("stranger", os.getpid()))
        select.select([link], [], [])
        link.receive()
    except wire.Closed:
        return 7
    return 1
