"""From the blobs of picture after picture to tracks.  Pure.

A track is looked for where its velocity would have brought it, within a distance in heights of
its own that grows with the time since it was seen: a person goes no further than it could, so one
picture a second works as twenty-five do.  The nearest pair is joined first.  What is not found
but should be inside a blob of another one is *hidden* and goes on by its velocity until it comes
out again; everything else ends a while after it was seen last.  Only what moves begins a track;
it stays one while it stands.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.appearance.kinds import Look
from anomaly.tracks.blobs import Blobs
from anomaly.tracks.table import (
    HEAD,
    WIDTH,
    Rows,
    Tracks,
    begin,
    height_of,
    open_rows,
    put,
    unsettle,
)
from anomaly.types import Floats

# How far from where it is expected a track may be found, in heights: measured at once, plus what
# it may have turned or quickened in a second; more where its velocity is not known yet.
_REACH, _REACH_PER_S, _REACH_NEW_PER_S, _MOST_REACH = 0.5, 1.0, 2.5, 2.5
_UNLIKE_WEIGHT = 0.5  # of the difference of log heights and of log cells
_VELOCITY_SHARE = 0.4  # of the newest measurement
_LOOK_SHARE = 0.35  # of the newest look, once there were some
_LOOKS_LOW = 0.6  # how likely, smoothed
_BEGINS = 0.5  # share of a blob that has to move
_LOST_S, _LOST_STEPS = 1.0, 2.5  # after the longer of these without being seen it has gone
_HIDDEN_S = 4.0
_WIDER = 1.2  # a blob hides what is inside its box, a little widened
_LARGE_SHARE = 0.35  # of the blob that hides it: what is smaller hardly changes its outline
_GROWN = 2.2  # times the cells of a moment ago: not the same outline
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
    before, middles = tracks.box[rows], _middle(blobs.boxes)
    since_s = (at_s - tracks.seen_s[rows]).astype(np.float32)
    expected = _middle(before) + tracks.velocity[rows] * since_s[:, None]
    cost = _cost(tracks, rows, since_s, blobs, middles[None] - expected[:, None])
    of_track, of_blob = match(cost)
    is_lost, is_new = np.ones(len(rows), bool), blobs.active >= _BEGINS
    is_lost[of_track], is_new[of_blob] = False, False
    found = rows[of_track]
    if is_lost.any():
        _hide(tracks, rows[is_lost], expected[is_lost], found, blobs, of_blob)
    tracks.known[found[tracks.hidden[found] > 0]] = 0
    tracks.hidden[found] = 0
    if len(found):
        _see(tracks, found, blobs, of_blob, middles[of_blob] - _middle(before[of_track]))
    if is_new.any():
        born, new = _begin(tracks, blobs, np.flatnonzero(is_new), rows, before)
        found, of_blob = np.concatenate([found, born]), np.concatenate([of_blob, new])
    return Followed(found, of_blob, _end(tracks, rows[is_lost], step_s), step_s)


def follow_named(tracks: Tracks, named: Named, at_s: float) -> Followed:
    """Take over where known things are; the first ones where there are more than rows."""
    step_s = _step_to(tracks, at_s)
    known = np.isin(named.numbers, tracks.number)
    born = open_rows(tracks, int((~known).sum()))
    tracks.number[born], tracks.active[born] = named.numbers[~known][: len(born)], 1
    begin(tracks, born, named.boxes[~known][: len(born)], at_s)
    places = [np.flatnonzero(tracks.number == number)[:1] for number in named.numbers.tolist()]
    kept = np.array([number for number, row in enumerate(places) if len(row)], np.intp)
    rows = np.concatenate([*places, kept[:0]])
    old = known[kept]
    put(tracks, rows[old], named.boxes[kept[old]], at_s)
    return Followed(rows, kept, _end(tracks, tracks.rows, step_s), step_s)


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
    ones: dict[int, int] = {}
    taken: set[int] = set()
    order = np.argsort(cost[near, far], kind="stable")
    for one, other in zip(near[order].tolist(), far[order].tolist(), strict=True):
        if one not in ones and other not in taken:
            ones[one] = other
            taken.add(other)
    return np.array(list(ones), np.intp), np.array(list(ones.values()), np.intp)


def _middle(boxes: Floats) -> Floats:
    middles = boxes[:, :2].copy()
    middles[:, 1] += boxes[:, HEAD]
    middles[:, 1] *= np.float32(0.5)
    return middles


def _cost(tracks: Tracks, rows: Rows, since_s: Floats, blobs: Blobs, apart: Floats) -> Floats:
    """Return how badly every track fits every blob; at most one is allowed."""
    box = tracks.box[rows]
    height, tall = height_of(box), height_of(blobs.boxes)
    per_s = np.where(tracks.pictures[rows] > 1, _REACH_PER_S, _REACH_NEW_PER_S)
    reach = np.minimum(_REACH + per_s * since_s, _MOST_REACH)
    reach *= np.maximum(height, box[:, WIDTH] / 2)
    distance = np.hypot(apart[..., 0], apart[..., 1]) / reach[:, None]
    taller = np.abs(np.log(tall)[None] - np.log(height)[:, None])
    larger = np.abs(np.log(blobs.cells)[None] - np.log(tracks.cells[rows])[:, None])
    return np.asarray(distance + _UNLIKE_WEIGHT * np.maximum(taller, larger / 2), np.float32)


def _hide(
    tracks: Tracks, lost: Rows, expected: Floats, found: Rows, blobs: Blobs, of_blob: Rows
) -> None:
    """Mark what should be inside another track's blob, and when its outline becomes shared."""
    inside = _inside(expected, blobs.boxes[of_blob])
    is_large = tracks.cells[lost, None] > _LARGE_SHARE * blobs.cells[of_blob]
    is_fresh = tracks.hidden[lost, None] == 0
    unsettle(tracks, found[(inside & is_large & is_fresh).any(0)])
    tracks.hidden[lost] = inside.any(1)


def _inside(points: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Say which points are inside which boxes, a little widened."""
    apart = np.abs(points[:, None] - _middle(boxes)[None]) * np.float32(2 / _WIDER)
    inside = (apart[..., 0] <= boxes[:, WIDTH]) & (apart[..., 1] <= height_of(boxes))
    return np.asarray(inside, np.bool_)


def _see(tracks: Tracks, rows: Rows, blobs: Blobs, of_blob: Rows, moved: Floats) -> None:
    """Bring the tracks that were found up to date."""
    since_s = np.maximum(tracks.at_s - tracks.seen_s[rows], 1e-3)
    share = np.where(tracks.pictures[rows] > 1, _VELOCITY_SHARE, 1.0)[:, None]
    velocity = tracks.velocity[rows]
    tracks.velocity[rows] = velocity + share * (moved / since_s[:, None] - velocity)
    cells = blobs.cells[of_blob]
    ratio = cells / tracks.cells[rows]
    tracks.known[rows[(ratio > _GROWN) | (ratio < 1 / _GROWN)]] = 0
    tracks.cells[rows] = (tracks.cells[rows] + cells) / 2
    tracks.active[rows] = (tracks.active[rows] + blobs.active[of_blob]) / 2
    tracks.flow[rows] = (tracks.flow[rows] + blobs.velocity[of_blob]) / 2
    tracks.doubt[rows] = blobs.doubt[of_blob]
    tracks.kinds[rows] += (blobs.kinds[of_blob] - tracks.kinds[rows]) * np.float32(0.3)
    _note_looks(tracks, rows, blobs.looks[of_blob])
    put(tracks, rows, blobs.boxes[of_blob], tracks.at_s)


def _note_looks(tracks: Tracks, rows: Rows, looks: Floats) -> None:
    """Take in what the things look like of which somebody looked."""
    is_seen = looks.any(1)
    rows, looks = rows[is_seen], looks[is_seen]
    tracks.looked[rows] += 1
    share = np.maximum(1 / tracks.looked[rows], _LOOK_SHARE).astype(np.float32)
    tracks.looks[rows] += share[:, None] * (looks - tracks.looks[rows])
    was_low_s = np.where(tracks.low_s[rows] > 0, tracks.low_s[rows], tracks.at_s)
    tracks.low_s[rows] = np.where(tracks.looks[rows, Look.LOW] > _LOOKS_LOW, was_low_s, 0)


def _begin(
    tracks: Tracks, blobs: Blobs, new: Rows, others: Rows, before: Floats
) -> tuple[Rows, Rows]:
    """Begin a track with every new blob, the largest first where rows are short.

    What was inside another one has split off; what is small beside it is only a part of it.
    """
    inside = _inside(_middle(blobs.boxes[new]), before)
    is_small = blobs.cells[new, None] < _LARGE_SHARE * tracks.cells[others]
    is_part = np.asarray((inside & is_small).any(1))
    order = np.argsort(-blobs.cells[new], kind="stable")
    order = order[~is_part[order]]
    rows = open_rows(tracks, len(order))
    order = order[: len(rows)]
    new = new[order]
    tracks.cells[rows], tracks.kinds[rows] = blobs.cells[new], blobs.kinds[new]
    tracks.active[rows], tracks.velocity[rows] = blobs.active[new], blobs.velocity[new]
    tracks.flow[rows], tracks.doubt[rows] = blobs.velocity[new], blobs.doubt[new]
    _note_looks(tracks, rows, blobs.looks[new])
    begin(tracks, rows, blobs.boxes[new], tracks.at_s)
    return rows, new


def _end(tracks: Tracks, lost: Rows, step_s: float) -> Rows:
    """Free the rows of what has not been seen for long."""
    longest_s = max(_LOST_S, _LOST_STEPS * step_s)
    patience_s = np.where(tracks.hidden[lost] > 0, _HIDDEN_S, longest_s)
    gone = lost[tracks.at_s - tracks.seen_s[lost] > patience_s]
    tracks.number[gone] = 0
    return gone
