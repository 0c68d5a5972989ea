"""Links of senders: what they may say, what is refused and counted, and what they are told."""

import array
import os
import resource
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.core.happenings import Arrived, SenderGone
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.peers.gate import Gate
from controller.peers.senders import Senders
from controller.peers.windows import Windows
from controller.refusals import RefusalLog
from seda import codec, protocol, wire
from seda.messages import Event, Payload, Settlement
from seda.protocol import Window
from testing.children import fork, fork_stranger
from testing.controllers.turns import EngineRecorder, turn_until

WINDOW = Window(10, 1000, 10)
WINDOWS = Windows(frozenset({"test"}), WINDOW, Window(1, 1000, 1))
GATE = Gate(frozenset({"work", "play"}), {"test": frozenset({"work"})}, os.getppid())


@attrs.define
class Door:
    """A listening socket with everything behind it."""

    hub: Hub
    path: str
    senders: Senders
    held: HeldDescriptors
    refusals: RefusalLog
    recorder: EngineRecorder

    def knock(self) -> wire.Link:
        """Connect as a sender does, and wait for Welcome."""
        link = wire.connect(self.path)
        link.send(protocol.Hello("test", os.getpid()))
        assert self.answer(link) == protocol.Welcome(WINDOW, 0)
        return link

    def answer(self, link: wire.Link) -> protocol.Message:
        """Return the next message that a sender gets."""
        got: list[protocol.Message] = []

        def is_there() -> bool:
            received = link.receive()
            if received is not None:
                got.append(received[0])
            return bool(got)

        turn_until(self.hub, is_there)
        return got[0]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Return an open door."""
    hub, held = Hub(), HeldDescriptors()
    path = str(tmp_path / "door.sock")
    refusals, recorder = RefusalLog(hub), EngineRecorder()
    listening = wire.listen(path)
    senders = Senders(hub, listening, WINDOWS, GATE, held, refusals)
    senders.open(recorder)
    yield Door(hub, path, senders, held, refusals, recorder)
    senders.close()
    listening.close()
    hub.close()


def event(event_id: str, payloads: int = 0) -> Event:
    """Return an event."""
    return Event(event_id, "work", "key", payloads=(Payload("memory", 1),) * payloads)


def test_events_arrive_in_order_with_their_descriptors(door: Door) -> None:
    """Several events share a datagram; each gets its own descriptors (R12)."""
    link = door.knock()
    memory = [os.memfd_create(f"m{number}") for number in range(3)]
    link.send(protocol.Submit((event("a", 1), event("b"), event("c", 2))), memory)
    turn_until(door.hub, lambda: len(door.recorder.heard) == 3)
    assert door.recorder.heard == [
        Arrived(1, event("a", 1)),
        Arrived(1, event("b")),
        Arrived(1, event("c", 2)),
    ]
    inodes = [os.fstat(it).st_ino for it in memory]
    assert [os.fstat(it).st_ino for it in door.held.of_input(event("a", 1))] == inodes[:1]
    assert [os.fstat(it).st_ino for it in door.held.of_input(event("c", 2))] == inodes[1:]
    wire.close_all(memory)
    door.held.release_input("a")
    door.held.release_input("c")
    link.close()


def test_settlements_of_one_turn_share_a_datagram_with_the_pressure(door: Door) -> None:
    """What one turn produced leaves together; a changed pressure is told at once."""
    link = door.knock()
    for number in range(5):
        door.senders.settle(1, Settlement(f"e{number}", "done"))
    door.senders.press(3)
    told = door.answer(link)
    assert isinstance(told, protocol.Settled)
    assert [it.id for it in told.settlements] == ["e0", "e1", "e2", "e3", "e4"]
    assert told.pressure == 3
    door.senders.press(1)
    assert door.answer(link) == protocol.Settled((), 1)
    link.close()


def test_a_sender_that_does_not_read_hears_everything_later(door: Door) -> None:
    """A full link keeps what is to be told, and goes on when there is room."""
    link = door.knock()
    wanted = [f"e{number}-{'x' * 100}" for number in range(20_000)]
    for known in door.senders._links.values():
        known._window = attrs.evolve(WINDOW, events=len(wanted))
    for event_id in wanted:
        door.senders.settle(1, Settlement(event_id, "done"))
        door.hub.finish_turn()
    assert not door.senders.is_flushed
    told: list[str] = []
    while len(told) < len(wanted):
        message = door.answer(link)
        assert isinstance(message, protocol.Settled)
        told += [it.id for it in message.settlements]
    assert told == wanted
    link.close()


def test_a_sender_that_is_to_be_told_more_than_its_window_is_turned_away(door: Door) -> None:
    """What waits to be told is bounded; who keeps to the window never has so much to hear."""
    link = door.knock()
    for number in range(WINDOW.events):
        door.senders.settle(1, Settlement(f"e{number}", "done"))
    door.hub.finish_turn()
    assert door.refusals.refused == {}
    for number in range(WINDOW.events + 1):
        door.senders.settle(1, Settlement(f"more{number}", "done"))
    door.hub.finish_turn()
    assert door.refusals.refused == {"unread": 1}
    assert door.recorder.heard == [SenderGone(1)]
    link.close()


def test_a_process_of_another_user_is_turned_away(door: Door) -> None:
    """Who is not this user may not submit, whatever the directory's mode says."""
    if os.getuid():
        pytest.skip("only root can pretend to be somebody else")

    def listen(link: wire.Link) -> int:
        select.select([link], [], [])
        try:
            link.receive()
        except wire.Closed:
            return 7
        return 0

    stranger = fork_stranger(door.path, listen)
    turn_until(
        door.hub, lambda: os.waitid(os.P_PID, stranger, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    )
    assert os.waitstatus_to_exitcode(os.waitpid(stranger, 0)[1]) == 7
    assert door.refusals.refused == {"foreign-user": 1}


def test_a_kind_that_its_sender_does_not_give_is_dropped_and_counted(door: Door) -> None:
    """The sender hears of it, its other events arrive, and the descriptors are closed (R24)."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    link = door.knock()
    with open(os.memfd_create("forged"), "rb") as memory:  # noqa: PTH123 - a descriptor
        forged = attrs.evolve(event("b", 1), kind="play")
        link.send(protocol.Submit((event("a"), forged, event("c"))), [memory.fileno()])
        turn_until(door.hub, lambda: len(door.recorder.heard) == 2)
    assert door.recorder.heard == [Arrived(1, event("a")), Arrived(1, event("c"))]
    assert door.answer(link) == protocol.Settled((Settlement("b", "dropped", "not-given"),), 0)
    assert door.refusals.refused == {"not-given": 1}
    assert len(os.listdir("/proc/self/fd")) == before + 2  # noqa: PTH208 - the link's two ends
    link.close()


def test_who_comes_from_outside_gives_what_the_stage_takes(door: Door) -> None:
    """A replay or the supervisor, whatever they call themselves; a stage what its row gives."""
    assert GATE.kinds_of("replay-7") == {"work", "play"}
    assert GATE.kinds_of("test") == {"work"}
    assert not GATE.is_shut_to(os.getpid()), "a controller"
    assert not GATE.is_shut_to(os.getppid()), "the supervisor"
    assert not GATE.is_shut_to(1), "somebody else"
    assert door.refusals.refused == {}


def test_a_process_below_a_controller_is_turned_away(door: Door) -> None:
    """A handler that learned a socket's path may not act as a stage (R24)."""

    def knock() -> int:
        link = wire.connect(door.path)
        select.select([link], [], [])
        try:
            link.receive()
        except (wire.Closed, ConnectionError):
            return 7
        return 0

    handler = fork(knock)
    turn_until(door.hub, lambda: os.waitid(os.P_PID, handler, os.WEXITED | os.WNOHANG | os.WNOWAIT))
    assert os.waitstatus_to_exitcode(os.waitpid(handler, 0)[1]) == 7
    assert door.refusals.refused == {"handler": 1}
    assert GATE.is_shut_to(handler), "it is gone"


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"\x01", "truncated"),
        (bytes((9, 3)) + b"\x80", "version"),
        (bytes((1, 250)) + b"\x80", "kind"),
        (bytes((1, 3)) + b"\xc1", "malformed"),
        (b"\x01" * (protocol.DATAGRAM_BYTES + 1), "oversized"),
        (codec.encode(protocol.Submit((event("a", 1),))), "descriptors"),
        (codec.encode(protocol.Settled((), 0)), "unexpected"),
        (codec.encode(protocol.Hello("again", 1)), "unexpected"),
    ],
)
def test_what_is_no_submission_ends_the_link_and_is_counted(
    door: Door, datagram: bytes, reason: str
) -> None:
    """A datagram that is refused crashes nobody; its link is closed."""
    link = door.knock()
    link.send_datagram(datagram)
    turn_until(door.hub, lambda: door.recorder.heard)
    assert door.recorder.heard == [SenderGone(1)]
    assert door.refusals.refused == {reason: 1}
    link.close()
    door.knock().close()


def test_a_submission_before_hello_is_refused(door: Door) -> None:
    """Who does not say who it is has no window."""
    link = wire.connect(door.path)
    link.send(protocol.Submit((event("a"),)))
    turn_until(door.hub, lambda: door.recorder.heard)
    assert door.recorder.heard == [SenderGone(1)]
    assert door.refusals.refused == {"unexpected": 1}
    link.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(max_size=300), descriptors=st.integers(0, 5))
def test_no_datagram_crashes_the_controller_or_leaks(
    door: Door, content: bytes, descriptors: int
) -> None:
    """Whatever comes, with however many descriptors, the next sender is served."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    link = door.knock()
    sock = socket.socket(fileno=os.dup(link.fileno()))
    rights = array.array("i", [0] * descriptors)
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else []
    sock.sendmsg([bytes((1, 3)) + content], ancillary)
    sock.close()
    link.close()
    gone = len([it for it in door.recorder.heard if isinstance(it, SenderGone)])
    turn_until(
        door.hub,
        lambda: len([it for it in door.recorder.heard if isinstance(it, SenderGone)]) > gone,
    )
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_lost_descriptors_make_the_sender_send_again(door: Door) -> None:
    """Without room for descriptors the kernel cuts them off: the event is asked for once more."""
    link = door.knock()
    with no_more_descriptors():
        link.send(protocol.Submit((event("a", 2), event("b", 1))), (0, 0, 0))
        answer = door.answer(link)
    assert answer == protocol.Again(("a", "b"))
    assert door.refusals.refused == {"descriptors-lost": 1}
    assert door.recorder.heard == []
    link.close()


def test_without_descriptors_nobody_is_accepted_and_nothing_spins(door: Door) -> None:
    """Exhausted descriptors leave who knocks in the backlog until there is room again."""
    link = wire.connect(door.path)
    link.send(protocol.Hello("test", 1))
    with no_more_descriptors():
        turn_until(door.hub, lambda: door.refusals.refused)
        door.hub.finish_turn()
        turns = sum(door.hub.turn() for _ in range(50))
    assert door.refusals.refused == {"accept": 1}
    assert turns == 0
    assert isinstance(door.answer(link), protocol.Welcome)
    link.close()


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    """Have the kernel refuse this process another descriptor."""
    limit, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.dup(0)
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
