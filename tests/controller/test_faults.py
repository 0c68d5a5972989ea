"""What befalls whole controllers: handlers that misbehave, templates, descriptors, disks, clocks.

More of it with the kinds of stages (tests/controller/test_kinds.py), and as one moment after the
other in tests/end_to_end/test_chaos.py.
"""

import array
import fcntl
import os
import resource
import signal
import termios
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from seda import kept_state_memory, payload, processes, protocol, quarantine, wire
from seda.messages import Event, Payload
from seda.sender import Sender
from testing.controllers.stations import (
    Station,
    events,
    pump_until,
    row,
    settle_all,
    station,
)
from testing.faults import clocks
from testing.faults.disks import fill, small_disk
from testing.waiting import PATIENCE_S, wait_until

CLOCKS = Path(clocks.__file__).parent
FLOOD = events(["polite"] * 100, "long-name-" * 10)
MIB = 1024 * 1024


def test_a_leak_costs_its_own_event_only(tmp_path: Path) -> None:
    """The handler runs into its own limit; the machine and the others keep their memory (R24)."""
    stage = row("one")
    stage = attrs.evolve(stage, settings=attrs.evolve(stage.settings, memory_limit_bytes=64 * MIB))
    with station(tmp_path, stage) as one:
        outcomes = settle_all(one, events(["polite", "leak", "polite"]))
        assert "memory_limit_bytes" in one.words
    assert [outcomes[f"e{n}"].outcome for n in range(3)] == ["done", "quarantined", "done"]


@pytest.mark.parametrize("key", ["babble", "claim"])
def test_a_handler_that_says_garbage_is_ended_and_its_event_tried_again(
    tmp_path: Path, key: str
) -> None:
    """What is no message and what it has no right to say; twice is enough (R24)."""
    with station(tmp_path, row("one")) as one:
        outcomes = settle_all(one, events(["polite", key, "polite"]))
    assert [outcomes[f"e{n}"].outcome for n in range(3)] == ["done", "quarantined", "done"]
    assert "garbage" in outcomes["e1"].reason


@pytest.mark.parametrize("key", ["disguise", "emit"])
def test_a_handler_speaks_of_its_own_events_key_alone(tmp_path: Path, key: str) -> None:
    """Where the row says so: a handler that a camera took over forges no other's pictures (R24)."""
    first = attrs.evolve(row("first", "last"), keeps_key=True)
    with station(tmp_path, row("last")), station(tmp_path, first, "last") as one:
        outcomes = settle_all(one, events(["polite", key, "polite"]))
    assert [outcomes[f"e{n}"].outcome for n in range(3)] == ["done", "quarantined", "done"]
    assert "garbage" in outcomes["e1"].reason


def test_a_handler_that_ignores_every_request_to_end_holds_up_no_stop(tmp_path: Path) -> None:
    """Told to end in the midst of it, the controller is done with all within its deadlines."""
    with station(tmp_path, row("one")) as one, closing(Sender(one.path, "test")) as sender:
        for event in events(["deafen", "polite"]):
            sender.submit(event)
        pump_until(sender, lambda _: (one.own / "e0").exists())
        os.kill(int((one.own / "e0").read_text()), signal.SIGTERM)
        one.process.send_signal(signal.SIGTERM)
        settled = pump_until(sender, lambda it: len(it) >= 2)
        assert {it.id: it.outcome for it in settled} == {"e0": "quarantined", "e1": "done"}
        assert one.process.wait(PATIENCE_S) == 0


def test_templates_that_die_again_and_again_cost_no_event(tmp_path: Path) -> None:
    """Killed and stopped while they start and while they fork (R2)."""
    with station(tmp_path, row("one")) as one, closing(Sender(one.path, "test")) as sender:
        keys = ["polite", "exit", "polite"]
        for number in range(8):
            for event in events(keys, f"round{number}-"):
                sender.submit(event)
            for pid in sorted(processes.children_of(one.process.pid))[:1]:
                os.kill(pid, signal.SIGKILL if number % 2 else signal.SIGSTOP)
            pump_until(sender, lambda it: len(it) >= 1)
        settled = pump_until(sender, lambda _: not sender.unsettled)
        assert all(it.outcome == "done" for it in settled if not it.id.endswith("1"))
        assert one.process.poll() is None


def test_a_controller_without_descriptors_recovers_and_loses_nothing(tmp_path: Path) -> None:
    """Nothing can be received, forked or looked up meanwhile; then all of it is (R24)."""
    with station(tmp_path, row("one")) as one, closing(Sender(one.path, "test")) as sender:
        sender.submit(Event("first", "work", "polite"))
        pump_until(sender, lambda it: len(it) == 1)
        with no_more_descriptors(one):
            for number in range(20):
                content = payload.make(b"x" * 100)
                key = "exit" if number == 3 else "look"
                event = Event(f"e{number}", "work", key, payloads=(Payload("memory", 100),))
                sender.submit(event, (content,))
            wait_until(
                lambda: "nobody can be accepted now" in one.words, "a word that nobody is accepted"
            )
            os.kill(max(processes.children_of(one.process.pid)), signal.SIGKILL)
            settled = pump_until(sender, lambda _: "descriptors-lost" in one.words)
            first_s = time.monotonic()
            settled += pump_until(sender, lambda _: time.monotonic() > first_s + 2.5)
            assert one.process.poll() is None
        settled += pump_until(sender, lambda it: len(settled) + len(it) >= 20)
        outcomes = {it.id: it.outcome for it in settled}
        assert outcomes.pop("e3") == "quarantined"
        assert len(outcomes) == 19
        assert set(outcomes.values()) == {"done"}


@contextmanager
def no_more_descriptors(at: Station) -> Iterator[None]:
    """Have the kernel refuse the controller another descriptor; those who knock take every gap."""
    pid = at.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    highest = max(int(it.name) for it in Path(f"/proc/{pid}/fd").iterdir())
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1, hard))
    links = [wire.connect(at.path) for _ in range(60)]
    try:
        yield
    finally:
        for link in links:
            link.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def test_a_full_disk_under_the_quarantine_is_told_and_harms_nobody(tmp_path: Path) -> None:
    """The event is settled, with words about the disk; once there is room the next is kept."""
    place = tmp_path / "data" / "quarantine"
    place.mkdir(parents=True)
    with small_disk(place), station(tmp_path, row("one")) as one:
        filler = fill(place)
        outcomes = settle_all(one, events(["polite", "raise", "polite"]))
        assert [outcomes[f"e{n}"].outcome for n in range(3)] == ["done", "quarantined", "done"]
        assert "the disk is full: make room" in outcomes["e1"].reason
        assert "could not be quarantined" in one.words
        assert quarantine.entries(place) == []
        filler.unlink()
        settle_all(one, events(["raise"], "more"))
        assert [it.id for it in quarantine.entries(place)] == ["more0"]


def test_a_clock_that_is_stepped_changes_nothing_but_dates(tmp_path: Path) -> None:
    """Deadlines, backoffs and ages are monotonic; the wall clock jumps by days at every look."""
    keys = ["polite", "dawdle", "exit", "hang", "raise", "polite"]
    with station(tmp_path, row("one"), places=(CLOCKS,)) as one:
        outcomes = settle_all(one, events(keys * 2))
        assert one.stop() == 0
    done = [n % 6 for n in range(12) if outcomes[f"e{n}"].outcome == "done"]
    assert done == [0, 1, 5] * 2
    kept = quarantine.entries(tmp_path / "data" / "quarantine")
    assert len(kept) == 6
    for entry in kept:
        off = abs(datetime.fromisoformat(entry.at) - datetime.now(UTC))
        assert off > timedelta(days=1), "or else the clock was not stepped"


def test_a_sender_that_does_not_read_holds_up_no_stop(tmp_path: Path) -> None:
    """What it is to be told waits for it for a moment, and the link is closed."""
    stage = row("one")
    stage = attrs.evolve(stage, settings=attrs.evolve(stage.settings, queue_events=20_000))
    with station(tmp_path, stage) as one:
        link = wire.connect(one.path)
        link.send(protocol.Hello("deaf", os.getpid()))
        settle_all(one, FLOOD)
        # More than the kernel keeps for who does not read, and less than the window.
        assert flood(link, 190) == 19_000
        wait_until(lambda: not unread_bytes(link), "all to be read")
        assert one.stop() == 0
        link.close()


def test_a_sender_that_never_reads_is_not_told_without_end(tmp_path: Path) -> None:
    """More than its window may wait for nobody: the link is closed, whoever kept to it is not."""
    with station(tmp_path, row("one")) as one:
        link = wire.connect(one.path)
        link.send(protocol.Hello("flood", os.getpid()))
        assert flood(link, 5000) < 500_000
        link.close()
        assert {it.outcome for it in settle_all(one, events(["polite"], "more")).values()} == {
            "done"
        }


def unread_bytes(link: wire.Link) -> int:
    """Return how much of what was sent waits in the kernel."""
    found = array.array("i", [0])
    fcntl.ioctl(link, termios.TIOCOUTQ, found)
    return found[0]


def flood(link: wire.Link, times: int) -> int:
    """Ask for the same hundred events without reading an answer; count until the link is closed."""
    asked = protocol.Submit(tuple(FLOOD))
    for number in range(times):
        while True:
            try:
                link.send(asked)
                break
            except wire.Full:
                time.sleep(0.001)
            except wire.Closed:
                return number * 100
    return times * 100


def test_a_controller_beats_once_a_second(tmp_path: Path) -> None:
    """The supervisor reads it in the kept state."""
    with station(tmp_path, row("one")) as one:
        wait_until(lambda: kept_state_memory.read_beat(one.kept_state), "the first beat")
        first_s = kept_state_memory.read_beat(one.kept_state)
        wait_until(lambda: kept_state_memory.read_beat(one.kept_state) > first_s, "the second beat")
        assert kept_state_memory.read_beat(one.kept_state) <= time.monotonic()
