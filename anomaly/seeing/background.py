"""The learned background of one camera, and its last pictures. Pure.

The background follows the median of what every pixel showed: each step moves it towards the
picture by at most a fixed number of grey levels. The step is large while the camera is new (or
after the whole picture has changed) and becomes small, so that a parked car takes minutes to
become part of the street.

The *old view* follows the background so slowly that it shows for an hour or so what was behind
the parked car. Where the picture is like the old view again, the car has left, and the
background is put back; otherwise the hole that it leaves would look like something missing.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.seeing.pictures import CELL_PX
from anomaly.types import Bytes, Floats

REACH = 8  # pictures kept: the network's longest step back
EVERY_S = 0.4  # between two steps of the background
_FIRST_STEP, _LAST_STEP, _SLOWING = 8.0, 0.08, 0.5
SETTLED_STEPS = 150  # before that, what stands still may be a ghost of the first pictures
_TRUSTED_STEPS = 40.0  # a quarter of a minute
_OLD_STEP_PER_S = 0.01  # grey levels
_LIGHT_SAMPLE_PX = 7  # enough points for a median, and no multiple of a JPEG block


@attrs.define
class Background:
    """The picture behind everything that moves."""

    picture: Floats
    old: Floats  # the old view
    recent: Bytes  # the last pictures, oldest first, at most REACH
    recent_at_s: list[float]
    steps: float = 0.0  # taken so far; set back to learn fast again
    stepped_at_s: float = 0.0

    @property
    def is_settled(self) -> bool:
        """Say whether what differs from the background is really there."""
        return self.steps >= SETTLED_STEPS

    @property
    def trust(self) -> float:
        """Say how far what moves before it is believed: a new view is full of ghosts at first."""
        return min(1.0, self.steps / _TRUSTED_STEPS)

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of the cell grid."""
        return self.picture.shape[0] // CELL_PX, self.picture.shape[1] // CELL_PX


def start_background(frames: Bytes) -> Background:
    """Begin with the median of the first chunk's pictures."""
    picture = np.median(frames, axis=0).astype(np.float32)
    return Background(picture, picture.copy(), frames[:0], [])


def light_of(background: Background, frames: Bytes, watched: Floats | None = None) -> Floats:
    """Say how much brighter each picture is than the background, moving things left aside.

    What masks ignore is left aside too: `watched` says how much of each cell they leave.
    """
    step = _LIGHT_SAMPLE_PX
    sample = frames[:, ::step, ::step].astype(np.float32) - background.picture[::step, ::step]
    if watched is not None:
        rows, columns = (np.arange(0, side, step) // CELL_PX for side in frames.shape[1:])
        kept = watched[rows[:, None], columns[None]] > 0.5
        sample = sample[:, kept] if kept.any() else sample
    return np.asarray(np.median(sample.reshape(len(frames), -1), axis=1), np.float32)


def follow_pictures(
    background: Background, frames: Bytes, light: Floats, at_s: list[float], *, is_hidden: bool
) -> None:
    """Let the background follow a chunk unless something hides it; keep the last pictures."""
    for frame, brighter, when in zip(frames, light, at_s, strict=True):
        if not is_hidden and not 0 <= when - background.stepped_at_s < EVERY_S:
            background.stepped_at_s = when
            background.steps += 1
            step = max(_LAST_STEP, _FIRST_STEP / background.steps**_SLOWING)
            # Half of the light is taken over at once: a cloud is no object, a lamp is no flood.
            difference = frame - np.float32(brighter * 0.5) - background.picture
            background.picture += np.clip(difference, -step, step)
    if background.is_settled:
        step = np.float32(_OLD_STEP_PER_S * (at_s[-1] - at_s[0]))
        background.old += np.clip(background.picture - background.old, -step, step)
    else:  # what was there at first may have been passing
        background.old = background.picture.copy()
    background.recent = np.concatenate([background.recent, frames])[-REACH:]
    background.recent_at_s = [*background.recent_at_s, *at_s][-REACH:]


def relearn(background: Background, frame: Bytes) -> None:
    """Take a picture as the new background: the old one says nothing any more."""
    background.picture = frame.astype(np.float32)
    background.old = background.picture.copy()
    background.steps = 0


def put_back(background: Background, cells: NDArray[np.bool_]) -> None:
    """Let some cells show the old view again."""
    pixels = np.kron(cells, np.ones((CELL_PX, CELL_PX), bool))
    background.picture = np.where(pixels, background.old, background.picture)
