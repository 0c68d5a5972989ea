"""The tracks of one camera: fixed arrays, a row a track, so that they pack into its memory.  Pure.

A row is free where its number is zero. `past` keeps where the track was about every tenth of a
second, newest first, from which speeds and changes are measured; it begins anew whenever the
outline may belong to somebody else as well (`unsettle`), so that no measure spans a merge or a
split.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.appearance.kinds import LOOKS
from anomaly.tracks.kinds import KINDS, THINGS
from anomaly.types import Floats

Rows = NDArray[np.intp]

MOST_TRACKS = 40
PAST = 14  # places kept of each track
PAST_EVERY_S = 0.1
X, FOOT, HEAD, WIDTH = range(4)  # columns of a box
_UNKNOWN = 1e6  # doubt of a velocity that nobody told, pixels a second


def _zeros(*shape: int) -> Floats:
    return np.zeros((MOST_TRACKS, *shape), np.float32)


def _times() -> NDArray[np.float64]:
    return np.zeros(MOST_TRACKS, np.float64)


def _numbers() -> NDArray[np.int64]:
    return np.zeros(MOST_TRACKS, np.int64)


@attrs.define
class Tracks:
    """What is followed on one camera; times are those of the pictures."""

    number: NDArray[np.int64] = attrs.field(factory=_numbers)  # 0: a free row
    box: Floats = attrs.field(factory=lambda: _zeros(4))  # as seen last
    velocity: Floats = attrs.field(factory=lambda: _zeros(2))  # of its middle, pixels a second
    flow: Floats = attrs.field(factory=lambda: _zeros(2))  # velocity by the network, smoothed
    doubt: Floats = attrs.field(factory=lambda: np.full(MOST_TRACKS, _UNKNOWN, np.float32))
    cells: Floats = attrs.field(factory=_zeros)
    kinds: Floats = attrs.field(factory=lambda: _zeros(THINGS))
    looks: Floats = attrs.field(factory=lambda: _zeros(LOOKS))  # smoothed over closer looks
    looked: NDArray[np.int64] = attrs.field(factory=_numbers)  # how often
    low_s: NDArray[np.float64] = attrs.field(factory=_times)  # since when it looks low
    pictures: NDArray[np.int64] = attrs.field(factory=_numbers)  # in which it was seen
    born_s: NDArray[np.float64] = attrs.field(factory=_times)
    seen_s: NDArray[np.float64] = attrs.field(factory=_times)
    active: Floats = attrs.field(factory=_zeros)  # how much of it changes, smoothed
    hidden: Floats = attrs.field(factory=_zeros)  # 1 while another's blob covers it
    past: Floats = attrs.field(factory=lambda: _zeros(PAST, 4))
    past_s: NDArray[np.float64] = attrs.field(factory=lambda: np.zeros((MOST_TRACKS, PAST)))
    known: NDArray[np.int64] = attrs.field(factory=_numbers)  # places of `past` that are filled
    anchor: Floats = attrs.field(factory=lambda: _zeros(2))  # where it has stayed around
    anchor_s: NDArray[np.float64] = attrs.field(factory=_times)  # and since when
    raised: Floats = attrs.field(factory=lambda: _zeros(KINDS))  # surprise, smoothed
    raised_of: NDArray[np.int64] = attrs.field(factory=_numbers)  # whose it is
    width: float = 1e9  # of the small picture, pixels
    last_number: float = 0.0
    at_s: float = 0.0  # of the last picture
    ticked_s: float = 0.0  # when places were last looked at
    looked_s: float = 0.0  # when things were last looked at closely

    @property
    def rows(self) -> Rows:
        """The rows in use."""
        return np.flatnonzero(self.number)

    @property
    def seen(self) -> Rows:
        """The rows whose tracks the last picture showed."""
        return np.flatnonzero((self.number > 0) & (self.seen_s == self.at_s) & (self.hidden == 0))


def height_of(box: Floats) -> Floats:
    """Return the heights of boxes, never zero."""
    return np.asarray(np.maximum(box[..., FOOT] - box[..., HEAD], 1), np.float32)


def unsettle(tracks: Tracks, rows: Rows) -> None:
    """Begin the past of some tracks anew: their outline was or becomes another's too."""
    tracks.known[rows] = 0


def put(tracks: Tracks, rows: Rows, boxes: Floats, at_s: float) -> None:
    """Note where tracks are now."""
    tracks.box[rows] = boxes
    tracks.seen_s[rows] = at_s
    tracks.pictures[rows] += 1
    known = tracks.known[rows]
    is_due = (known == 0) | (at_s - tracks.past_s[rows, 0] >= PAST_EVERY_S * 0.9)
    due, boxes = (rows, boxes) if is_due.all() else (rows[is_due], boxes[is_due])
    tracks.past[due, 1:] = tracks.past[due, :-1]
    tracks.past_s[due, 1:] = tracks.past_s[due, :-1]
    tracks.past[due, 0], tracks.past_s[due, 0] = boxes, at_s
    tracks.known[due] = np.minimum(tracks.known[due] + 1, PAST)


def begin(tracks: Tracks, rows: Rows, boxes: Floats, at_s: float) -> None:
    """Let tracks begin where they are seen first."""
    tracks.born_s[rows] = tracks.anchor_s[rows] = at_s
    tracks.anchor[rows] = boxes[:, [X, FOOT]]
    put(tracks, rows, boxes, at_s)


def open_rows(tracks: Tracks, wanted: int) -> Rows:
    """Number as many free rows as there are, up to what is wanted, and make them blank."""
    rows = np.flatnonzero(tracks.number == 0)[:wanted]
    for field in attrs.fields(Tracks):
        value = getattr(tracks, field.name)
        if isinstance(value, np.ndarray):
            value[rows] = 0
    tracks.number[rows] = np.arange(1, len(rows) + 1) + int(tracks.last_number)
    tracks.last_number += len(rows)
    tracks.doubt[rows] = _UNKNOWN
    return rows
