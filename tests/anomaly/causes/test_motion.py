"""The cause of a moving thing's score: each is named where it is one, and in plain words."""

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.causes.motion import Thing as Told
from anomaly.causes.motion import cells_of, explain_motion
from anomaly.detect import Call, Settings, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.judging.findings import Findings, Streams
from anomaly.judging.tracking import Followed
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.tracks import KINDS as TRACK_KINDS
from anomaly.tracks import THING_NAMES, no_blobs, start_state, watch
from anomaly.types import Cause, Floats, ScoredFrame
from anomaly.usual.calibration import Bands
from anomaly.usual.patterns import find_patterns, note_patterns, surprise_table
from anomaly.usual.properties import note_properties
from tests.anomaly.street import Walker, draw_street, make_batch

ROWS, COLUMNS, SPOT = 9, 12, (0, 4, 6)
WALKS, RIDES, DRIVES = 0, 1, 3


@attrs.frozen
class Thing:
    """What moves in a made chunk; the defaults are what moves there every day."""

    speed: float = 1.0
    walks: float = 2.0
    log_height: float = 0.2
    kind: int = WALKS
    way: float = 0.0
    place: float = 0.0
    u: float = 1.0


def watched(hours: float = 2.0, standing: int = 0) -> CameraMemory:
    """Give a camera before which people have walked to the right, and perhaps much only stood."""
    memory = CameraMemory("gate")
    rng = np.random.default_rng(1)
    count = 20_000
    speed = rng.normal(1, 0.15, count).astype(np.float32)
    walks = rng.normal(2, 0.4, count).astype(np.float32)
    log_height = rng.normal(0.2, 0.12, count).astype(np.float32)
    none = np.zeros(standing, np.float32)
    patterns = np.concatenate(
        [find_patterns(speed, speed * 0, walks), find_patterns(none, none, none - 4)]
    )
    note_patterns(memory.patterns, patterns, np.ones(len(patterns), np.float32), 1.0)
    rows = rng.uniform(0, 1, count).astype(np.float32)
    note_properties(memory.properties, rows, speed, log_height, 1.0)
    memory.history.seen_s = hours * 3600
    return memory


def nobody_followed() -> Followed:
    """Give what the tracks find in a picture where there are none."""
    sightings = watch(start_state(ROWS, COLUMNS), [no_blobs(len(THING_NAMES))], [1.0], 9.0)
    return Followed(sightings, [0], np.zeros((1, TRACK_KINDS), np.float32))


def find(thing: Thing, memory: CameraMemory) -> Findings:
    """Give what the detector finds of one thing in the middle of a picture."""
    shape = (1, ROWS, COLUMNS)

    def everywhere(value: float) -> Floats:
        return np.full(shape, value, np.float32)

    table = surprise_table(memory.patterns)
    u, none = everywhere(thing.u * thing.speed), everywhere(0)
    patterns = find_patterns(u, none, everywhere(thing.walks))
    there = none.copy()
    there[:, 3:6, 5:8] = 1
    evidence = float(table[patterns[SPOT]])
    kinds = np.zeros((1, 5, ROWS, COLUMNS), np.float32)
    kinds[:, thing.kind] = 0.8
    usual = np.zeros((ROWS * 4, COLUMNS * 4), np.float32)
    streams = Streams(there * (evidence + 0.1), none, none, np.zeros((1, TRACK_KINDS), np.float32))
    return Findings(
        streams, None, np.zeros(1, np.float32), np.zeros(1, np.float32), 1.0, False, 0.0,
        usual, usual.astype(np.uint8), table, patterns, everywhere(thing.speed), u, none,
        there, everywhere(thing.way), everywhere(thing.place), there, kinds,
        everywhere(thing.log_height), nobody_followed(),
    )  # fmt: skip


def explain(
    thing: Thing, memory: CameraMemory | None = None, *, is_high: bool = True
) -> tuple[Cause, str]:
    """Ask for the cause of a thing's score."""
    memory = memory or watched()
    findings, cells = find(thing, memory), thing_cells()
    if thing.kind == DRIVES:
        cells = thing_cells(slice(4, 6), slice(3, 8))
    told = told_of(findings, cells)
    return explain_motion(findings, SPOT, told, memory, "in the middle", is_high=is_high)


def told_of(findings: Findings, cells: NDArray[np.bool_]) -> Told:
    """Give what the words are about."""
    one = cells_of(findings, 0, *np.nonzero(cells))
    return Told(one, one)


def thing_cells(rows: slice = slice(3, 6), columns: slice = slice(5, 8)) -> NDArray[np.bool_]:
    """Give the cells of the thing that is found."""
    cells = np.zeros((ROWS, COLUMNS), bool)
    cells[rows, columns] = True
    return cells


@pytest.mark.parametrize(
    ("thing", "cause", "words"),
    [
        (
            Thing(speed=3.0, walks=-2.0, kind=RIDES),
            Cause.SPEED,
            (
                "a person rides to the right at 3.0 times the usual speed,"
                " faster than nearly everything here in 2 hours, in the middle"
            ),
        ),
        (
            Thing(speed=0.4),
            Cause.SPEED,
            (
                "a person walks to the right at 0.4 times the usual speed,"
                " slower than nearly everything here in 2 hours, in the middle"
            ),
        ),
        (
            Thing(u=-1.0, way=5.0),
            Cause.DIRECTION,
            ("a person walks to the left, where hardly anything goes that way, in the middle"),
        ),
        (
            Thing(place=2.5),
            Cause.PLACE,
            "a person walks to the right where hardly anything has moved in 2 hours, in the middle",
        ),
        (
            Thing(speed=1.25, log_height=0.95),
            Cause.SIZE,
            (
                "somebody moves, larger than nearly everything here in 2"
                " hours: 2.1 times the usual height, in the middle"
            ),
        ),
        (
            Thing(speed=0.8, log_height=-0.6),
            Cause.SIZE,
            (
                "a person walks to the right, smaller than nearly everything here in 2"
                " hours: 0.5 times the usual height, in the middle"
            ),
        ),
        (
            Thing(speed=1.25, walks=-3.0, kind=DRIVES),
            Cause.KIND,
            "looks like a vehicle, which is unusual here, in the middle",
        ),
    ],
)
def test_each_cause_is_named_for_what_it_is(thing: Thing, cause: Cause, words: str) -> None:
    """The rarest property is the cause, also where the speed is a little off as well."""
    assert explain(thing) == (cause, words)


def test_what_had_little_part_in_the_score_is_no_cause() -> None:
    """A direction that few take is not named where a thing's speed made the score."""
    assert explain(Thing(speed=5.0, way=10.5))[0] is Cause.SPEED


def test_usual_speed_is_that_of_what_moves() -> None:
    """Cars that are parked are not what a moving one is compared with."""
    cause, words = explain(Thing(speed=3.0), watched(standing=40_000))
    assert cause is Cause.SPEED
    assert "at 3.0 times the usual speed" in words


def test_what_is_not_high_claims_nothing() -> None:
    """Only what moves where, and nothing unusual about it."""
    assert explain(Thing(speed=1.4), is_high=False)[1] == (
        "a person walks to the right, in the middle"
    )


def test_nothing_rare_by_itself_is_not_called_so() -> None:
    """A high score of ordinary properties is told as such."""
    assert explain(Thing()) == (
        Cause.MOVEMENT,
        (
            "a person walks to the right: stronger movement than at nearly any time in 2 hours,"
            " in the middle"
        ),
    )


def test_new_camera_compares_with_nothing() -> None:
    """Where nothing has moved before, nothing is faster than usual."""
    _, words = explain(Thing(), CameraMemory("gate"))
    assert words == "a person walks to the right, the first to move here, in the middle"


def test_picture_in_which_nothing_moves_has_no_words() -> None:
    """Where its energy is high all the same, that is what is told."""
    memory = watched()
    findings = find(Thing(), memory)
    still = attrs.evolve(findings, occupied=findings.occupied * 0)
    told = [
        explain_motion(still, SPOT, told_of(still, thing_cells()), memory, "here", is_high=is_high)[
            1
        ]
        for is_high in (False, True)
    ]
    assert told == ["", "stronger movement than at nearly any time in 2 hours, here"]


def test_way_that_makes_a_thing_surprising_is_its_cause() -> None:
    """At the usual speed the other way: only the way is odd, and it is what is told."""
    assert explain(Thing(speed=1.0, u=-1.0, way=10.5))[0] is Cause.DIRECTION


ONE_WAY = [Walker(50, 1.0), Walker(50, 1.2, 90), Walker(80, 1.1, 40), Walker(80, 0.9, 130)]
CHUNKS = 60


@pytest.fixture(scope="module")
def learned(graph: MotionGraph) -> bytes:
    """Give a camera that has seen walkers of one size go one way for two hours."""
    memory = CameraMemory("gate")
    for sequence in range(CHUNKS):
        judge(memory, sequence, ONE_WAY, graph)
    # Two minutes of it, counted sixty times.
    assert memory.habits is not None
    memory.habits.ways *= 60
    memory.habits.footage_s *= 60
    memory.patterns.counts *= 60
    return pack_memory(memory)


def judge(
    memory: CameraMemory, sequence: int, walkers: list[Walker], graph: MotionGraph
) -> ScoredFrame:
    """Judge one chunk by bands so low that everything is worth a reason."""
    numbers = range(sequence * 20, sequence * 20 + 20)
    batch = make_batch([draw_street(walkers, number) for number in numbers], sequence)
    settings = Settings(bands=Bands(noticeable_per_h=3000))
    (scored,) = detect_anomaly([Call(batch, memory, settings)], graph)
    assert isinstance(scored, ScoredFrame)
    return scored


@pytest.mark.parametrize(
    ("odd", "others", "cause", "words"),
    [
        (Walker(52, -1.05, 60), ONE_WAY, Cause.DIRECTION, "to the left, where hardly anything"),
        (Walker(45, 1.05, 60, 14, 48), ONE_WAY, Cause.SIZE, "larger than"),
        (Walker(10, 1.05, 60), [], Cause.PLACE, "where hardly anything has moved in 2 minutes"),
        (Walker(50, 3.0, 60), ONE_WAY, Cause.SPEED, "times the usual speed, faster than"),
    ],
    ids=["direction", "size", "place", "speed"],
)
def test_cause_is_named_from_pictures(
    learned: bytes, graph: MotionGraph, odd: Walker, others: list[Walker], cause: Cause, words: str
) -> None:
    """A walker who is odd in one way only is named for it, on a camera that knows the others.

    A place alone makes no score, so nobody else is there whose motion would be told instead.
    """
    memory = unpack_memory(learned, "gate")
    seen = [judge(memory, CHUNKS + n, [*others, odd], graph).evidence for n in range(4)]
    named = [one.words for one in seen if one.cause is cause]
    assert any(words in one for one in named), [one.words for one in seen]
