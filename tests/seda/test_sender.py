"""The sender for everybody who is no controller: windows, order, and coming back."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seda import protocol, wire
from seda.messages import Event, Payload, Settlement
from seda.protocol import Window
from seda.sender import Sender


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[socket.socket]:
    """Return a listening socket of a scripted controller."""
    with wire.listen(str(tmp_path / "door.sock")) as opened:
        yield opened


def event(number: int, size_bytes: int = 0) -> Event:
    """Return an event, with a payload if it has a size."""
    payloads = (Payload("memory", size_bytes),) if size_bytes else ()
    return Event(f"e{number}", "work", "key", payloads=payloads)


def accept(listening: socket.socket, sender: Sender, window: Window) -> wire.Link:
    """Let the sender in."""
    sender.pump()
    link = wire.Link(listening.accept()[0])
    received = link.receive()
    assert received is not None
    assert received[0] == protocol.Hello("test", os.getpid())
    link.send(protocol.Welcome(window, 2))
    sender.pump()
    return link


def submitted(link: wire.Link) -> list[str]:
    """Return the ids that were submitted by now."""
    found: list[str] = []
    while (received := link.receive()) is not None:
        message, descriptors = received
        wire.close_all(descriptors)
        assert isinstance(message, protocol.Submit)
        found += [it.id for it in message.events]
    return found


def test_the_window_bounds_what_is_outstanding(listening: socket.socket) -> None:
    """Settled events make room; events, bytes and descriptors count."""
    with closing(Sender(listening.getsockname(), "test")) as sender:
        for number in range(5):
            sender.submit(event(number))
        link = accept(listening, sender, Window(2, 100, 1))
        assert sender.pressure == 2
        assert submitted(link) == ["e0", "e1"]
        link.send(protocol.Settled((Settlement("e0", "done"), Settlement("stranger", "done")), 0))
        assert sender.pump() == [Settlement("e0", "done")]
        assert submitted(link) == ["e2"]
        assert (sender.waiting, sender.unsettled) == (2, 4)
        link.close()


@pytest.mark.parametrize("window", [Window(9, 100, 9), Window(9, 9999, 1)])
def test_bytes_and_descriptors_are_bounded_and_one_always_fits(
    listening: socket.socket, window: Window
) -> None:
    """An event larger than the window travels alone."""
    with closing(Sender(listening.getsockname(), "test")) as sender:
        for number in range(3):
            sender.submit(event(number, 200), (os.memfd_create("m"),))
        link = accept(listening, sender, window)
        assert submitted(link) == ["e0"]
        link.close()


def test_everything_unsettled_is_submitted_again_in_order(listening: socket.socket) -> None:
    """A new controller gets what the old one had not settled, before anything new."""
    with closing(Sender(listening.getsockname(), "test")) as sender:
        for number in range(4):
            sender.submit(event(number, 1), (os.memfd_create("m"),))
        link = accept(listening, sender, Window(3, 100, 9))
        assert submitted(link) == ["e0", "e1", "e2"]
        link.send(protocol.Settled((Settlement("e1", "done"),), 0))
        sender.pump()
        link.close()
        assert sender.pump() == []
        link = accept(listening, sender, Window(9, 100, 9))
        assert submitted(link) == ["e0", "e2", "e3"]
        link.close()


def test_what_lost_its_descriptors_goes_first_again(listening: socket.socket) -> None:
    """Again names events; they are sent once more before new ones."""
    with closing(Sender(listening.getsockname(), "test")) as sender:
        for number in range(3):
            sender.submit(event(number, 1), (os.memfd_create("m"),))
        link = accept(listening, sender, Window(2, 100, 9))
        submitted(link)
        link.send(protocol.Again(("e0", "e1")))
        sender.pump()
        assert submitted(link) == ["e0", "e1"]
        link.close()


def test_a_refusal_is_told(listening: socket.socket) -> None:
    """The receiver's words are there for people."""
    with closing(Sender(listening.getsockname(), "test")) as sender:
        link = accept(listening, sender, Window(2, 100, 9))
        link.send(protocol.Refused("not today"))
        sender.pump()
        assert sender.refused == "not today"
        assert sender.fileno() == -1
        link.close()
