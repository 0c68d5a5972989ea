"""Somebody who looks as if he or she lay is told only where mistakes are known to be rare."""

import numpy as np
import pytest

from anomaly.judging.accounts import _low_nats, _low_threat
from anomaly.memory import CameraMemory
from anomaly.tracks import KINDS, Kind
from anomaly.usual.calibration import Bands, note_score

CHUNK_S = 2.0


def watched(minutes: float, mistakes_per_h: float = 0) -> CameraMemory:
    """Return a camera that took something for somebody on the ground so often."""
    memory = CameraMemory("gate")
    every = 3600 / CHUNK_S / mistakes_per_h if mistakes_per_h else np.inf
    for number in range(int(minutes * 60 / CHUNK_S)):
        is_mistaken = mistakes_per_h > 0 and number % every < 1
        note_score(memory.low, 6.3 if is_mistaken else 0.0, CHUNK_S)
    return memory


def nats_of(seconds: float) -> float:
    tracked = np.zeros((1, KINDS), np.float32)
    tracked[0, Kind.LOW] = seconds
    return float(_low_nats(tracked)[0])


@pytest.mark.parametrize(
    ("seconds", "counts"), [(0, False), (1.5, False), (4, True), (13.9, True), (14.1, False)]
)
def test_neither_a_glance_nor_what_was_told_counts(seconds: float, counts: bool) -> None:  # noqa: FBT001
    """Seconds count from one and a half on, and no more once they were told for long."""
    assert (nats_of(seconds) > 0) == counts


def test_a_young_camera_says_nothing_of_it() -> None:
    """Nobody knows yet how often it is mistaken; after ten minutes it is believed."""
    assert _low_threat(watched(9), nats_of(8), Bands()) == 0
    assert _low_threat(watched(15), nats_of(8), Bands()) > 0.5


def test_a_camera_that_is_often_mistaken_says_less() -> None:
    """Where cars are taken for people on the ground all the time, one more is no news."""
    calm, busy = watched(120), watched(120, mistakes_per_h=60)
    assert _low_threat(busy, nats_of(8), Bands()) < _low_threat(calm, nats_of(8), Bands()) - 0.2
