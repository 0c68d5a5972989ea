"""From the blobs of picture after picture to tracks.  Pure.

A track is looked for where its velocity would have brought it, within a distance in heights of its
own that grows with the time since it was seen: a person goes no further than it could, so one
picture a second works as twenty-five do. The nearest pair is joined first. What is not found but
should be inside a blob of another one is *hidden* and goes on by its velocity until it comes out
again; everything else ends a while after it was seen last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.tracks.table import (
    FOOT,
    HEAD,
    WIDTH,
    X,
    height_of,
    open_rows,
    put,
    unsettle,
)  # fmt: skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.tracks.blobs import Blobs
    from anomaly.tracks.table import Rows, Tracks
    from anomaly.types import Floats

# How far from where it is expected a track may be found, in heights: measured at once, plus what
# it may have turned or quickened in a second; more where its velocity is not known yet.
_REACH, _REACH_PER_S, _REACH_NEW_PER_S, _MOST_REACH = 0.5, 1.0, 2.5, 2.5
_UNLIKE_WEIGHT = 0.5  # of the difference of log heights and of log cells
_VELOCITY_SHARE = 0.4  # of the newest measurement
_LOST_S, _LOST_STEPS = 1.0, 2.5  # after the longer of these without being seen it has gone
_HIDDEN_S = 4.0
_WIDER = 1.2  # a blob hides what is inside its box, a little widened
_GROWN = 1.8  # times the cells of a moment ago: not the same outline
_LONGEST_STEP_S = 5.0  # after a longer gap everything begins anew


@attrs.frozen
class Followed:
    """What became of a picture's blobs."""

    rows: Rows  # of the tracks that were seen, one for each blob that has one
    blobs: Rows  # which blob each is
    gone: Rows  # rows whose tracks ended; they are free now, their last values still stand
    step_s: float  # since the picture before; zero where everything began anew


@attrs.frozen
class Named:
    """Things of one picture that somebody else has followed already."""

    numbers: NDArray[np.int64]  # from 1; the same number is the same thing
    boxes: Floats


def follow(tracks: Tracks, blobs: Blobs, at_s: float) -> Followed:
    """Find every track in the next picture, begin new ones, end those that have gone."""
    step_s = _step_to(tracks, at_s)
    rows = tracks.rows
    since_s = at_s - tracks.seen_s[rows]
    expected = _expect(tracks, rows, since_s)
    of_track, of_blob = match(_cost(tracks, rows, expected, since_s, blobs))
    found = rows[of_track]
    _hide(tracks, rows, expected, blobs, of_track, of_blob)
    before = tracks.box[rows]
    _see(tracks, found, blobs, of_blob, at_s)
    born, came = _begin(tracks, blobs, of_blob, before, at_s)
    gone = _end(tracks, at_s, step_s)
    return Followed(np.concatenate([found, born]), np.concatenate([of_blob, came]), gone, step_s)


def follow_named(tracks: Tracks, named: Named, at_s: float) -> Followed:
    """Take over where known things are; the first ones where there are more than rows."""
    step_s = _step_to(tracks, at_s)
    known = np.isin(named.numbers, tracks.number)
    born = open_rows(tracks, int((~known).sum()))
    tracks.number[born] = named.numbers[~known][: len(born)]
    tracks.born_s[born] = at_s
    places = [np.flatnonzero(tracks.number == number)[:1] for number in named.numbers.tolist()]
    kept = np.array([number for number, row in enumerate(places) if len(row)], np.intp)
    rows = np.concatenate([*places, kept[:0]])
    put(tracks, rows, named.boxes[kept], at_s)
    return Followed(rows, kept, _end(tracks, at_s, step_s), step_s)


def _step_to(tracks: Tracks, at_s: float) -> float:
    """Go on to the time of a picture; begin anew after a gap, and where time ran backwards."""
    step_s = at_s - tracks.at_s
    tracks.at_s = at_s
    if 0 < step_s <= _LONGEST_STEP_S:
        return step_s
    tracks.number[:] = 0
    return 0.0


def match(cost: Floats) -> tuple[Rows, Rows]:
    """Join rows and columns one to one, cheapest first, where the cost is at most one."""
    near, far = np.nonzero(cost <= 1)
    ones: list[int] = []
    others: list[int] = []
    order = np.argsort(cost[near, far], kind="stable")
    for one, other in zip(near[order].tolist(), far[order].tolist(), strict=True):
        if one not in ones and other not in others:
            ones.append(one)
            others.append(other)
    return np.array(ones, np.intp), np.array(others, np.intp)


def _expect(tracks: Tracks, rows: Rows, since_s: NDArray[np.float64]) -> Floats:
    """Give where the tracks' middles should be now."""
    box = tracks.box[rows]
    middle = np.stack([box[:, X], (box[:, FOOT] + box[:, HEAD]) / 2], 1)
    return np.asarray(middle + tracks.velocity[rows] * since_s[:, None], np.float32)


def _middle(boxes: Floats) -> Floats:
    return np.stack([boxes[:, X], (boxes[:, FOOT] + boxes[:, HEAD]) / 2], 1)


def _cost(
    tracks: Tracks, rows: Rows, expected: Floats, since_s: NDArray[np.float64], blobs: Blobs
) -> Floats:
    """Give how badly every track fits every blob; at most one is allowed."""
    height = np.maximum(height_of(tracks.box[rows]), tracks.box[rows, WIDTH] / 2)
    per_s = np.where(tracks.pictures[rows] > 1, _REACH_PER_S, _REACH_NEW_PER_S)
    reach = np.minimum(_REACH + per_s * since_s, _MOST_REACH)
    apart = _middle(blobs.boxes)[None] - expected[:, None]
    distance = np.hypot(apart[..., 0], apart[..., 1]) / (height * reach)[:, None]
    taller = np.log(height_of(blobs.boxes)[None] / height_of(tracks.box[rows])[:, None])
    larger = np.log(blobs.cells[None] / np.maximum(tracks.cells[rows], 1)[:, None])
    unlike = np.maximum(np.abs(taller), np.abs(larger) / 2)
    return np.asarray(distance + _UNLIKE_WEIGHT * unlike, np.float32)


def _hide(
    tracks: Tracks, rows: Rows, expected: Floats, blobs: Blobs, of_track: Rows, of_blob: Rows
) -> None:
    """Mark what should be inside another track's blob, and that that outline is shared."""
    lost = np.setdiff1d(np.arange(len(rows)), of_track)
    inside = _inside(expected[lost], blobs.boxes[of_blob])
    tracks.hidden[rows] = 0
    tracks.hidden[rows[lost[inside.any(1)]]] = 1
    unsettle(tracks, rows[of_track[inside.any(0)]])


def _inside(points: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Say which points are inside which boxes, a little widened."""
    apart = np.abs(points[:, None] - _middle(boxes)[None])
    half = np.stack([boxes[:, WIDTH], height_of(boxes)], 1) * (_WIDER / 2)
    return np.asarray((apart <= half[None]).all(2), np.bool_)


def _see(tracks: Tracks, rows: Rows, blobs: Blobs, of_blob: Rows, at_s: float) -> None:
    """Bring the tracks that were found up to date."""
    boxes = blobs.boxes[of_blob]
    since_s = np.maximum(at_s - tracks.seen_s[rows], 1e-3)[:, None]
    measured = (_middle(boxes) - _middle(tracks.box[rows])) / since_s
    share = np.where(tracks.pictures[rows] > 1, _VELOCITY_SHARE, 1.0)[:, None]
    tracks.velocity[rows] += (share * (measured - tracks.velocity[rows])).astype(np.float32)
    ratio = blobs.cells[of_blob] / np.maximum(tracks.cells[rows], 1)
    unsettle(tracks, rows[(ratio > _GROWN) | (ratio < 1 / _GROWN)])
    tracks.cells[rows] += (blobs.cells[of_blob] - tracks.cells[rows]) * np.float32(0.5)
    tracks.kinds[rows] += (blobs.kinds[of_blob] - tracks.kinds[rows]) * np.float32(0.3)
    put(tracks, rows, boxes, at_s)


def _begin(
    tracks: Tracks, blobs: Blobs, of_blob: Rows, before: Floats, at_s: float
) -> tuple[Rows, Rows]:
    """Begin a track with every blob that has none, the largest first where rows are short.

    What was inside the box of another one in the picture before has split off.
    """
    new = np.setdiff1d(np.arange(len(blobs)), of_blob)
    new = new[np.argsort(-blobs.cells[new], kind="stable")]
    rows = open_rows(tracks, len(new))
    new = new[: len(rows)]
    boxes = blobs.boxes[new]
    tracks.cells[rows], tracks.kinds[rows] = blobs.cells[new], blobs.kinds[new]
    tracks.born_s[rows] = at_s
    tracks.velocity[rows] = blobs.velocity[new]
    tracks.split[rows] = _inside(_middle(boxes), before).any(1)
    put(tracks, rows, boxes, at_s)
    return rows, new


def _end(tracks: Tracks, at_s: float, step_s: float) -> Rows:
    """Free the rows of what has not been seen for long."""
    rows = tracks.rows
    patience_s = np.where(tracks.hidden[rows] > 0, _HIDDEN_S, max(_LOST_S, _LOST_STEPS * step_s))
    gone = rows[at_s - tracks.seen_s[rows] > patience_s]
    tracks.number[gone] = 0
    return gone
