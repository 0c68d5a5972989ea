"""Evidence that is a little odd in several ways and lasts, in no picture the oddest."""

import attrs
import numpy as np
import pytest

from anomaly.bands import band_of
from anomaly.judging.accounts import Judged
from anomaly.judging.findings import Streams
from anomaly.judging.together import raise_together, weigh_together
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.tracks import KINDS, Kind
from anomaly.types import Floats
from anomaly.usual.calibration import Bands, note_score
from seda.messages import Band, Stream
from tests.anomaly.judging.test_movement import histories, quiet

CHUNK_S, PICTURES = 2.0, 10


def memory(watched_s: float) -> CameraMemory:
    """Give a camera that has long seen a nat and a half at most."""
    made = CameraMemory("gate", streams=histories())
    for nats in np.random.default_rng(1).uniform(0.5, 1.5, int(watched_s / CHUNK_S)).tolist():
        note_score(made.together, nats, CHUNK_S)
    return made


def rare(path: Floats, speed: float) -> Streams:
    """Give a chunk in which the ways, by picture, and a speed are so rare."""
    tracked = np.zeros((PICTURES, KINDS), np.float32)
    tracked[:, Kind.PATH], tracked[:, Kind.SPEED] = path, speed
    return attrs.evolve(quiet(), tracked=tracked)


def ordinary() -> list[Judged]:
    """Give a chunk in which no account alone finds anything."""
    nothing = np.zeros(PICTURES, np.float32)
    names: tuple[Stream, ...] = ("standing", "place", "low", "moving")
    return [Judged(name, 3, 0.0, 0.0, nothing, nothing) for name in names]


def test_what_lasts_weighs_more_than_one_picture() -> None:
    """A rarity in every picture, and one of the same height in a single one."""
    flash = np.zeros(PICTURES, np.float32)
    flash[4] = 2.0
    seen = memory(1800)
    lasting = weigh_together(rare(np.full(PICTURES, 2.0, np.float32), 1.0), seen)
    assert lasting > 2 * weigh_together(rare(flash, 0.0), seen)


def test_together_it_is_raised_and_never_to_the_top() -> None:
    """The account of movement that says most is raised; the others stay."""
    seen = memory(1800)
    first, *others = raise_together(ordinary(), 3.0, seen, Bands())
    assert (first.stream, first.chosen) == ("place", 3)
    assert band_of(first.threat) is Band.UNUSUAL
    assert first.threats.tolist() == pytest.approx([first.threat] * PICTURES)
    assert {one.threat for one in others} == {0.0}
    (wild, *_) = raise_together(ordinary(), 500.0, seen, Bands())
    assert band_of(wild.threat) is Band.UNUSUAL


def test_what_says_more_alone_stays_as_it_is() -> None:
    """Only ever upwards."""
    alone = [attrs.evolve(one, threat=0.9) for one in ordinary()]
    assert raise_together(alone, 500.0, memory(1800), Bands()) is alone


def test_a_camera_that_is_ten_minutes_old_or_younger_raises_nothing() -> None:
    """Until then nearly everything is a little new in several ways."""
    judged = ordinary()
    assert raise_together(judged, 500.0, memory(590), Bands()) is judged
    assert raise_together(judged, 500.0, memory(610), Bands()) is not judged


def test_its_history_is_kept_with_the_memory() -> None:
    """The same threat after the memory went through its bytes."""
    seen = memory(1800)
    kept = unpack_memory(pack_memory(seen), "gate")
    threats = [raise_together(ordinary(), 3.0, it, Bands())[0].threat for it in (seen, kept)]
    assert threats[0] == threats[1] > 0
