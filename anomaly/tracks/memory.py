"""What is ordinary for the tracks of one camera, and how far others are from it.  Pure.

Motion, outline, size and nearness are densities that the whole picture shares (`mixture`); what
belongs to places and hours is counted by region (`places`). Every kind of evidence has a column of
its own and stays apart: how they are weighed against each other is not decided here.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

import anomaly.tracks.places as by_place
from anomaly.tracks.kinds import KINDS, STATE_KINDS, Kind
from anomaly.tracks.measures import Measures
from anomaly.tracks.mixture import Mixture, Reading, learn, read_values, start_mixture
from anomaly.tracks.perspective import Perspective, note_heights
from anomaly.tracks.places import Places, start_places
from anomaly.tracks.states import States, rarity_of, start_states
from anomaly.tracks.table import FOOT
from anomaly.types import Floats

_PRIOR_MASS = 40.0  # samples that what is known of all cameras counts as
# Velocity to the right, of feet and head down, in heights a second: standing, walking to either
# side, coming, going, and something quick.
_MOTIONS = (
    (0, 0, 0), (0.5, 0, 0), (-0.5, 0, 0), (0.9, 0, 0), (-0.9, 0, 0),
    (0, 0.25, 0.2), (0, -0.25, -0.2), (0, 0, 0),
)  # fmt: skip
_MOTION_SPREADS = (
    (0.1, 0.06, 0.06), (0.25, 0.1, 0.1), (0.25, 0.1, 0.1), (0.3, 0.15, 0.15), (0.3, 0.15, 0.15),
    (0.2, 0.15, 0.15), (0.2, 0.15, 0.15), (1.0, 0.5, 0.5),
)  # fmt: skip
# Outline (log height over width) and the change within a second of log height and outline.
_POSTURES = ((0.9, 0, 0), (0.7, 0, 0), (0.9, 0, 0), (0, 0, 0))
_POSTURE_SPREADS = ((0.25, 0.06, 0.15), (0.3, 0.12, 0.3), (0.3, 0.25, 0.3), (0.7, 0.3, 0.4))


@attrs.define
class TrackMemory:
    """What was learned of the tracks of one camera."""

    places: Places
    states: States
    motion: Mixture = attrs.field(
        factory=lambda: start_mixture(_MOTIONS, _MOTION_SPREADS, _PRIOR_MASS)
    )
    posture: Mixture = attrs.field(
        factory=lambda: start_mixture(_POSTURES, _POSTURE_SPREADS, _PRIOR_MASS)
    )
    perspective: Perspective = attrs.field(factory=Perspective)


def start_memory(rows: int, columns: int) -> TrackMemory:
    """Begin for a grid of that many cells."""
    return TrackMemory(start_places(rows, columns), start_states(rows, columns))


@attrs.frozen
class _Explained:
    """What one mixture makes of the tracks of a chunk."""

    kind: Kind
    mixture: Mixture
    values: Floats
    known: NDArray[np.bool_]
    reading: Reading


def explain(memory: TrackMemory, seen: Measures) -> list[_Explained]:
    """Read what is measured by what is known; judging and learning both need it."""
    read = (
        (Kind.MOTION, memory.motion, seen.motion, seen.moves),
        (Kind.POSTURE, memory.posture, _posture(seen), seen.changes),
    )
    return [
        _Explained(kind, mixture, values, known, read_values(mixture, values))
        for kind, mixture, values, known in read
    ]


def judge(
    memory: TrackMemory,
    seen: Measures,
    explained: list[_Explained],
    found_states: NDArray[np.int64],
    hour: float,
) -> Floats:
    """Return the surprise of every measured track, a column a kind."""
    found = np.zeros((len(seen.number), KINDS), np.float32)
    if not len(found):
        return found
    for one in explained:
        found[:, one.kind] = one.reading.surprise * one.known
    found[:, Kind.HOUR] = by_place.hour_surprise(memory.places, hour)
    found[:, Kind.LOW] = seen.low_for_s
    found[:, STATE_KINDS] = rarity_of(memory.states, found_states)
    return found


def teach(
    memory: TrackMemory, seen: Measures, explained: list[_Explained], weights: Floats, hour: float
) -> None:
    """Learn from measured tracks, each by its weight in seconds."""
    due = np.flatnonzero(weights > 0)
    if not len(due):
        return
    for one in explained:
        here = due[one.known[due]]
        learn(one.mixture, one.values[here], weights[here], one.reading.at(here))
    box, by_s = seen.box[due], weights[due]
    note_heights(memory.perspective, box[:, FOOT], seen.height_px[due], by_s)
    by_place.note_presence(memory.places, float(by_s.sum()), hour)


def _posture(seen: Measures) -> Floats:
    return np.concatenate([seen.outline[:, None], seen.change], 1)
