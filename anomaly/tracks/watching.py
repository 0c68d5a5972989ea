"""A chunk of blobs in, the evidence of tracks out: the one door of this package.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.tracks import places as by_place
from anomaly.tracks.blobs import Blobs
from anomaly.tracks.following import Followed, Named, follow, follow_named
from anomaly.tracks.kinds import KINDS
from anomaly.tracks.measures import Measures, join, measure
from anomaly.tracks.memory import TrackMemory, judge, start_memory, teach
from anomaly.tracks.routes import judge_steps, note_gone, note_left
from anomaly.tracks.table import Tracks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anomaly.tracks.table import Rows
    from anomaly.types import Floats

# A track is sure when it was seen in three pictures, or in two that are far enough apart.
_SURE_PICTURES, _SURE_SLOW_PICTURES, _SURE_AGE_S = 3, 2, 0.45
_SMOOTH_S = 0.12  # over which a track's surprise is smoothed
_TEACH_EVERY_S, _TEACH_MOST_S = 0.4, 2.0  # so that the rate of pictures does not matter


@attrs.define
class TrackState:
    """Everything about the tracks of one camera: those of now, and what was learned."""

    memory: TrackMemory
    tracks: Tracks = attrs.field(factory=Tracks)


@attrs.frozen
class Sightings:
    """What the tracks of a chunk are worth: a row a track and picture, a column a kind."""

    picture: NDArray[np.intp]  # of the row, in the chunk
    seen: Measures
    surprise: Floats  # rows, kinds
    strongest: Floats  # pictures, kinds: the largest of any track, zero without one
    telling: NDArray[np.intp]  # pictures, kinds: the row that it comes from, -1 without one


@attrs.frozen
class _Look:
    """The sure tracks of one picture."""

    rows: Rows
    seen: Measures
    told: Floats  # surprise of the ways they took
    weights: Floats  # how much each teaches, zero where it is not yet time again
    step_s: float


def start_state(rows: int, columns: int) -> TrackState:
    """Begin for a grid of that many cells."""
    return TrackState(start_memory(rows, columns))


def watch(
    state: TrackState,
    pictures: Sequence[Blobs | Named],
    at_s: Sequence[float],
    hour: float,
    *,
    frozen: bool = False,
) -> Sightings:
    """Follow the blobs of a chunk, judge the tracks by what was known, then learn from them."""
    looks = [
        _look(state, one, now_s, frozen=frozen) for one, now_s in zip(pictures, at_s, strict=True)
    ]
    seen = join([look.seen for look in looks])
    found = judge(state.memory, seen, np.concatenate([look.told for look in looks]), hour)
    _smooth(state.tracks, looks, found)
    if not frozen:
        teach(state.memory, seen, np.concatenate([look.weights for look in looks]), hour)
        by_place.note_watched(state.memory.places, sum(look.step_s for look in looks), hour)
    return _gather(looks, seen, found)


def _look(state: TrackState, one: Blobs | Named, now_s: float, *, frozen: bool) -> _Look:
    """Follow one picture and measure the tracks that are sure."""
    tracks, places = state.tracks, state.memory.places
    followed = (
        follow_named(tracks, one, now_s) if isinstance(one, Named) else follow(tracks, one, now_s)
    )
    rows = _sure(tracks, followed)
    since_s, anchor = tracks.anchor_s[rows], tracks.anchor[rows]
    seen = measure(tracks, rows)
    if not frozen:
        note_gone(tracks, places, followed.gone)
        note_left(tracks, places, rows, since_s, anchor)
    told = judge_steps(tracks, places, rows, followed.step_s, frozen=frozen)
    return _Look(rows, seen, told, _due(tracks, rows), followed.step_s)


def _sure(tracks: Tracks, followed: Followed) -> Rows:
    rows = np.sort(followed.rows)
    pictures, age_s = tracks.pictures[rows], tracks.at_s - tracks.born_s[rows]
    slow = (pictures >= _SURE_SLOW_PICTURES) & (age_s >= _SURE_AGE_S)
    return rows[(pictures >= _SURE_PICTURES) | slow]


def _due(tracks: Tracks, rows: Rows) -> Floats:
    """Give how much each track may teach now: as much a second at any rate of pictures."""
    since_s = np.minimum(tracks.at_s - tracks.taught_s[rows], _TEACH_MOST_S)
    first = tracks.taught_s[rows] == 0
    due = first | (since_s >= _TEACH_EVERY_S)
    tracks.taught_s[rows[due]] = tracks.at_s
    weights = np.where(first, 1, since_s / _TEACH_EVERY_S)
    return np.where(due, weights, 0).astype(np.float32)


def _smooth(tracks: Tracks, looks: list[_Look], found: Floats) -> None:
    """Smooth every track's surprise in place; what is seen for the first time begins at nothing."""
    start = 0
    for look in looks:
        part = found[start : start + len(look.rows)]
        start += len(look.rows)
        share = np.float32(1 - np.exp(-look.step_s / _SMOOTH_S))
        known = tracks.raised_of[look.rows] == look.seen.number
        before = np.where(known[:, None], tracks.raised[look.rows], 0)
        part[:] = before + share * (part - before)
        tracks.raised[look.rows], tracks.raised_of[look.rows] = part, look.seen.number


def _gather(looks: list[_Look], seen: Measures, found: Floats) -> Sightings:
    """Take the strongest of every picture and kind: a crowd makes nobody rarer."""
    strongest = np.zeros((len(looks), KINDS), np.float32)
    telling = np.full((len(looks), KINDS), -1)
    start = 0
    for number, look in enumerate(looks):
        part = found[start : start + len(look.rows)]
        if len(part):
            telling[number] = part.argmax(0) + start
            strongest[number] = part.max(0)
        start += len(look.rows)
    picture = np.repeat(np.arange(len(looks)), [len(look.rows) for look in looks])
    return Sightings(picture, seen, found, strongest, telling)
