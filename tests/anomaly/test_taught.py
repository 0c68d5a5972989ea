"""What people teach a camera, and what zones leave out of it."""

import copy

import attrs
import pytest

from anomaly.detect import Settings
from anomaly.features import MotionGraph
from anomaly.memory import (
    CameraMemory,
    pack_memory,
    unpack_memory,
)
from anomaly.types import ScoredFrame
from anomaly.usual.lessons import teach_lesson, undo_lesson
from conf.schema import Zone
from seda.messages import Band, Lesson, Mark
from tests.anomaly.judged import LEARNED_CHUNKS, RUNNER, judge, recall
from tests.anomaly.street import (
    ORDINARY,
    Walker,
    street_batch,
)


def test_masked_thing_is_ignored(learned: bytes, graph: MotionGraph) -> None:
    """What moves in a mask has no part in the score."""
    mask = Zone("road", ((0.0, 0.35), (1.0, 0.35), (1.0, 0.62), (0.0, 0.62)), 0.0)
    batch = street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER])
    seen = judge(batch, recall(learned), graph)
    masked = judge(batch, recall(learned), graph, Settings(zones=(mask,)))
    assert masked.raw < seen.raw / 2


def test_minimum_duration_holds_back_what_passes(learned: bytes, graph: MotionGraph) -> None:
    """In a zone that asks for ten seconds, something that lasts two does not count."""
    zone = Zone("yard", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), 1, minimum_s=10)
    batch = street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER])
    held = judge(batch, recall(learned), graph, Settings(zones=(zone,)))
    assert held.raw < judge(batch, recall(learned), graph).raw / 2


def teach(memory: CameraMemory, scored: ScoredFrame, count: int, *people: str) -> None:
    """Give a number of *clear* lessons on a frame."""
    for number in range(count):
        person = people[number % len(people)]
        mark = scored.evidence.mark
        assert (
            teach_lesson(memory.lessons, Lesson(f"v{number}", "clear", person, number, mark))
            is None
        )


def test_clear_verdicts_teach_the_pattern_and_no_other(learned: bytes, graph: MotionGraph) -> None:
    """Twenty *clear* verdicts bring a recurring pattern below the second band; others stay."""
    runner, other = [*ORDINARY, RUNNER], [*ORDINARY, Walker(96, 4.5, 20)]
    first = judge(street_batch(LEARNED_CHUNKS, runner), recall(learned), graph)
    untaught_other = judge(street_batch(LEARNED_CHUNKS, other), recall(learned), graph)
    memory = recall(learned)
    for number in range(20):
        at = LEARNED_CHUNKS + number
        seen = judge(street_batch(at, runner), memory, graph, Settings(is_frozen=True))
        lesson = Lesson(f"v{number}", "clear", "ab"[number % 2], number, seen.evidence.mark)
        assert teach_lesson(memory.lessons, lesson) is None
    taught = unpack_memory(pack_memory(memory), "gate")
    after = judge(
        street_batch(LEARNED_CHUNKS + 20, runner), taught, graph, Settings(is_frozen=True)
    )
    assert first.band is not Band.ORDINARY
    assert after.band is Band.ORDINARY
    again = recall(learned)
    again.lessons = copy.deepcopy(memory.lessons)
    assert judge(street_batch(LEARNED_CHUNKS, other), again, graph).raw > untaught_other.raw * 0.6


def test_one_person_can_not_teach_away_the_top_band(learned: bytes, graph: MotionGraph) -> None:
    """A frame of the top band stays there until a second person agrees."""
    batch = street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER])
    easily = attrs.evolve(Settings().bands, unusual_per_h=20, alarming_per_h=19)
    settings = Settings(bands=easily)
    first = judge(batch, recall(learned), graph, settings)
    assert first.band is Band.ALARMING
    alone, both = recall(learned), recall(learned)
    teach(alone, first, 20, "ann")
    teach(both, first, 20, "ann", "bob")
    assert judge(batch, alone, graph, settings).band is Band.ALARMING
    assert judge(batch, both, graph, settings).raw < first.raw / 2


@pytest.mark.parametrize(("weight", "minimum_s"), [(0.0, 0.0), (1.0, 10.0)])
def test_what_zones_leave_out_stays_out_whatever_people_taught(
    learned: bytes, graph: MotionGraph, weight: float, minimum_s: float
) -> None:
    """Lessons of one person do not bring a masked thing back into the top band."""
    batch = street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER])
    easily = attrs.evolve(Settings().bands, unusual_per_h=20, alarming_per_h=19)
    taught = recall(learned)
    teach(taught, judge(batch, recall(learned), graph, Settings(bands=easily)), 20, "ann")
    corners = ((0.0, 0.35), (1.0, 0.35), (1.0, 0.62), (0.0, 0.62))
    road = Zone("road", corners, weight, minimum_s=minimum_s)
    judged = judge(batch, taught, graph, Settings(bands=easily, zones=(road,)))
    assert judged.band is Band.ORDINARY


def test_suspicious_verdict_raises_its_like_and_can_be_undone(
    learned: bytes, graph: MotionGraph
) -> None:
    """A *suspicious* verdict raises the pattern; undone, the score is what it was."""
    batch = street_batch(LEARNED_CHUNKS)
    plain = judge(batch, recall(learned), graph)
    memory = recall(learned)
    lesson = Lesson("v1", "suspicious", "ann", 1.0, plain.evidence.mark)
    assert teach_lesson(memory.lessons, lesson) is None
    taught = pack_memory(memory)
    assert judge(batch, memory, graph).raw > plain.raw * 1.3
    undone = unpack_memory(taught, "gate")
    undo_lesson(undone.lessons, "v1")
    assert judge(batch, undone, graph).raw == plain.raw


def test_lessons_an_hour_are_capped_and_given_once(learned: bytes) -> None:
    """Nobody can teach a camera to be blind within an hour; a repeat of a lesson is harmless."""
    memory = recall(learned)
    mark = Mark("moving", 0.5, 0.5, (1, 2, 3))
    refused = [
        teach_lesson(memory.lessons, Lesson(f"v{n}", "clear", "ann", float(n), mark))
        for n in range(40)
    ]
    assert refused[:30] == [None] * 30
    assert all(refused[30:])
    assert teach_lesson(memory.lessons, Lesson("v3", "clear", "ann", 50.0, mark)) is None
    assert len(memory.lessons.learned) == 30
    assert teach_lesson(memory.lessons, Lesson("late", "clear", "ann", 4000.0, mark)) is None
