"""Keeping events aside: beside the turns, one after the other, and loudly when it fails."""

import errno
import os
from pathlib import Path

import attrs
import pytest
import trio

from controller.core.happenings import Quarantine, Quarantined
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.quarantine import Keeper, Limits
from seda import payload, quarantine
from seda.disk.measuring import measure
from seda.messages import Event, Payload
from testing.controllers.turns import EngineRecorder
from testing.faults.disks import small_disk

CONTENT = b"x" * 1000


def keep_all(
    place: Path, events: list[Event], limit_bytes: int, disk_floor_bytes: int = 0
) -> list[Quarantined]:
    """Have a keeper write events, and return what it reported."""
    hub, held, recorder = Hub(), HeldDescriptors(), EngineRecorder()
    keeper = Keeper(place, "stage", Limits(limit_bytes, disk_floor_bytes), hub, held)

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keeper.run, recorder)
            for event in events:
                held.keep_input(event.id, [payload.make(CONTENT) for _ in event.payloads])
                keeper.keep(Quarantine(event, "raised"))
            while len(recorder.heard) < len(events):
                await hub.wait(hub.now_s + 10)
                hub.turn()
                hub.finish_turn()
            nursery.cancel_scope.cancel()

    trio.run(run)
    for event in events:
        held.release_input(event.id)
    hub.close()
    return [it for it in recorder.heard if isinstance(it, Quarantined)]


def events(count: int) -> list[Event]:
    """Return events with a payload each."""
    return [
        Event(f"e{number}", "work", "key", payloads=(Payload("memory", len(CONTENT)),))
        for number in range(count)
    ]


def test_events_are_written_and_reported(tmp_path: Path) -> None:
    """Each is reported once it is safely on disk."""
    assert keep_all(tmp_path, events(3), 10**6) == [Quarantined(f"e{it}") for it in range(3)]
    assert {it.id for it in quarantine.entries(tmp_path)} == {"e0", "e1", "e2"}


def test_the_quarantine_stays_under_its_bound(tmp_path: Path) -> None:
    """The oldest go first; what is larger than everything is a problem in words."""
    assert all(not it.problem for it in keep_all(tmp_path, events(6), 5000))
    assert sum(it.size_bytes for it in quarantine.entries(tmp_path)) <= 5000 + 1000
    [told] = keep_all(tmp_path, events(1), 999)
    assert "quarantine_bytes" in told.problem


def test_the_quarantine_gives_way_to_a_full_disk(tmp_path: Path) -> None:
    """R25: the oldest, until its share of the floor is free; with room again it only grows."""
    size_bytes = 1024 * 1024
    with small_disk(tmp_path, size_bytes):
        assert all(not it.problem for it in keep_all(tmp_path, events(20), 10**6, size_bytes))
        filler = tmp_path / "others"
        filler.write_bytes(bytes(measure(tmp_path).free_bytes - 40 * 1024))
        [told] = keep_all(tmp_path, [attrs.evolve(events(1)[0], id="new")], 10**6, size_bytes)
        assert not told.problem
        kept = {it.id for it in quarantine.entries(tmp_path)}
        assert {"new", "e19"} <= kept
        assert "e0" not in kept
        filler.unlink()
        keep_all(tmp_path, [attrs.evolve(events(1)[0], id="newer")], 10**6, size_bytes)
        assert {it.id for it in quarantine.entries(tmp_path)} == {*kept, "newer"}


def test_a_full_disk_is_loud_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is reported with the problem; the next one is written again."""
    sync = os.fsync
    calls: list[int] = []

    def full_at_first(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full_at_first)
    first, second = keep_all(tmp_path, events(2), 10**6)
    assert "disk is full" in first.problem
    assert not second.problem
    assert [it.id for it in quarantine.entries(tmp_path)] == ["e1"]
