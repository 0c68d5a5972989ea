"""Links between processes: real sockets, honest peers and others."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seda import payload, protocol, wire
from seda.codec import Undecodable, encode
from seda.messages import Event, Payload
from seda.protocol import DATAGRAM_BYTES, DESCRIPTORS_PER_DATAGRAM, Message
from seda.wire import Closed, Full, Link
from testing.counting import open_descriptors


def submit(payloads: int) -> protocol.Submit:
    """Return a submission of an event with so many payloads."""
    content = tuple(Payload("memory", 3) for _ in range(payloads))
    return protocol.Submit((Event("gate:1:1", "chunk", "gate", payloads=content),))


@attrs.frozen
class Ends:
    """A link and the bare socket of a peer who may send anything."""

    link: Link
    peer: socket.socket


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Connect the two, and see that nothing stays open."""
    before = open_descriptors()
    link, peer = wire.pair()
    yield Ends(link, peer)
    link.close()
    peer.close()
    assert open_descriptors() == before


@pytest.fixture
def memory() -> Iterator[int]:
    """Return sealed memory."""
    descriptor = payload.make(b"abc")
    yield descriptor
    os.close(descriptor)


def test_messages_come_whole_and_in_order_with_their_descriptors(ends: Ends, memory: int) -> None:
    """And nothing is there when nothing was sent."""
    other = Link(ends.peer)
    assert other.receive() is None
    ends.link.send(submit(2), [memory, memory])
    ends.link.send(protocol.Stop())
    received = other.receive()
    assert received is not None
    message, descriptors = received
    assert message == submit(2)
    for descriptor in descriptors:
        assert bytes(payload.view(descriptor, 3)) == b"abc"
        assert not os.get_inheritable(descriptor)
    wire.close_all(descriptors)
    assert other.receive() == (protocol.Stop(), [])
    assert other.receive() is None


def test_a_message_with_every_descriptor_that_it_may_have_comes_through(
    ends: Ends, memory: int
) -> None:
    """The kernel's limit is a little above ours."""
    message = submit(DESCRIPTORS_PER_DATAGRAM)
    ends.link.send(message, [memory] * DESCRIPTORS_PER_DATAGRAM)
    received = Link(ends.peer).receive()
    assert received is not None
    assert received[0] == message
    assert len(received[1]) == DESCRIPTORS_PER_DATAGRAM
    wire.close_all(received[1])


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        (protocol.Stop(), 1),
        (submit(1), 0),
        (submit(1), 2),
        (submit(3), 2),
        (submit(DESCRIPTORS_PER_DATAGRAM), DESCRIPTORS_PER_DATAGRAM + 2),
        (submit(DESCRIPTORS_PER_DATAGRAM + 2), DESCRIPTORS_PER_DATAGRAM + 2),
    ],
)
def test_too_many_or_too_few_descriptors_are_refused_and_closed(
    ends: Ends, memory: int, message: Message, sent: int
) -> None:
    """Asking for them again would bring the same."""
    socket.send_fds(ends.peer, [encode(message)], [memory] * sent)
    before = open_descriptors()
    with pytest.raises(Undecodable) as raised:
        ends.link.receive()
    assert raised.value.reason == "descriptors"
    assert open_descriptors() == before


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"\x01", "truncated"),
        (b"\xff\x00", "version"),
        (encode(protocol.Refused("x"))[:-1], "malformed"),
        (encode(protocol.Refused("x")).ljust(DATAGRAM_BYTES + 1), "oversized"),
        (bytes(2 * DATAGRAM_BYTES), "oversized"),
    ],
)
def test_what_is_no_message_is_refused_and_its_descriptors_closed(
    ends: Ends, memory: int, datagram: bytes, reason: str
) -> None:
    """And the link serves on."""
    socket.send_fds(ends.peer, [datagram], [memory])
    before = open_descriptors()
    with pytest.raises(Undecodable) as raised:
        ends.link.receive()
    assert raised.value.reason == reason
    assert open_descriptors() == before
    ends.peer.send(encode(protocol.Stop()))
    assert ends.link.receive() == (protocol.Stop(), [])


@given(st.binary(min_size=1, max_size=200), st.integers(0, 3))
def test_random_datagrams_crash_nobody(datagram: bytes, count: int) -> None:
    """Whatever comes along with them is closed."""
    before = open_descriptors()
    link, peer = wire.pair()
    socket.send_fds(peer, [datagram], [0] * count)
    try:
        received = link.receive()
        assert received is not None
        wire.close_all(received[1])
    except Undecodable:
        pass
    finally:
        link.close()
        peer.close()
    assert open_descriptors() == before


EXHAUSTED = """
import os, resource, socket
from seda import payload, protocol, wire
from seda.codec import encode
from seda.messages import Event, Payload
link, peer = wire.pair()
memory = payload.make(b"abc")
content = tuple(Payload("memory", 3) for _ in range(3))
submit = protocol.Submit((Event("gate:1:1", "chunk", "gate", payloads=content),))
for _ in range(2):
    socket.send_fds(peer, [encode(submit)], [memory] * 3)
before = sorted(os.listdir("/proc/self/fd"))
resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, before)) + 2, 4096))
try:
    link.receive()
except wire.DescriptorsLost as lost:
    assert lost.message == submit
    print("lost")
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
assert sorted(os.listdir("/proc/self/fd")) == before, os.listdir("/proc/self/fd")
message, descriptors = link.receive()
assert message == submit and len(descriptors) == 3
print("served on")
"""


def test_descriptors_that_find_no_room_are_told_as_lost() -> None:
    """So that the sender submits again; what found room is closed, and the link serves on."""
    done = subprocess.run(
        [sys.executable, "-c", EXHAUSTED],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "lost\nserved on\n", done.stderr


def test_a_link_that_takes_no_more_says_full_and_has_sent_nothing(ends: Ends) -> None:
    """Everything that was sent comes; what was refused does not."""
    sent = 0
    message = protocol.Refused("x" * 50_000)
    with contextlib.suppress(Full):
        while sent < 1000:
            ends.link.send(message)
            sent += 1
    other = Link(ends.peer)
    received = 0
    while other.receive() is not None:
        received += 1
    assert 0 < received == sent < 1000
    ends.link.send(message)


def test_a_peer_that_is_gone_is_told(ends: Ends) -> None:
    """To who sends and to who receives."""
    ends.peer.close()
    with pytest.raises(Closed):
        ends.link.send(protocol.Stop())
    with pytest.raises(Closed):
        ends.link.receive()
    with pytest.raises(Closed):
        ends.link.receive()


def test_the_last_words_of_a_peer_are_received_although_it_left_something_unread(
    ends: Ends,
) -> None:
    """A handler that ends politely says what it did, whatever it was told meanwhile."""
    ends.link.send(protocol.Room(1))
    ends.peer.send(encode(protocol.Born(3)))
    ends.peer.send(encode(protocol.Born(4)))
    ends.peer.close()
    assert ends.link.receive() == (protocol.Born(3), [])
    assert ends.link.receive() == (protocol.Born(4), [])
    with pytest.raises(Closed):
        ends.link.receive()


def test_an_empty_datagram_ends_the_link_and_its_descriptors_are_closed(
    ends: Ends, memory: int
) -> None:
    """Nobody of ours sends one, and it cannot be told from the end."""
    socket.send_fds(ends.peer, [b""], [memory])
    before = open_descriptors()
    with pytest.raises(Closed):
        ends.link.receive()
    assert open_descriptors() == before


def test_a_descriptor_that_is_none_is_the_callers_mistake(ends: Ends, memory: int) -> None:
    """The link is not taken for closed: over the next one it would be the same."""
    gone = os.dup(memory)
    os.close(gone)
    with pytest.raises(OSError, match="Bad file descriptor"):
        ends.link.send(submit(1), [gone])
    ends.link.send(protocol.Stop())
    assert Link(ends.peer).receive() == (protocol.Stop(), [])


def test_an_own_end_that_is_closed_is_told(ends: Ends) -> None:
    """As the peer's is."""
    ends.link.close()
    with pytest.raises(Closed):
        ends.link.send(protocol.Stop())
    with pytest.raises(Closed):
        ends.link.receive()


def test_a_peer_has_the_user_that_the_kernel_says(tmp_path: Path) -> None:
    """Not the one that it says itself."""
    listening = wire.listen(str(tmp_path / "stage"))
    link = wire.connect(str(tmp_path / "stage"))
    accepted = Link(listening.accept()[0])
    assert accepted.peer_uid() == os.geteuid()
    for one in (listening, link, accepted):
        one.close()


def test_connecting_where_nobody_accepts_never_waits(tmp_path: Path) -> None:
    """A controller that hangs must not hang those before it."""
    listening = wire.listen(str(tmp_path / "stage"))
    tried = 0
    with contextlib.suppress(BlockingIOError):
        while tried < 1000:
            wire.connect(str(tmp_path / "stage")).close()
            tried += 1
    assert 0 < tried < 1000
    listening.close()


def test_what_can_not_be_listened_at_or_connected_to_leaves_nothing_open(tmp_path: Path) -> None:
    """A stage that is tried again and again must not run out of descriptors."""
    before = open_descriptors()
    with pytest.raises(FileNotFoundError):
        wire.connect(str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError):
        wire.listen(str(tmp_path / "none" / "stage"))
    assert open_descriptors() == before
