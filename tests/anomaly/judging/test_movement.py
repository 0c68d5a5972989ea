"""Motion's evidence by picture: tails of several streams, added."""

import attrs
import numpy as np
import pytest

from anomaly.judging.findings import Streams
from anomaly.judging.movement import find_peaks, follow_movement, strongest, sum_tails
from anomaly.seeing.seen import Seen
from anomaly.tracks import KINDS, Kind
from anomaly.types import Floats
from anomaly.usual.streams import STREAMS, StreamHistory, note_values, tails_of

SHAPE = (6, 8)
PICTURES = 10


def histories() -> dict[str, StreamHistory]:
    """Give streams of an hour's ordinary values."""
    known = {name: StreamHistory(seen_s=3600.0, smooth=0.0) for name in STREAMS}
    for number, history in enumerate(known.values()):
        values = np.random.default_rng(number).exponential(1, 5000)
        note_values(history, values.astype(np.float32), 1.0)
    return known


def quiet(pictures: int = PICTURES) -> Streams:
    """Give the evidence of pictures in which nothing is."""
    cells = np.zeros((pictures, *SHAPE), np.float32)
    return Streams(cells, cells.copy(), cells.copy(), np.zeros((pictures, KINDS), np.float32))


def chunk(pictures: int = PICTURES, interval_s: float = 0.1, steps: int = 5) -> Seen:
    """Give a chunk of as many pictures, each with so many steps back."""
    have = np.zeros((pictures, 5), np.float32)
    have[:, :steps] = 1
    times = [n * interval_s for n in range(pictures + 1)]
    frames = np.zeros((pictures + 1, 8, 8), np.uint8)
    light = np.zeros(pictures + 1, np.float32)
    return Seen(frames, times, pictures, light, np.zeros((pictures, 5), np.int64), have)


def event(pictures: slice, value: float = 20.0) -> Streams:
    """Give evidence of motion, in some pictures only."""
    streams = quiet()
    streams.moving[pictures, 2:4, 2:5] = value
    return streams


def test_what_two_streams_find_rare_is_rarer_than_what_one_does() -> None:
    """Their tails are added, each with its weight."""
    known = histories()
    one = np.array([9.0], np.float32)
    none = np.zeros(1, np.float32)
    values = dict.fromkeys(STREAMS, none)
    alone = {name: float(sum_tails(values | {name: one}, known)[0]) for name in STREAMS}
    both = float(sum_tails(values | {"moving": one, "energy": one}, known)[0])
    assert both > max(alone.values()) + 1
    for name, stream in STREAMS.items():
        tail = float(tails_of(known[name], one)[0])
        assert alone[name] == pytest.approx(stream.weight * tail, abs=0.05)


def test_standing_things_are_no_motion() -> None:
    """Nor is a kind of track evidence that has no weight here."""
    known, streams = histories(), quiet()
    calm = follow_movement(streams, chunk(), known, frozen=True)
    streams.standing[:] = 50
    streams.tracked[:, Kind.HOUR] = 50
    known = histories()
    assert (follow_movement(streams, chunk(), known, frozen=True).nats == calm.nats).all()


@pytest.mark.parametrize(("name", "kind"), [("motion", Kind.MOTION), ("posture", Kind.POSTURE)])
def test_each_kind_of_track_evidence_has_its_stream(name: str, kind: Kind) -> None:
    """And is not smeared over the others."""
    streams = quiet()
    streams.tracked[3, kind] = 7
    peaks = find_peaks(streams)
    assert {one for one, values in peaks.items() if values.any()} == {name}
    assert peaks[name][3] == 7


def test_one_cell_alone_is_hardly_anything() -> None:
    """What is real covers several: the mean of the five strongest."""
    evidence = np.zeros((1, *SHAPE), np.float32)
    evidence[0, 2, 2] = 10
    assert strongest(evidence, 5) == pytest.approx([2])
    evidence[0, 2, 2:7] = 10
    assert strongest(evidence, 5) == pytest.approx([10])


def test_echo_is_not_shown() -> None:
    """After an event its smoothed course goes on, but the picture to be shown has to show it."""
    course = follow_movement(event(slice(0, 5)), chunk(), histories(), frozen=True)
    assert course.nats[4] == course.shown[4] > 3
    assert course.nats[6] > 3
    assert course.shown[6] < 1


def test_smoothing_is_by_time_and_not_by_picture() -> None:
    """Half a second of motion is worth as much at five pictures a second as at twenty."""
    slow = attrs.evolve(quiet(3), moving=event(slice(0, 10)).moving[:3])
    fast = attrs.evolve(quiet(12), moving=np.repeat(slow.moving, 4, 0))
    ends = [
        float(follow_movement(streams, seen, histories(), frozen=True).nats[-1])
        for streams, seen in ((slow, chunk(3, 0.2)), (fast, chunk(12, 0.05)))
    ]
    assert ends[0] == pytest.approx(ends[1], rel=0.02)


def test_frozen_memory_learns_nothing() -> None:
    """One that learns does."""
    known = histories()
    before: dict[str, Floats] = {name: one.counts.copy() for name, one in known.items()}
    follow_movement(event(slice(0, 5)), chunk(), known, frozen=True)
    assert all((one.counts == before[name]).all() for name, one in known.items())
    follow_movement(event(slice(0, 5)), chunk(), known, frozen=False)
    assert all((one.counts != before[name]).any() for name, one in known.items())
