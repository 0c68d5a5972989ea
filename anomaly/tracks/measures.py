"""What tracks do now, in heights and seconds.  Pure.

Speeds are measured over 0.4 s, changes of the outline over a second, or from one picture to the
next where these come more slowly. A track whose outline began anew has no measure yet: such values
are marked as unknown, never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.tracks.table import FOOT, HEAD, WIDTH, X, height_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.tracks.table import Rows, Tracks
    from anomaly.types import Floats

    Flags = NDArray[np.bool_]

_SPEED_S, _CHANGE_S = 0.38, 0.9  # over how long motion and outline are compared
_SHORTEST_S = 0.15  # over less, a pixel more or less is a sprint
_SHORTEST_CHANGE_S = 0.45
_LONGEST_S = 2.5
_STAYS_HEIGHTS = 1.5  # within which somebody stays
_FAR_HEIGHTS = 8.0  # the next one is further away than that: as good as none


@attrs.frozen
class Measures:
    """Of the tracks that one picture shows, or several, a row each."""

    number: NDArray[np.int64]
    box: Floats
    motion: Floats  # speed to the right, of the feet and of the head down; heights a second
    moves: Flags  # whether `motion` is known
    height_px: Floats
    outline: Floats  # log of height over width
    change: Floats  # of log height and of the outline, within about a second
    changes: Flags  # whether `change` is known
    dwell_s: Floats
    group: Floats  # log distance to the next one in heights, and how they close, heights a second
    groups: Flags


def measure(tracks: Tracks, rows: Rows) -> Measures:
    """Measure the tracks in these rows, which the last picture shows."""
    box = tracks.box[rows]
    before, age_s = _look_back(tracks, rows, _SPEED_S)
    moves = (age_s >= _SHORTEST_S) & (age_s <= _LONGEST_S)
    height = height_of(box)
    mean_height = (height + height_of(before)) / 2
    per_height = 1 / (np.where(moves, age_s, 1) * mean_height)
    motion = (box[:, :3] - before[:, :3]) * per_height[:, None].astype(np.float32)
    motion = np.where(moves[:, None], motion, 0).astype(np.float32)
    outline = _outline(box)
    earlier, age_s = _look_back(tracks, rows, _CHANGE_S)
    changes = (age_s >= _SHORTEST_CHANGE_S) & (age_s <= _LONGEST_S)
    taller = np.log(height / height_of(earlier))
    change = np.where(changes[:, None], np.stack([taller, outline - _outline(earlier)], 1), 0)
    _stay(tracks, rows, height)
    group, groups = _measure_group(box, motion, height, moves)
    dwell_s = (tracks.at_s - tracks.anchor_s[rows]).astype(np.float32)
    return Measures(
        tracks.number[rows], box, motion, moves, height, outline,
        change.astype(np.float32), changes, dwell_s, group, groups,
    )  # fmt: skip


def join(parts: list[Measures]) -> Measures:
    """Put the measures of several pictures together."""
    names = [field.name for field in attrs.fields(Measures)]
    return Measures(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _look_back(tracks: Tracks, rows: Rows, age_s: float) -> tuple[Floats, NDArray[np.float64]]:
    """Give the newest box that is old enough, or the oldest, and its age; zero without any."""
    ages = tracks.at_s - tracks.past_s[rows]
    filled = np.arange(ages.shape[1]) < tracks.known[rows, None]
    younger = ((ages < age_s) & filled).sum(1)
    place = np.clip(younger, 0, np.maximum(tracks.known[rows] - 1, 0))
    here = np.arange(len(rows))
    return tracks.past[rows, place], np.where(tracks.known[rows] > 0, ages[here, place], 0)


def _outline(box: Floats) -> Floats:
    return np.asarray(np.log(height_of(box) / np.maximum(box[..., WIDTH], 1)), np.float32)


def _stay(tracks: Tracks, rows: Rows, height: Floats) -> None:
    """Move the places around which tracks stay with those that have left them."""
    feet = tracks.box[rows][:, [X, FOOT]]
    apart = np.hypot(*(feet - tracks.anchor[rows]).T)
    left = (apart > _STAYS_HEIGHTS * height) | (tracks.anchor_s[rows] == 0)
    tracks.anchor[rows[left]] = feet[left]
    tracks.anchor_s[rows[left]] = tracks.at_s


def _measure_group(
    box: Floats, motion: Floats, height: Floats, moves: Flags
) -> tuple[Floats, Flags]:
    """Give how far the next one is and how fast both come together."""
    if len(box) < 2:
        return np.zeros((len(box), 2), np.float32), np.zeros(len(box), bool)
    feet = box[:, [X, FOOT]]
    apart = feet[None] - feet[:, None]
    heights = (height[None] + height[:, None]) / 2
    distance = np.hypot(apart[..., 0], apart[..., 1]) / heights
    np.fill_diagonal(distance, np.inf)
    nearest = distance.argmin(1)
    here = np.arange(len(box))
    near = np.maximum(distance[here, nearest], 0.05)
    between = motion[nearest, :2] - motion[:, :2]
    closing = -(between * apart[here, nearest]).sum(1) / (near * heights[here, nearest])
    known = (near < _FAR_HEIGHTS) & moves & moves[nearest]
    group = np.stack([np.log(near), np.clip(closing, -10, 10)], 1)
    return np.where(known[:, None], group, 0).astype(np.float32), known


def corners(box: Floats) -> Floats:
    """Give left, top, right, bottom."""
    half = box[:, WIDTH] / 2
    return np.stack([box[:, X] - half, box[:, HEAD], box[:, X] + half, box[:, FOOT]], 1)
