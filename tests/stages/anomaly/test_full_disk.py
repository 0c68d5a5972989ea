"""The detector on a disk that is full: what has a memory learns on, what has none is judged."""

from pathlib import Path

from anomaly.memory_file import FILE_BYTES
from runtime import Dropped
from stages.anomaly.memories import NO_ROOM
from stages.anomaly.stage import REFUSED
from testing.faults.disks import fill, small_disk
from testing.messages.batches import make_batch
from tests.stages.anomaly.test_stage import StageRunner, lesson, street


def test_a_camera_without_a_memory_is_judged_all_the_same(tmp_path: Path) -> None:
    """R19, R25: its frames go on to people with words about it; it learns once there is room."""
    place = tmp_path / "anomaly"
    place.mkdir()
    with small_disk(place, 4 * FILE_BYTES):
        runner = StageRunner(tmp_path)
        runner.scored(make_batch("gate", 0, street(0)))
        runner.counted()
        filler = fill(place)
        new, old = runner.scored(make_batch("yard", 0, street(0)), make_batch("gate", 1, street(1)))
        assert (new.camera, new.problems) == ("yard", (NO_ROOM,))
        assert (old.camera, old.problems) == ("gate", ())
        assert runner.counted()["disk_full"] == 1
        filler.unlink()
        [again] = runner.scored(make_batch("yard", 1, street(1)))
        assert again.problems == ()


def test_a_lesson_for_a_camera_without_a_memory_is_refused(tmp_path: Path) -> None:
    """In a word that is counted: it ends no call, and what comes with it is judged."""
    place = tmp_path / "anomaly"
    place.mkdir()
    with small_disk(place, FILE_BYTES // 2):
        runner = StageRunner(tmp_path)
        fill(place)
        [dropped] = runner.judge(lesson("clear"))
        assert isinstance(dropped, Dropped)
        assert dropped.reason == REFUSED


def test_a_memory_is_kept_where_its_copy_finds_no_room(tmp_path: Path) -> None:
    """R19: a camera goes on to learn, by people as well; the copy is made when there is room."""
    place = tmp_path / "anomaly"
    place.mkdir()
    with small_disk(place, 4 * FILE_BYTES):
        runner = StageRunner(tmp_path)
        runner.scored(make_batch("gate", 0, street(0)))
        [copy] = place.glob("*.copy")
        copy.unlink()
        filler = fill(place)
        [scored] = runner.scored(make_batch("gate", 1, street(1)))
        assert scored.problems == ()
        assert runner.judge(lesson("clear")) == []
        assert not list(place.glob("*.copy*"))
        filler.unlink()
        runner.scored(make_batch("gate", 2, street(2)))
        assert copy.exists()
