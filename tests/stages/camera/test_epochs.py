"""Numbers of connections: a clock that is set back, handlers that come and go, damaged files."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stages.camera.epochs import AFTER_BOOT_MS, FILE, KeptEpochs

NOW_MS = 1_800_000_000_000


class Clock:
    """A wall clock that somebody sets."""

    def __init__(self) -> None:
        self.ms = NOW_MS

    def __call__(self) -> int:
        return self.ms


def kept(folder: Path, clock: Clock, counted: Counter[str] | None = None) -> KeptEpochs:
    """Return what a handler that starts now has."""
    counts = Counter[str]() if counted is None else counted
    return KeptEpochs(folder, lambda name: counts.update([name]), clock)


def test_a_clock_that_was_set_back_begins_no_number_anew(tmp_path: Path) -> None:
    """Whoever starts after it goes on above the highest there was, and so does who runs (R24)."""
    clock = Clock()
    first, second = kept(tmp_path, clock), kept(tmp_path, clock)
    epochs = [first.next(), second.next()]
    clock.ms += 60_000
    epochs += [first.next()]
    clock.ms -= 3_600_000
    epochs += [second.next(), kept(tmp_path, clock).next(), first.next()]
    assert epochs == sorted(set(epochs))
    clock.ms += 7_200_000
    assert kept(tmp_path, clock).next() == clock.ms


def test_after_a_start_of_the_machine_numbers_go_on_well_above(tmp_path: Path) -> None:
    """The last writes may not have come to the disk."""
    clock = Clock()
    epoch = kept(tmp_path, clock).next()
    clock.ms = 0
    after = kept(tmp_path, clock)
    after._boot = "another"
    assert after.next() > epoch + AFTER_BOOT_MS


def test_a_number_that_another_process_made_is_everybodys(tmp_path: Path) -> None:
    """And one that cannot be is refused: it would stay for ever."""
    clock = Clock()
    ours = kept(tmp_path, clock)
    ours.note(NOW_MS + 5_000)
    assert kept(tmp_path, clock).next() == NOW_MS + 5_001
    for impossible in (NOW_MS + 10 * AFTER_BOOT_MS, -1):
        with pytest.raises(ValueError, match="number"):
            ours.note(impossible)
    assert ours.next() == NOW_MS + 5_002


def test_a_damaged_file_is_named_and_set_aside(tmp_path: Path) -> None:
    """Any two bits: it is found out, or nothing has changed."""
    clock = Clock()
    whole_epoch = kept(tmp_path, clock).next()
    content = (tmp_path / FILE).read_bytes()
    for place in range(len(content)):
        for mask in (1, 64):
            damaged = bytearray(content)
            damaged[place] ^= mask
            (tmp_path / FILE).write_bytes(damaged)
            counted = Counter[str]()
            epoch = kept(tmp_path, clock, counted).next()
            assert epoch in (NOW_MS, whole_epoch + 1)
            assert counted["unreadable_files"] == 1


def test_without_a_place_to_write_numbers_still_rise(tmp_path: Path) -> None:
    """A disk that takes nothing costs the memory of it, no camera."""
    clock = Clock()
    ours = kept(tmp_path / "nowhere", clock)
    first = ours.next()
    clock.ms -= 1000
    assert ours.next() == first + 1


def test_handlers_that_connect_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    """Twenty handlers write one file: no number twice, and no half-written file under its name."""
    counted = Counter[str]()
    handlers = [kept(tmp_path, Clock(), counted) for _ in range(4)]
    with ThreadPoolExecutor(len(handlers)) as pool:
        taken = pool.map(lambda one: [one.next() for _ in range(100)], handlers)
        epochs = [epoch for some in taken for epoch in some]
    assert len(set(epochs)) == len(epochs)
    assert not counted
