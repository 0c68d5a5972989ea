"""Whole controllers: real processes, real sockets, handlers that misbehave."""

import json
import os
import select
import signal
from contextlib import closing
from pathlib import Path

from seda import payload, processes, protocol, wire
from seda.codec import decode_body
from seda.messages import Event, Payload, Settlement, StageFigures
from seda.sender import Sender
from testing.controllers.stations import events, pump_until, row, settle_all, station
from testing.waiting import PATIENCE_S


def test_events_are_handled_and_a_drained_controller_exits_politely(tmp_path: Path) -> None:
    """Events go in over the socket, handlers have them, senders are told (R12, R13)."""
    with station(tmp_path, row("one")) as one:
        outcomes = settle_all(one, events(["polite"] * 50))
        assert {it.outcome for it in outcomes.values()} == {"done"}
        assert one.stop() == 0


def test_a_payload_passes_through_two_stages_without_being_copied(tmp_path: Path) -> None:
    """A relay passes its input's descriptor on; each stage settles only after the next (R7)."""
    with (
        station(tmp_path, row("last")) as last,
        station(tmp_path, row("first", "last"), "last") as f,
        closing(Sender(f.path, "test")) as sender,
    ):
        for number in range(20):
            content = payload.make(b"pixels" * 1000)
            event = Event(f"e{number}", "work", "camera", payloads=(Payload("memory", 6000),))
            sender.submit(event, (content,))
        settled = pump_until(sender, lambda it: len(it) >= 20)
        assert {it.outcome for it in settled} == {"done"}
        assert open_payloads(f.process.pid) == open_payloads(last.process.pid) == 0


def open_payloads(pid: int) -> int:
    """Count the payloads that a process holds."""
    links = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
    return sum("memfd:payload" in str(link) for link in links)


def test_a_handler_that_dies_raises_or_hangs_harms_its_own_event_only(tmp_path: Path) -> None:
    """What fails alone twice is quarantined, all the rest is done (R2, R9, R24)."""
    rude = ["exit", "raise", "hang"]
    with station(tmp_path, row("one", events_per_call=4)) as one:
        outcomes = settle_all(one, events(["polite"] * 10 + rude + ["polite"] * 10))
    found = {number: outcomes[f"e{number}"].outcome for number in range(23)}
    assert [number for number, outcome in found.items() if outcome != "done"] == [10, 11, 12]
    assert {found[10], found[11], found[12]} == {"quarantined"}
    kept = [json.loads(it.read_text()) for it in tmp_path.glob("data/quarantine/one/*/about.json")]
    assert sorted(it["key"] for it in kept) == sorted(rude)


def test_what_a_dead_handler_left_behind_is_ended_before_its_event_is_tried_again(
    tmp_path: Path,
) -> None:
    """A handler's exit is reported only when all its descendants are gone, sessions or not."""
    with station(tmp_path, row("one")) as one:
        outcomes = settle_all(one, events(["leave_child"]))
        assert outcomes["e0"].outcome == "quarantined"
        names = {Path(f"/proc/{pid}/comm").read_text() for pid in descendants(one.process.pid)}
        assert "sleep\n" not in names


def descendants(pid: int) -> list[int]:
    """Return the children and theirs."""
    children = processes.children_of(pid)
    return children + [further for child in children for further in descendants(child)]


def test_a_controller_that_dies_is_replaced_without_losing_an_event(tmp_path: Path) -> None:
    """The sender submits again what was not settled; what was settled is known (R9)."""
    with station(tmp_path, row("one")) as one, closing(Sender(one.path, "test")) as sender:
        for event in events(["dawdle"] * 40):
            sender.submit(event)
        settled = pump_until(sender, lambda it: len(it) >= 5)
        one.kill()
        one.start()
        settled += pump_until(sender, lambda it: len(settled) + len(it) >= 40)
        assert sorted(it.id for it in settled) == sorted(f"e{number}" for number in range(40))
        assert {it.outcome for it in settled} == {"done"}


def test_a_successor_that_dies_costs_its_predecessor_nothing(tmp_path: Path) -> None:
    """Outputs are kept until they are settled, and submitted again to the next controller."""
    with (
        station(tmp_path, row("last")) as last,
        station(tmp_path, row("first", "last"), "last") as f,
        closing(Sender(f.path, "test")) as sender,
    ):
        for event in events(["dawdle"] * 40):
            sender.submit(event)
        settled = pump_until(sender, lambda it: len(it) >= 5)
        last.kill()
        last.start()
        settled += pump_until(sender, lambda it: len(settled) + len(it) >= 40)
        assert len({it.id for it in settled}) == 40
        assert {it.outcome for it in settled} == {"done"}


def test_a_template_that_dies_or_is_stopped_is_replaced(tmp_path: Path) -> None:
    """Handlers can be started again after their template is gone, politely or not."""
    with station(tmp_path, row("one")) as one:
        settle_all(one, [Event("before", "work", "polite")])
        for number, how in enumerate((signal.SIGKILL, signal.SIGSTOP)):
            os.kill(template_of(one.process.pid), how)
            outcomes = settle_all(one, [Event(f"rude{number}", "work", "exit")])
            assert outcomes[f"rude{number}"].outcome == "quarantined"
            polite = settle_all(one, [Event(f"polite{number}", "work", "polite")])
            assert polite[f"polite{number}"].outcome == "done"


def template_of(controller: int) -> int:
    """Return the child that was started first."""
    return min(processes.children_of(controller))


def test_what_handlers_print_becomes_bounded_log_lines(tmp_path: Path) -> None:
    """A handler that floods its stdout fills no log, and is heard."""
    with station(tmp_path, row("one")) as one:
        settle_all(one, events(["print"] * 400))
        assert one.stop() == 0
        lines = one.words.count("handler printed")
        assert 90 <= lines <= 300
        assert "lines left out" in one.words


def test_a_stage_whose_code_is_missing_says_so_and_keeps_its_events(tmp_path: Path) -> None:
    """A template with a problem means handlers that cannot start; the log has the reason."""
    broken = row("one")
    broken = type(broken)(broken.name, "testing.handlers.nowhere:handle", broken.takes)
    with station(tmp_path, broken) as one, closing(Sender(one.path, "test")) as sender:
        sender.submit(Event("e", "work", "polite"))
        while "cannot-start" not in one.words:
            assert not sender.pump()
            assert one.process.poll() is None
        assert "testing.handlers.nowhere" in one.words


def test_a_controller_that_is_told_to_end_finishes_what_it_has(tmp_path: Path) -> None:
    """SIGTERM drains: everything accepted is settled before the exit."""
    with station(tmp_path, row("one")) as one, closing(Sender(one.path, "test")) as sender:
        for event in events(["dawdle"] * 10):
            sender.submit(event)
        settled = pump_until(sender, lambda it: len(it) >= 1)
        one.process.send_signal(signal.SIGTERM)
        settled += pump_until(sender, lambda it: len(settled) + len(it) >= 10)
        assert {it.outcome for it in settled} == {"done"}
        assert one.process.wait(PATIENCE_S) == 0


def test_figures_reach_live_one_at_a_time(tmp_path: Path) -> None:
    """A fact a second, the newest, and none while the last one is not settled."""
    with wire.listen(str(tmp_path / "live.sock")) as listening:
        listening.setblocking(True)
        with station(tmp_path, row("one"), "live"):
            live = wire.Link(listening.accept()[0])
            assert isinstance(next_message(live), protocol.Hello)
            live.send(protocol.Welcome(protocol.Window(10, 1000, 10), 0))
            first, second = figures(live), figures(live)
            assert (first.stage, first.state) == ("one", "serving")
            assert second.at_s > first.at_s
            assert [it.state for it in second.handlers] == ["idle"]
            live.close()


def figures(live: wire.Link) -> StageFigures:
    """Return the figures that come next, and settle them."""
    message = next_message(live)
    assert isinstance(message, protocol.Submit)
    [event] = message.events
    assert (event.kind, event.key) == ("stage_figures", "one")
    assert select.select([live], [], [], 1.5)[0] == [], "the next ones wait for these"
    live.send(protocol.Settled((Settlement(event.id, "done"),), 0))
    return decode_body(event.body, StageFigures)


def next_message(link: wire.Link) -> protocol.Message:
    """Wait for the next message."""
    select.select([link], [], [], PATIENCE_S)
    received = link.receive()
    assert received is not None
    return received[0]
