"""Links to successors: grouped submissions, coming back, connections that are given away once."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from controller.core.happenings import (
    OutputSettled,
    SubmitAgain,
    SuccessorDown,
    SuccessorPressed,
    SuccessorUp,
)
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.peers.successors import Successor
from controller.refusals import RefusalLog
from seda import protocol, wire
from seda.messages import Event, Payload, Settlement
from seda.protocol import DATAGRAM_BYTES, Window
from testing.controllers.turns import EngineRecorder, turn_until

WINDOW = Window(1000, 10**9, 1000)


@attrs.define
class Road:
    """A successor's link, with a scripted successor at its end."""

    hub: Hub
    held: HeldDescriptors
    recorder: EngineRecorder
    successor: Successor
    listening: socket.socket

    def accept(self) -> wire.Link:
        """Be the successor's controller: accept and read Hello."""
        accepted: list[socket.socket] = []

        def is_there() -> bool:
            try:
                accepted.append(self.listening.accept()[0])
            except BlockingIOError:
                return False
            return True

        turn_until(self.hub, is_there)
        link = wire.Link(accepted[0])
        assert isinstance(self.heard(link)[0], protocol.Hello)
        return link

    def welcome(self) -> wire.Link:
        """Accept, and say Welcome."""
        link = self.accept()
        count = len(self.recorder.heard)
        link.send(protocol.Welcome(WINDOW, 0))
        turn_until(self.hub, lambda: len(self.recorder.heard) > count)
        return link

    def heard(self, link: wire.Link) -> tuple[protocol.Message, list[int]]:
        """Return the next message over this link."""
        got: list[tuple[protocol.Message, list[int]]] = []

        def is_there() -> bool:
            received = link.receive()
            if received is not None:
                got.append(received)
            return bool(got)

        turn_until(self.hub, is_there)
        return got[0]


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    """Return a road to a successor that was not accepted yet."""
    hub, held, recorder = Hub(), HeldDescriptors(), EngineRecorder()
    path = str(tmp_path / "next.sock")
    listening = wire.listen(path)
    successor = Successor("next", path, hub, held, RefusalLog(hub))
    successor.open("here", recorder)
    yield Road(hub, held, recorder, successor, listening)
    successor.close()
    listening.close()
    hub.close()


def event(event_id: str, body: bytes = b"", *kinds: str) -> Event:
    """Return an event with payloads of these kinds."""
    payloads = tuple(Payload("connection" if it == "connection" else "memory", 1) for it in kinds)
    return Event(event_id, "work", "key", body, payloads)


def test_what_one_turn_submits_shares_datagrams_that_hold_it(road: Road) -> None:
    """As few datagrams as possible, none too large, all in order."""
    link = road.welcome()
    wanted = [event(f"e{number}", b"x" * 20_000) for number in range(7)]
    for it in wanted:
        road.successor.submit(it)
    received: list[Event] = []
    datagrams = 0
    while len(received) < len(wanted):
        message, _ = road.heard(link)
        assert isinstance(message, protocol.Submit)
        received += message.events
        datagrams += 1
    assert received == wanted
    assert datagrams == -(-len(wanted) // (DATAGRAM_BYTES // 20_000))
    link.close()


def test_descriptors_are_grouped_under_the_kernels_limit(road: Road) -> None:
    """No datagram has more descriptors than the kernel passes."""
    link = road.welcome()
    for number in range(4):
        it = event(f"e{number}", b"", *["memory"] * 100)
        road.held.keep_output(it, iter([os.memfd_create("m") for _ in range(100)]))
        road.successor.submit(it)
    counts: list[int] = []
    while sum(counts) < 4:
        message, descriptors = road.heard(link)
        assert isinstance(message, protocol.Submit)
        counts.append(len(message.events))
        assert len(descriptors) == 100 * len(message.events)
        wire.close_all(descriptors)
    assert counts == [2, 2]
    for number in range(4):
        road.held.release_output(f"e{number}")
    link.close()


def test_a_lost_link_is_told_and_tried_again(road: Road) -> None:
    """The engine hears down and up, and submits again; this link keeps nothing of the old one."""
    link = road.welcome()
    link.close()
    turn_until(road.hub, lambda: SuccessorDown("next") in road.recorder.heard)
    road.successor.submit(event("while down"))
    link = road.welcome()
    assert road.recorder.heard == [
        SuccessorUp("next", WINDOW, 0),
        SuccessorDown("next"),
        SuccessorUp("next", WINDOW, 0),
    ]
    road.successor.submit(event("again"))
    message, _ = road.heard(link)
    assert message == protocol.Submit((event("again"),))
    link.close()


def test_settlements_pressure_and_requests_reach_the_engine(road: Road) -> None:
    """A pressure is told when it changes only."""
    link = road.welcome()
    link.send(protocol.Settled((Settlement("a", "done"), Settlement("b", "dropped", "old")), 2))
    link.send(protocol.Settled((), 2))
    link.send(protocol.Again(("c",)))
    turn_until(road.hub, lambda: len(road.recorder.heard) == 5)
    assert road.recorder.heard[1:] == [
        OutputSettled("next", Settlement("a", "done")),
        OutputSettled("next", Settlement("b", "dropped", "old")),
        SuccessorPressed("next", 2),
        SubmitAgain("next", ("c",)),
    ]
    link.close()


def test_a_connection_is_submitted_once_only(road: Road) -> None:
    """Submitting it again settles it as lost: nobody may serve a connection twice."""
    link = road.welcome()
    connection, far_end = socket.socketpair()
    it = event("e", b"", "connection")
    road.held.keep_output(it, iter((connection.detach(),)))
    road.successor.submit(it)
    _, descriptors = road.heard(link)
    wire.close_all(descriptors)
    assert far_end.recv(1) == b"", "every copy of the connection is closed"
    road.successor.submit(it)
    lost = OutputSettled("next", Settlement("e", "dropped", "connection-lost"))
    turn_until(road.hub, lambda: lost in road.recorder.heard)
    far_end.close()
    link.close()


def test_an_output_that_was_forgotten_meanwhile_is_passed_over(road: Road) -> None:
    """A fact that was replaced before the link had room is not sent."""
    link = road.welcome()
    gone = event("gone", b"", "memory")
    road.held.keep_output(gone, iter((os.memfd_create("m"),)))
    road.successor.submit(gone)
    road.held.release_output("gone")
    road.successor.submit(event("kept"))
    message, _ = road.heard(link)
    assert message == protocol.Submit((event("kept"),))
    link.close()


def test_a_full_link_goes_on_in_order(road: Road) -> None:
    """A successor that does not read for a while gets everything, in order, later."""
    link = road.welcome()
    wanted = [event(f"e{number}", b"x" * 30_000) for number in range(200)]
    for it in wanted:
        road.successor.submit(it)
    road.hub.finish_turn()
    assert road.successor._waiting, "more than the kernel takes at once"
    received: list[Event] = []
    while len(received) < len(wanted):
        message, _ = road.heard(link)
        assert isinstance(message, protocol.Submit)
        received += message.events
    assert received == wanted
    link.close()


def test_a_successor_that_talks_nonsense_is_connected_to_anew(road: Road) -> None:
    """Its datagrams crash nobody."""
    link = road.welcome()
    link.send_datagram(b"\x01\xff\x00")
    turn_until(road.hub, lambda: SuccessorDown("next") in road.recorder.heard)
    link.close()
    road.welcome().close()
