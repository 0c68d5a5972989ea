"""The assignment stage on a disk that is full: nobody dies, people go on, and it heals."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stages.assignment.journal.records import split_records
from stages.assignment.journaled_policy import RESERVE_BYTES
from testing.faults.disks import fill, small_disk
from tests.stages.assignment.running_stage import HEAT, JPEG, RunningStage, running
from tests.stages.assignment.test_journal import FACTS, open_journal

ROOM_BYTES = 3 * RESERVE_BYTES


@contextmanager
def cramped(folder: Path, size_bytes: int = ROOM_BYTES) -> Iterator[RunningStage]:
    """Have the stage's directory on a small disk of its own."""
    place = folder / "data" / "assignment"
    place.mkdir(parents=True)
    with small_disk(place, size_bytes), running(folder) as opened:
        yield opened


def test_people_get_frames_that_the_disk_did_not_take(tmp_path: Path) -> None:
    """R25, R28: what comes while nothing is free is shown and decided; later it has its files."""
    with cramped(tmp_path) as place:
        place.add("gate", 0.6)
        place.wait(lambda: len(place.handlers()) == 1)
        [handler] = place.handlers()
        filler = fill(place.directory)
        place.add("yard", 0.7)
        shown = place.take("anna", "page-of-anna")
        assert (shown.frame["camera"], shown.picture) == ("yard", JPEG)
        assert place.take("bert", "page-of-bert").frame["camera"] == "gate"
        place.wait(lambda: place.count("disk_full") >= 1)
        filler.unlink()
        folder = place.directory / "frames" / shown.frame["frame_id"]
        place.wait((folder / "facts.json").exists)
        assert (folder / "heat.png").read_bytes() == HEAT
        place.decide(shown)
        assert place.handlers() == [handler]


def test_a_handler_that_begins_on_a_full_disk_goes_on(tmp_path: Path) -> None:
    """R12: it reads the journal and writes on out of the reserve; what was held is still held."""
    with cramped(tmp_path) as place:
        place.add("gate", 0.6)
        place.add("yard", 0.7)
        shown = place.take("anna", "page-of-anna")
        place.wait((place.directory / "journal.reserve").exists)
        fill(place.directory)
        place.kill_handler()
        assert place.take("bert", "page-of-bert").frame["camera"] == "gate"
        place.decide(shown)
        assert place.status(place.ask("carl", "page-of-carl")) == 204


def test_strips_that_can_not_be_kept_end_nobody(tmp_path: Path) -> None:
    """The pictures around a frame are gathered in the background, and that goes on."""
    with cramped(tmp_path) as place:
        place.add("gate", 0.6)
        shown = place.take("anna", "page-of-anna")
        [handler] = place.handlers()
        filler = fill(place.directory)
        captured_s = shown.lease.captured_s
        place.store("gate", captured_s - 1.0)
        place.wait(lambda: place.count("disk_full") >= 1)
        filler.unlink()
        folder = place.directory / "frames" / shown.frame["frame_id"]
        place.store("gate", captured_s + 1.0)
        place.wait(lambda: len(list(folder.glob("strip-*.jpg"))) == 2)
        assert place.handlers() == [handler]


def test_without_any_room_frames_are_refused_and_nobody_dies(tmp_path: Path) -> None:
    """Where even the reserve is used up: 503 with words, a counted drop, and back by itself."""
    with cramped(tmp_path, 256 * 1024) as place:
        place.add("gate", 0.6)
        [handler] = place.handlers()
        filler = fill(place.directory)
        place.wait(lambda: place.settle(place.score("yard", 0.7)).reason == "disk full")
        assert place.status(place.ask("anna", "page-of-anna")) == 503
        filler.unlink()
        place.wait(lambda: place.settle(place.score("yard", 0.7)).outcome == "done")
        assert place.take("anna", "page-of-anna").frame["camera"] == "yard"
        assert place.handlers() == [handler]


def test_a_commit_that_finds_no_room_leaves_nothing_half(tmp_path: Path) -> None:
    """What it had to write waits, the file ends with a whole record, and it may commit again."""
    with small_disk(tmp_path):
        path = tmp_path / "journal"
        with open_journal(path) as journal:
            journal.append(1.0, 1.0, FACTS)
            journal.commit()
            filler = fill(tmp_path)
            for number in range(200):
                journal.append(2.0 + number, 2.0, FACTS)
            with pytest.raises(OSError, match="No space"):
                journal.commit()
            whole_bytes = path.stat().st_size
            assert list(split_records(path.read_bytes()))[-1][0] == whole_bytes
            filler.unlink()
            journal.commit()
        with open_journal(path) as journal:
            assert journal.past.damage is None
            assert len(journal.past.batches) == 201
