"""What an object detector sees is evidence: bounded either way, never required and never a gate."""

import attrs
import pytest

from anomaly.detect import Settings
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.plugins.detector import ObjectDetector
from anomaly.plugins.opening import open_detector
from anomaly.types import MOST_BOXES, Bytes, Cause, ScoredFrame
from anomaly.usual.calibration import Bands
from anomaly.usual.objects import (
    MOST_GAIN,
    MOST_LOSS,
    ObjectMemory,
    join_boxes,
    note_objects,
    weigh_objects,
)
from seda.messages import Band, Box, Mark
from testing.data import DATA
from tests.anomaly.judged import LEARNED_CHUNKS, RUNNER, judge, recall
from tests.anomaly.street import Walker, make_batch, street_batch

MARK = Mark("moving", 0.5, 0.5)
CHUNK_S = 2.0
PERSON, CAR = Box(0.45, 0.3, 0.55, 0.7, "person", 0.9), Box(0.4, 0.4, 0.6, 0.6, "car", 0.9)
ELSEWHERE = Box(0.0, 0.8, 0.1, 0.98, "person", 0.9)
EVERYTHING = Bands(3000, 2000, 1000)


def known(objects: tuple[Box, ...], looks: int = 600) -> ObjectMemory:
    """Give a memory of twenty minutes in which always the same was seen."""
    memory = ObjectMemory()
    for _ in range(looks):
        note_objects(memory, objects, MARK, CHUNK_S, is_motion=True)
    return memory


def test_person_where_only_cars_are_is_rare() -> None:
    """At the place that the evidence is about it counts in full, elsewhere half."""
    memory = known((CAR,))
    there = weigh_objects(memory, (PERSON,), MARK, is_motion=True)
    elsewhere = weigh_objects(memory, (CAR, ELSEWHERE), MARK, is_motion=True)
    assert there.nats == pytest.approx(MOST_GAIN, abs=0.1)
    assert (there.rare, there.at_mark) == (PERSON, PERSON)
    assert elsewhere.nats == pytest.approx(there.nats / 2, rel=0.02)
    assert (elsewhere.rare, elsewhere.at_mark) == (ELSEWHERE, CAR)


@pytest.mark.parametrize(
    ("memory", "objects"),
    [
        (known((CAR,)), (CAR,)),
        (known((PERSON,)), (PERSON,)),
        (ObjectMemory(), (PERSON,)),
        (known((CAR,), looks=2), (PERSON,)),
        (known((CAR,)), (attrs.evolve(PERSON, strength=0.4),)),
    ],
    ids=["a car as ever", "a person as ever", "the first look", "the third look", "hardly sure"],
)
def test_what_is_usual_or_unsure_adds_nothing(
    memory: ObjectMemory, objects: tuple[Box, ...]
) -> None:
    """And it takes nothing either, since something is there."""
    assert weigh_objects(memory, objects, MARK, is_motion=True).nats == pytest.approx(0, abs=0.1)


def test_more_looks_and_fewer_sightings_make_it_rarer() -> None:
    """Once in a minute is no surprise; the gain never exceeds its bound."""
    looks = [weigh_objects(known((CAR,), n), (PERSON,), MARK, is_motion=True) for n in (60, 300)]
    seldom = known((CAR,), 600)
    for _ in range(5):
        note_objects(seldom, (PERSON,), MARK, CHUNK_S, is_motion=True)
    after = weigh_objects(seldom, (PERSON,), MARK, is_motion=True)
    most = weigh_objects(known((CAR,), 5000), (PERSON,), MARK, is_motion=True)
    assert 0 < looks[0].nats < looks[1].nats < MOST_GAIN
    assert after.nats < looks[1].nats
    assert most.nats == MOST_GAIN


def test_motion_without_an_object_loses_where_motion_has_objects() -> None:
    """Rain, a headlight or a shadow; what only stands or is of the whole picture loses nothing."""
    memory = known((CAR,))
    loss = weigh_objects(memory, (), MARK, is_motion=True).nats
    assert loss == -MOST_LOSS
    assert weigh_objects(memory, (ELSEWHERE,), MARK, is_motion=False).nats >= 0
    faint = attrs.evolve(CAR, strength=0.3)
    assert weigh_objects(memory, (faint,), MARK, is_motion=True).nats == 0


def test_detector_that_sees_nobody_here_takes_nothing() -> None:
    """People too far away for it are no rain."""
    assert weigh_objects(known(()), (), MARK, is_motion=True).nats == 0
    half = known((CAR,), 100)
    for _ in range(100):
        note_objects(half, (), MARK, CHUNK_S, is_motion=True)
    assert -MOST_LOSS < weigh_objects(half, (), MARK, is_motion=True).nats < -0.4


def test_few_boxes_and_what_was_seen_gives_its_outline() -> None:
    """What moves comes first, under the detector's name where it saw the same."""
    mover = Box(0.4, 0.25, 0.6, 0.75, "something", 0.8)
    other = Box(0.8, 0.1, 0.9, 0.2, "somebody", 0.2)
    assert join_boxes([mover, other], [ELSEWHERE, PERSON], 5) == (PERSON, other, ELSEWHERE)
    crowd = [attrs.evolve(ELSEWHERE, left=0.01 * n) for n in range(9)]
    assert len(join_boxes([mover], crowd, 5)) == 5
    assert join_boxes([mover, other], [], 5) == (mover, other)


class Objects:
    """A detector that sees what it is told to see, and counts its looks."""

    name = "made"

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes, self.looks = boxes, 0

    def find_objects(self, content: bytes | Bytes) -> list[Box]:
        """Give the boxes."""
        del content
        self.looks += 1
        return self.boxes


def watched(learned: bytes, objects: ObjectMemory) -> CameraMemory:
    """Give the camera of the street, with what its detector saw so far."""
    memory = recall(learned)
    memory.objects = objects
    return memory


def see(
    learned: bytes,
    graph: MotionGraph,
    objects: ObjectMemory,
    detector: ObjectDetector | None,
    walkers: list[Walker] | None = None,
) -> ScoredFrame:
    """Judge a chunk of the street, everything being worth a reason."""
    batch = street_batch(LEARNED_CHUNKS, walkers)
    settings = Settings(bands=EVERYTHING, objects=detector)
    return judge(batch, watched(learned, objects), graph, settings)


def boxes_at(plain: ScoredFrame, label: str) -> list[Box]:
    """Give a box around the strongest place."""
    x, y = plain.evidence.mark.x, plain.evidence.mark.y
    corners = max(0.0, x - 0.1), max(0.0, y - 0.1), min(1.0, x + 0.1), min(1.0, y + 0.1)
    return [Box(*corners, label, 0.9)]


def test_detector_looks_once_at_the_chosen_picture(learned: bytes, graph: MotionGraph) -> None:
    """Of a chunk of twenty pictures it is shown one."""
    detector = Objects([])
    see(learned, graph, ObjectMemory(), detector)
    assert detector.looks == 1


def test_person_where_none_ever_is_wins_and_is_told(learned: bytes, graph: MotionGraph) -> None:
    """Where the detector has seen nothing but cars, a person raises the evidence and says why."""
    plain = see(learned, graph, ObjectMemory(), None)
    scored = see(learned, graph, known((CAR,)), Objects(boxes_at(plain, "person")))
    assert scored.raw == pytest.approx(plain.raw + MOST_GAIN, abs=0.1)
    assert scored.threat > plain.threat
    assert scored.evidence.cause is Cause.KIND
    assert scored.evidence.words.startswith("A person where hardly any was seen in 20 minutes, ")
    assert "person" in {box.label for box in scored.evidence.boxes}
    assert len(scored.evidence.boxes) <= MOST_BOXES


def test_what_was_seen_names_the_thing(learned: bytes, graph: MotionGraph) -> None:
    """In the sentence and on its box, and the score is as it was."""
    plain = see(learned, graph, ObjectMemory(), None)
    dogs = boxes_at(plain, "dog")
    scored = see(learned, graph, known(tuple(dogs)), Objects(dogs))
    assert scored.raw == pytest.approx(plain.raw, abs=0.1)
    assert scored.evidence.words.startswith("A dog ")
    assert "dog" in {box.label for box in scored.evidence.boxes}


def test_movement_without_an_object_loses_a_bounded_amount(
    learned: bytes, graph: MotionGraph
) -> None:
    """It loses, its history does not learn of it, and nothing else of the frame changes."""
    plain = see(learned, graph, ObjectMemory(), None, [RUNNER])
    mark = Mark("moving", plain.evidence.mark.x, plain.evidence.mark.y)
    sees = ObjectMemory()
    for _ in range(600):
        note_objects(sees, boxes_at(plain, "car"), mark, CHUNK_S, is_motion=True)
    scored = see(learned, graph, sees, Objects([]), [RUNNER])
    assert scored.raw == pytest.approx(plain.raw - MOST_LOSS, abs=0.1)
    assert scored.index == plain.index
    assert scored.course == plain.course


def test_frame_of_the_top_band_stays_in_it(learned: bytes, graph: MotionGraph) -> None:
    """No detector hides what is alarming."""
    bands = Bands(3500, 3000, 2000)
    batch = street_batch(LEARNED_CHUNKS, [RUNNER])
    plain = judge(batch, recall(learned), graph, Settings(bands=bands))
    assert plain.band is Band.ALARMING
    settings = Settings(bands=bands, objects=Objects([]))
    sees = known((Box(0, 0, 1, 1, "car", 0.9),), 5000)
    scored = judge(batch, watched(learned, sees), graph, settings)
    assert scored.raw <= plain.raw
    assert scored.band is Band.ALARMING


def test_what_stands_where_is_part_of_the_memory(learned: bytes, graph: MotionGraph) -> None:
    """It is learned chunk by chunk, lasts, and a frozen camera learns none of it."""
    memory = recall(learned)
    car = Objects([CAR])
    judge(street_batch(LEARNED_CHUNKS), memory, graph, Settings(objects=car, is_frozen=True))
    assert memory.objects.looks == 0
    judge(street_batch(LEARNED_CHUNKS), memory, graph, Settings(objects=car))
    again = unpack_memory(pack_memory(memory), "gate").objects
    assert again.looks == 1
    assert again.counts.sum() == 1
    assert again.seen_s == pytest.approx(memory.objects.seen_s)


@pytest.mark.parametrize(
    ("adapter", "file"), [("fastestdet", "fastestdet_coco.onnx"), ("yolox", "yolox_nano.onnx")]
)
def test_real_detector_sees_people_on_a_square(adapter: str, file: str, graph: MotionGraph) -> None:
    """Somebody on a square is a person in the sentence or on a box, by either model."""
    model, frames = DATA / "models" / file, DATA / "ped2/training/frames/05"
    if not model.is_file() or not frames.is_dir():
        pytest.skip(f"{model} or {frames} is absent; set SEDA_DATA to test with real models")
    memory, settings = CameraMemory("square"), Settings(objects=open_detector(model, adapter, ()))
    files = sorted(frames.glob("*.jpg"))
    seen = set()
    for sequence in range(4):
        part = [file.read_bytes() for file in files[20 * sequence : 20 * sequence + 20]]
        scored = judge(make_batch(part, sequence, "square"), memory, graph, settings)
        assert not scored.objects_problem
        seen |= {box.label for box in scored.evidence.boxes}
    assert "person" in seen
    assert memory.objects.looks == pytest.approx(4, abs=0.01)
    assert memory.objects.counts[0].sum() > 0
