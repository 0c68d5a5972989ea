"""What tracks do now, in heights and seconds.  Pure.

Speeds are measured over 0.4 s, changes of the outline over a second, or from one picture to the
next where these come more slowly.  A track whose outline began anew has no measure yet, and what
stands has none that would be more than noise: such values are marked as unknown, never guessed.
Sideways the network has a say where it has no doubt: outlines of neighbours run together.
Each picture notes where its tracks are and were (`glance`); the arithmetic is done once a chunk.
"""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.tracks.table import FOOT, HEAD, PAST, WIDTH, Rows, Tracks, X, height_of
from anomaly.types import Floats

Flags = NDArray[np.bool_]

# Over how long motion and outline are compared; with less, a pixel more or less is a sprint.
_SPEED_S, _SHORTEST_SPEED_S = 0.38, 0.15
_CHANGE_S, _SHORTEST_CHANGE_S = 0.9, 0.45
_LONGEST_S = 2.5
_MOVES = 0.3  # share of a track that changes, at least
_DOUBT_PX = 0.6  # a picture: what the network tells of motion is believed below
_EDGE_PX = 2.5  # what is cut off by a side of the picture has no outline


@attrs.frozen
class Glance:
    """Where the tracks of one picture are, and were, newest first."""

    rows: Rows
    number: NDArray[np.int64]
    boxes: Floats  # tracks, times, box
    ages_s: Floats  # tracks, times
    known: NDArray[np.int64]  # times that are filled, beside now; none where nothing can be told
    dwell_s: Floats
    flow: Floats  # velocity by the network, pixels a second
    believed: Flags  # whether it can be
    kinds: Floats
    low_for_s: Floats


@attrs.frozen
class Measures:
    """Of the tracks of a chunk, a row a track and picture."""

    number: NDArray[np.int64]
    box: Floats
    motion: Floats  # speed to the right, of the feet and of the head down; heights a second
    moves: Flags  # whether `motion` is known
    height_px: Floats
    outline: Floats  # log of height over width
    change: Floats  # of log height and of the outline, within about a second
    changes: Flags  # whether `change` is known
    dwell_s: Floats  # within one and a half heights
    kinds: Floats  # weight of each kind of thing, by the network
    low_for_s: Floats  # how long it has looked like a person who lies or crawls


def glance(tracks: Tracks, rows: Rows, step_s: float) -> Glance:
    """Note where the tracks in these rows are, and were; `step_s` is from picture to picture."""
    boxes = np.empty((len(rows), PAST + 1, 4), np.float32)
    boxes[:, 0], boxes[:, 1:] = tracks.box[rows], tracks.past[rows]
    ages_s = np.zeros((len(rows), PAST + 1), np.float32)
    ages_s[:, 1:] = tracks.at_s - tracks.past_s[rows]
    half = boxes[:, 0, WIDTH] / 2
    inside = (boxes[:, 0, X] - half > _EDGE_PX) & (boxes[:, 0, X] + half < tracks.width - _EDGE_PX)
    known = tracks.known[rows] * (inside & (tracks.active[rows] >= _MOVES))
    dwell_s = (tracks.at_s - tracks.anchor_s[rows]).astype(np.float32)
    low_s = tracks.low_s[rows]
    low_for_s = np.where(low_s > 0, tracks.at_s - low_s, 0).astype(np.float32)
    believed = tracks.doubt[rows] * step_s < _DOUBT_PX
    number, flow = tracks.number[rows], tracks.flow[rows]
    return Glance(
        rows, number, boxes, ages_s, known, dwell_s, flow, believed, tracks.kinds[rows], low_for_s
    )


def measure(glances: Sequence[Glance]) -> Measures:
    """Measure the tracks of several pictures."""
    boxes = np.concatenate([one.boxes for one in glances])
    ages_s = np.concatenate([one.ages_s for one in glances])
    known = np.concatenate([one.known for one in glances])
    box, heights = boxes[:, 0], height_of(boxes)
    span = _Span.of(ages_s, known, _SPEED_S)
    moves = span.is_known(_SHORTEST_SPEED_S)
    mean_height = (heights[:, 0] + heights[np.arange(len(boxes)), span.last]) / 2
    motion = _slopes(boxes[..., :3], span) * _column(moves / mean_height)
    sideways = np.concatenate([one.flow for one in glances])[:, 0] / mean_height
    believed = np.concatenate([one.believed for one in glances])
    motion[:, 0] = np.where(believed, _lesser(motion[:, 0], sideways), motion[:, 0])
    outlines = np.empty((*heights.shape, 2), np.float32)
    outlines[..., 0] = np.log(heights)
    outlines[..., 1] = outlines[..., 0] - np.log(np.maximum(boxes[..., WIDTH], 1))
    span = _Span.of(ages_s, known, _CHANGE_S)
    changes = span.is_known(_SHORTEST_CHANGE_S)
    change = _slopes(outlines, span) * _column(changes * span.age_s)
    return Measures(
        np.concatenate([one.number for one in glances]),
        box, motion, moves, heights[:, 0], outlines[:, 0, 1], change, changes,
        np.concatenate([one.dwell_s for one in glances]),
        np.concatenate([one.kinds for one in glances]),
        np.concatenate([one.low_for_s for one in glances]),
    )  # fmt: skip


def _column(values: NDArray[np.floating]) -> Floats:
    return np.asarray(values[:, None], np.float32)


def _lesser(one: Floats, other: NDArray[np.floating]) -> Floats:
    """Return the smaller of two speeds of the same direction, and none where they contradict."""
    smaller = np.minimum(np.abs(one), np.abs(other))
    return np.asarray(np.sign(one) * smaller * (one * other > 0), np.float32)


@attrs.frozen
class _Span:
    """How far back every track is looked at."""

    last: Rows  # the oldest time that counts
    age_s: Floats

    @classmethod
    def of(cls, ages_s: Floats, known: NDArray[np.int64], least_s: float) -> "_Span":
        """Take the newest time that is old enough, or the oldest known."""
        young = 1 + (ages_s[:, 1:] < least_s).sum(1)
        last = np.minimum(young, known)
        return cls(last, ages_s[np.arange(len(last)), last])

    def is_known(self, least_s: float) -> Flags:
        """Say where that is long enough to tell anything."""
        return (self.age_s >= least_s) & (self.age_s <= _LONGEST_S)


def _slopes(values: Floats, span: _Span) -> Floats:
    """Return the change a second, from the oldest time that counts to now.

    Leaving out the step that fits least, because outlines jump, cost more than it saved: 0.012
    of the area under the curve on people's tracks, and nothing gained on pictures.
    """
    changed = values[:, 0] - values[np.arange(len(values)), span.last]
    return np.asarray(changed / np.maximum(span.age_s, 1e-3)[:, None], np.float32)


def corners(box: Floats) -> Floats:
    """Return left, top, right, bottom."""
    half = box[:, WIDTH] / 2
    return np.stack([box[:, X] - half, box[:, HEAD], box[:, X] + half, box[:, FOOT]], 1)
