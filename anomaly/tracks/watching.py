"""A chunk of blobs in, the evidence of tracks out: the one door of this package.  Pure."""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

import anomaly.tracks.places as by_place
from anomaly.seeing.pictures import CELL_PX
from anomaly.tracks.blobs import Blobs
from anomaly.tracks.following import Followed, Named, follow, follow_named
from anomaly.tracks.kinds import KINDS, STATE_KINDS
from anomaly.tracks.measures import Glance, Measures, glance, measure
from anomaly.tracks.memory import TrackMemory, explain, judge, start_memory, teach
from anomaly.tracks.states import find_states, note_states, pass_time
from anomaly.tracks.stays import follow_stays, note_gone
from anomaly.tracks.table import Rows, Tracks
from anomaly.types import Floats

# A track is sure when it was seen in three pictures, or in two that are far enough apart.
_SURE_PICTURES, _SURE_SLOW_PICTURES, _SURE_AGE_S = 3, 2, 0.45
_SMOOTH_S = 0.12  # over which a track's surprise is smoothed
_SMOOTHED = slice(0, STATE_KINDS[0])  # what is measured shakes, states do not
_TICK_S, _LONGEST_TICK_S = 0.4, 2.0  # places and lessons; so that the rate does not matter
_FOLLOWED_EVERY_S = 0.28  # about: more pictures tell nothing more, and outlines shake


@attrs.define
class TrackState:
    """Everything about the tracks of one camera: those of now, and what was learned."""

    memory: TrackMemory
    tracks: Tracks = attrs.field(factory=Tracks)


@attrs.frozen
class Sightings:
    """What the tracks of a chunk are worth: a row a track and picture, a column a kind."""

    picture: NDArray[np.intp]  # of the row, among those that were given
    seen: Measures
    surprise: Floats  # rows, kinds
    strongest: Floats  # pictures, kinds: the largest of any track, zero without one
    telling: NDArray[np.intp]  # pictures, kinds: the row that it comes from, -1 without one


@attrs.frozen
class _Look:
    """The sure tracks of one picture."""

    now: Glance
    weight: float  # how much each teaches, zero where it is not yet time again
    step_s: float


def start_state(rows: int, columns: int) -> TrackState:
    """Begin for a grid of that many cells."""
    return TrackState(start_memory(rows, columns), Tracks(width=float(columns * CELL_PX)))


def due_pictures(state: TrackState, at_s: Sequence[float]) -> list[int]:
    """Say which pictures of a chunk are worth following: not every one of a fast camera.

    One of them at least, so that every chunk has something to tell.
    """
    last_s, half_step_s = state.tracks.at_s, (at_s[-1] - at_s[0]) / max(2 * len(at_s) - 2, 1)
    due = []
    for number, now_s in enumerate(at_s):
        if not 0 <= now_s - last_s + half_step_s < _FOLLOWED_EVERY_S:
            due.append(number)
            last_s = now_s
    return due or [len(at_s) - 1]


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
    seen = measure([look.now for look in looks])
    explained = explain(state.memory, seen)
    were = find_states(state.memory.states, seen)
    found = judge(state.memory, seen, explained, were, hour)
    _smooth(state.tracks, looks, found)
    if not frozen:
        counts = [len(look.now.rows) for look in looks]
        weights = np.repeat(np.array([look.weight for look in looks], np.float32), counts)
        teach(state.memory, seen, explained, weights, hour)
        note_states(state.memory.states, were)
        pass_time(state.memory.states, at_s[-1], sum(look.step_s for look in looks))
        by_place.note_watched(state.memory.places, sum(look.step_s for look in looks), hour)
    return _gather(looks, seen, found)


def _look(state: TrackState, one: Blobs | Named, now_s: float, *, frozen: bool) -> _Look:
    """Follow one picture and note the tracks that are sure."""
    tracks, places = state.tracks, state.memory.places
    if isinstance(one, Named):
        followed = follow_named(tracks, one, now_s)
    else:
        followed = follow(tracks, one, now_s)
    rows = _sure(tracks, followed)
    if not frozen and len(followed.gone):
        note_gone(tracks, places, followed.gone)
    passed_s = now_s - tracks.ticked_s
    weight = 0.0
    if not 0 <= passed_s < _TICK_S * 0.95:
        tracks.ticked_s = now_s
        weight = min(max(passed_s, _TICK_S), _LONGEST_TICK_S) / _TICK_S
        follow_stays(tracks, places, rows, frozen=frozen)
    return _Look(glance(tracks, rows, followed.step_s), weight, followed.step_s)


def _sure(tracks: Tracks, followed: Followed) -> Rows:
    rows = np.sort(followed.rows)
    pictures, age_s = tracks.pictures[rows], tracks.at_s - tracks.born_s[rows]
    slow = (pictures >= _SURE_SLOW_PICTURES) & (age_s >= _SURE_AGE_S)
    return rows[(pictures >= _SURE_PICTURES) | slow]


def _smooth(tracks: Tracks, looks: list[_Look], found: Floats) -> None:
    """Smooth every track's surprise in place; what is seen for the first time begins at nothing."""
    start = 0
    for look in looks:
        rows, number = look.now.rows, look.now.number
        part = found[start : start + len(rows)]
        start += len(rows)
        share = np.float32(1 - np.exp(-look.step_s / _SMOOTH_S))
        before = tracks.raised[rows] * (tracks.raised_of[rows] == number)[:, None]
        mixed = part[:, _SMOOTHED]
        mixed += (1 - share) * (before[:, _SMOOTHED] - mixed)
        part[:, _SMOOTHED] = mixed
        tracks.raised[rows], tracks.raised_of[rows] = part, number


def _gather(looks: list[_Look], seen: Measures, found: Floats) -> Sightings:
    """Take the strongest of every picture and kind: a crowd makes nobody rarer."""
    strongest = np.zeros((len(looks), KINDS), np.float32)
    telling = np.full((len(looks), KINDS), -1)
    counts = np.array([len(look.now.rows) for look in looks])
    start = 0
    for number, count in enumerate(counts.tolist()):
        if count:
            part = found[start : start + count]
            telling[number] = part.argmax(0) + start
            strongest[number] = part.max(0)
        start += count
    return Sightings(np.repeat(np.arange(len(looks)), counts), seen, found, strongest, telling)
