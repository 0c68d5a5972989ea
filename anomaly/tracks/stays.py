"""Where tracks stay, and for how long. Pure.

Looked at a few times a second and not in every picture: feet do not go far in between.
"""

import numpy as np

from anomaly.tracks.places import Places, note_stays, region_of
from anomaly.tracks.table import FOOT, Rows, Tracks, X, height_of

_STAYS_HEIGHTS = 1.5  # within which somebody stays


def follow_stays(tracks: Tracks, places: Places, rows: Rows, *, frozen: bool) -> None:
    """Move the places around which tracks stay with those that have left them."""
    box, anchor = tracks.box[rows], tracks.anchor[rows]
    apart = np.hypot(box[:, X] - anchor[:, 0], box[:, FOOT] - anchor[:, 1])
    left = apart > _STAYS_HEIGHTS * height_of(box)
    if not left.any():
        return
    away = rows[left]
    if not frozen:
        _note(tracks, places, away, np.full(len(away), tracks.at_s))
    tracks.anchor[away], tracks.anchor_s[away] = box[left][:, [X, FOOT]], tracks.at_s


def note_gone(tracks: Tracks, places: Places, gone: Rows) -> None:
    """Learn how long tracks that ended had stayed where they were."""
    _note(tracks, places, gone, tracks.seen_s[gone])


def _note(tracks: Tracks, places: Places, rows: Rows, until_s: np.ndarray) -> None:
    anchor = tracks.anchor[rows]
    stayed_s = (until_s - tracks.anchor_s[rows]).astype(np.float32)
    note_stays(places, region_of(places, anchor[:, 0], anchor[:, 1]), stayed_s)
