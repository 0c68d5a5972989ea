"""What a lesson meets: a damaged memory, and a chunk that comes again after it; with real files."""

import os
from pathlib import Path

import pytest

from anomaly.memory_file import FILE_BYTES, SLOT_BYTES, Chunk
from seda.messages import ScoredFacts
from stages.anomaly.copies import COPY
from stages.anomaly.memories import IS_BLANK, IS_COPY, IS_LOST, UNUSABLE, memory_path, newest_memory
from testing.faults.disks import fill, small_disk
from testing.messages.batches import make_batch
from tests.stages.anomaly.test_stage import StageRunner, lesson, street


def watch(runner: StageRunner, sequence: int) -> ScoredFacts:
    [facts] = runner.scored(make_batch("gate", sequence, street(sequence)))
    return facts


def counted(runner: StageRunner) -> dict[str, float]:
    return {name: count for name, count in runner.counted().items() if count}


@pytest.fixture
def runner(tmp_path: Path) -> StageRunner:
    return StageRunner(tmp_path)


def flip(path: Path) -> None:
    """Damage both slots from outside."""
    content = bytearray(path.read_bytes())
    for at in (400, SLOT_BYTES + 400):
        content[at] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, FILE_BYTES // 3)


def blank(path: Path) -> None:
    path.write_bytes(bytes(FILE_BYTES))


@pytest.mark.parametrize("harm", [flip, truncate])
@pytest.mark.parametrize("has_copy", [False, True])
def test_a_damaged_memory_that_a_lesson_meets_is_said_and_counted(
    runner: StageRunner, harm: object, capsys: pytest.CaptureFixture[str], *, has_copy: bool
) -> None:
    """As where a chunk meets it: log, count, file aside, and words on the next frame (R25)."""
    for sequence in range(2):
        watch(runner, sequence)
    path = memory_path(runner.context.directory, "gate")
    if not has_copy:
        path.with_suffix(COPY).unlink()
    harm(path)  # type: ignore[operator]  # one of the functions above
    runner.counted()
    capsys.readouterr()
    assert runner.judge(lesson("clear")) == []
    assert counted(runner) == {"memories_lost": 1, "lessons": 1}
    assert 'camera "gate"' in capsys.readouterr().out
    assert path.with_suffix(UNUSABLE).exists()
    runner.judge(lesson("clear", 1))
    assert counted(runner) == {"lessons": 1}, "what was said is not said again"
    found = [watch(runner, sequence) for sequence in (2, 2, 3)]
    words = IS_COPY if has_copy else IS_LOST
    assert [it.problems for it in found] == [(words,), (words,), ()]
    assert "memories_lost" not in counted(runner)
    learned = newest_memory(runner.context.directory, "gate")[0].memory.lessons.learned
    assert [it.id for it in learned] == ["v0", "v1"]


def test_a_blank_memory_that_a_lesson_meets_goes_on_from_its_copy_and_says_so(
    runner: StageRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    """A power cut left nothing in the file; a new camera's lesson says nothing of the kind."""
    runner.judge(lesson("clear"))
    assert counted(runner) == {"lessons": 1}
    watch(runner, 0)
    blank(memory_path(runner.context.directory, "gate"))
    runner.counted()
    runner.judge(lesson("clear", 1))
    assert counted(runner) == {"memories_lost": 1, "lessons": 1}
    assert IS_BLANK in capsys.readouterr().out
    assert watch(runner, 1).problems == (IS_COPY,)


@pytest.mark.parametrize("before", [0, 1, 4])
def test_a_lesson_before_a_repeated_chunk_leaves_its_score_as_it_was(
    runner: StageRunner, before: int
) -> None:
    """The chunk was judged, its handler died untold, the lesson came first (R24, R28)."""
    for sequence in range(before):
        watch(runner, sequence)
    first = watch(runner, before)
    runner.judge(lesson("clear", 7), lesson("clear", 8))
    runner.counted()
    assert watch(runner, before) == first
    assert "late_chunks" not in counted(runner)
    newest, after = newest_memory(runner.context.directory, "gate")
    assert after == Chunk(1, before, 2)
    assert [it.id for it in newest.memory.lessons.learned] == ["v7", "v8"], "they are not undone"
    assert newest.memory.history.chunks == before + 1, "it has learned once of the chunk"


def test_the_chunk_after_a_repeat_is_judged_as_if_nothing_had_been(tmp_path: Path) -> None:
    """A run with a repeat behind a lesson ends in the memory of a run without one."""
    found = []
    for name, repeats in (("calm", 1), ("disturbed", 2)):
        (tmp_path / name).mkdir()
        runner = StageRunner(tmp_path / name)
        watch(runner, 0)
        watch(runner, 1)
        runner.judge(lesson("clear"))
        for _ in range(repeats - 1):
            watch(runner, 1)
        found.append((watch(runner, 2), watch(runner, 3)))
    assert found[0] == found[1]


def test_a_lesson_whose_write_was_torn_is_in_the_copy(runner: StageRunner) -> None:
    """It is written over the newest state, so the copy is synced first: no lesson is lost."""
    for sequence in range(3):
        watch(runner, sequence)
    runner.judge(lesson("clear"))
    path = memory_path(runner.context.directory, "gate")
    before = path.read_bytes()
    runner.judge(lesson("clear", 1))
    path.write_bytes(torn_at_the_magic(before, path.read_bytes()))
    watch(runner, 3)
    memory = newest_memory(runner.context.directory, "gate")[0].memory
    assert [it.id for it in memory.lessons.learned] == ["v0", "v1"]
    assert memory.history.chunks == 4


def torn_at_the_magic(before: bytes, after: bytes) -> bytes:
    """Return what is there when a process dies before it marks the slot that it wrote as whole."""
    [start] = [at for at in (0, SLOT_BYTES) if before[at:][:SLOT_BYTES] != after[at:][:SLOT_BYTES]]
    return after[:start] + bytes(8) + after[start + 8 :]


def test_on_a_full_disk_a_lesson_goes_into_the_other_slot(tmp_path: Path) -> None:
    """Without a copy to fall back on, the newest state is not written over."""
    place = tmp_path / "anomaly"
    place.mkdir()
    with small_disk(place, 4 * FILE_BYTES):
        runner = StageRunner(tmp_path)
        watch(runner, 0)
        watch(runner, 1)
        memory_path(place, "gate").with_suffix(COPY).unlink()
        fill(place)
        path = memory_path(place, "gate")
        before = path.read_bytes()
        runner.judge(lesson("clear"))
        path.write_bytes(torn_at_the_magic(before, path.read_bytes()))
        assert newest_memory(place, "gate")[1] == Chunk(1, 1)
