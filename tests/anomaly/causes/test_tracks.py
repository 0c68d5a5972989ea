"""What a track adds to the words: somebody goes down, or is fast for its height."""

from typing import TypeVar

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.causes.evidence import explain_picture
from anomaly.causes.motion import explain_motion
from anomaly.causes.tracks import find_track_cause
from anomaly.judging.findings import Findings
from anomaly.judging.tracking import Followed
from anomaly.memory import CameraMemory
from anomaly.tracks import Kind, TrackState, start_state, watch
from anomaly.types import Cause
from anomaly.usual.streams import note_values
from tests.anomaly.causes.test_motion import Thing, find, thing_cells, told_of, watched
from tests.anomaly.tracks.drawn import CELL_PX, COLUMNS, ROWS, Person, picture_of

_T = TypeVar("_T", bound=np.generic)

# A person in the middle of a picture as large as that of the other tests, in cells of 4 pixels.
HEIGHT_PX, SPOT = 120, (0, 16, 22)
ORDINARY_S, RATE = 40.0, 5.0


@attrs.frozen
class Fall:
    """Somebody who loses so much of the height within half a second, from the top or the feet."""

    left: float = 0.5
    tall: float = 24.0
    foot: float = 76.0
    from_below: bool = False
    speed: float = 0.0
    width: float = 8.0

    def at(self, at_s: float) -> Person:
        """Give the outline, a second before and after the fall begins."""
        part = float(np.clip(at_s / 0.5, 0, 1))
        height = self.tall * (1 - part * (1 - self.left))
        foot = self.foot - (self.tall - height if self.from_below else 0)
        return Person(90 + self.speed * at_s, foot, self.speed, 0, height, self.width)


def street() -> CameraMemory:
    """Give a camera before which people walk by, and whose tracks are ordinarily calm."""
    memory = watched()
    memory.tracks = start_state(ROWS, COLUMNS)
    for number in range(int(ORDINARY_S * RATE)):
        at_s = number / RATE
        people = [Person(5 + 17 * ((at_s + late) % 10), 70, vx=17, height=24) for late in (0, 5)]
        watch(memory.tracks, [picture_of(people, 0.0)], [at_s], 12.0)
    for name in ("motion", "posture"):
        memory.streams[name].seen_s = 3600.0
        values = np.random.default_rng(1).exponential(0.3, 4000)
        note_values(memory.streams[name], values.astype(np.float32), 1.0)
    return memory


def see(fall: Fall, memory: CameraMemory, kind: Kind, value: float = 8.0) -> Findings:
    """Give what the detector finds when it ends, the evidence of the tracks being of one kind."""
    state: TrackState | None = memory.tracks
    assert state is not None
    times = np.arange(-1, 0.75, 1 / RATE)
    pictures = [picture_of([fall.at(at_s)], 0.0) for at_s in times.tolist()]
    sightings = watch(state, pictures, (ORDINARY_S + 60 + times).tolist(), 12.0, frozen=True)
    last = len(times) - 1
    tracked = np.zeros((1, len(Kind)), np.float32)
    tracked[0, kind] = value
    last_only = attrs.evolve(
        sightings, strongest=sightings.strongest[last:], telling=sightings.telling[last:]
    )
    findings = find(Thing(), memory)
    return attrs.evolve(
        findings,
        streams=attrs.evolve(findings.streams, tracked=tracked),
        newest=np.zeros((HEIGHT_PX, COLUMNS * 4), np.uint8),
        followed=Followed(last_only, [0], tracked),
    )


def test_who_goes_down_is_told_with_what_is_left_of_the_height() -> None:
    """Head first and feet where they were, in the words of a whole sentence."""
    memory = street()
    told = find_track_cause(see(Fall(), memory, Kind.POSTURE), SPOT, memory)
    assert told is not None
    assert told.comes_first
    assert told.cause is Cause.MOVEMENT
    assert told.words == "somebody or something goes down: its height shrank to 50 %"


@pytest.mark.parametrize(
    "fall",
    [Fall(left=0.85), Fall(from_below=True), Fall(foot=119.0)],
    ids=["bends", "goes behind a wall", "leaves below"],
)
def test_who_does_not_surely_go_down_is_not_said_to(fall: Fall) -> None:
    """Three quarters of the height are no fall; nor is what hides somebody from below."""
    memory = street()
    middle = (fall.at(1).box(0)[1] + fall.at(1).box(0)[2]) / 2
    at = (0, int(middle / CELL_PX), 22)
    assert find_track_cause(see(fall, memory, Kind.POSTURE), at, memory) is None


def test_fall_elsewhere_is_not_told_of_this_place() -> None:
    """Whoever goes down on the right does not explain what moves on the left."""
    memory = street()
    assert find_track_cause(see(Fall(), memory, Kind.POSTURE), (0, 16, 4), memory) is None


def test_track_that_is_not_rare_explains_nothing() -> None:
    """A posture that this camera sees every minute is no cause."""
    memory = street()
    assert find_track_cause(see(Fall(), memory, Kind.POSTURE, 0.2), SPOT, memory) is None


def test_who_is_fast_for_its_height_is_told_where_its_cells_are_ordinary() -> None:
    """Far away a sprinter's pixels are as slow as a near walker's."""
    memory = street()
    findings = see(Fall(left=1.0, speed=50.0), memory, Kind.MOTION)
    at = (0, 16, 29)
    told = find_track_cause(findings, at, memory)
    assert told is not None
    assert not told.comes_first
    assert told.cause is Cause.SPEED
    assert "times as fast for its height as is usual here" in told.words


def test_fall_is_told_though_its_speed_is_rarer() -> None:
    """Who falls is fast as well; what happened is the fall."""
    memory = street()
    findings = see(Fall(), memory, Kind.POSTURE)
    tracked = findings.streams.tracked.copy()
    tracked[:, Kind.MOTION] = 2 * tracked[:, Kind.POSTURE]
    streams = attrs.evolve(findings.streams, tracked=tracked)
    told = find_track_cause(attrs.evolve(findings, streams=streams), SPOT, memory)
    assert told is not None
    assert "goes down" in told.words


@pytest.mark.parametrize(
    ("one", "is_told"),
    [
        (Fall(left=1.0, tall=12, width=24, speed=4.0), True),
        (Fall(left=1.0, tall=12, width=60, speed=4.0), False),
        (Fall(left=1.0, tall=24, width=36, speed=4.0), False),
    ],
    ids=["crawls", "several", "as tall as walkers"],
)
def test_who_crawls_is_low_where_others_walk_upright(one: Fall, *, is_told: bool) -> None:
    """Wider than high and lower than is usual there; several in a row are no lower."""
    memory = street()
    told = find_track_cause(see(one, memory, Kind.POSTURE), (0, 17, 23), memory)
    assert (told is not None) == is_told
    if told is not None:
        assert told.words.startswith("something low moves, 2.0 times as wide as high")


def test_camera_that_shakes_makes_nothing_fast() -> None:
    """Nothing is ten times as fast for its height as all else."""
    memory = street()
    findings = see(Fall(left=1.0, speed=400.0), memory, Kind.MOTION)
    assert find_track_cause(findings, (0, 16, 29), memory) is None


def widen(maps: NDArray[_T]) -> NDArray[_T]:
    """Give maps that are as large as those of the tracks."""
    sides = [(0, 0)] * (maps.ndim - 2) + [(0, 20), (0, 20)]
    return np.pad(maps, sides, "edge")


def spread(findings: Findings, way: float = 0.0, place: float = 0.0) -> Findings:
    """Give maps as large as those of the tracks, everything covered, with such habits."""
    occupied = widen(findings.occupied)
    none = occupied * 0
    return attrs.evolve(
        findings, occupied=occupied, speed=occupied, u=occupied, v=none,
        patterns=widen(findings.patterns), way=none + np.float32(way),
        place=none + np.float32(place), log_height=none, kinds=widen(findings.kinds),
        streams=attrs.evolve(findings.streams, moving=none, energy=occupied * 9, standing=none),
    )  # fmt: skip


def test_words_of_a_fall_come_before_those_of_its_cells() -> None:
    """And only where the score is high."""
    memory = street()
    wide = spread(see(Fall(), memory, Kind.POSTURE))
    cells = np.pad(thing_cells(), ((0, 20), (0, 20)))
    told = told_of(wide, cells)
    said = explain_motion(wide, SPOT, told, memory, "here", is_high=True)
    assert said == (
        Cause.MOVEMENT, "somebody or something goes down: its height shrank to 50 %, here",
    )  # fmt: skip
    calm = explain_motion(wide, SPOT, told, memory, "here", is_high=False)
    assert "goes down" not in calm[1]


@pytest.mark.parametrize(
    ("kind", "way", "place", "words"),
    [
        (Kind.PATH, 0.0, 2.5, "is where hardly anything has been in 2 hours"),
        (Kind.PATH, 0.9, 0.0, "by a way that hardly anything has taken in 2 hours"),
        (Kind.SPEED, 0.0, 0.0, "at a speed that hardly anything has had there in 2 hours"),
        (Kind.HOUR, 0.0, 0.0, "moves at an hour when hardly anything does"),
        (Kind.PATH, 0.2, 0.2, ""),
    ],
    ids=["where nobody is", "the other way", "too fast", "by night", "two who meet"],
)
def test_place_and_way_are_told_where_what_moved_there_agrees(
    kind: Kind, way: float, place: float, words: str
) -> None:
    """Tracks that meet are mixed up: alone they say who moves, and claim no cause."""
    memory = street()
    wide = spread(see(Fall(left=1.0, speed=10.0), memory, kind, 2.0), way, place)
    told = explain_picture(wide, 0, "place", memory, is_high=True)
    assert (told.cause in {Cause.PLACE, Cause.SPEED}) == bool(words)
    assert words in told.words
    assert "moves" in told.words or "is where" in told.words or "has come" in told.words
