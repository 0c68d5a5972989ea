"""Frozen and dark, told cheaply: looks are taken where pictures are, judged where they meet.

A look is a grid of small measures of one picture. It is taken in the transcoder, which keeps
nothing between chunks: one of each chunk, of a long one every two seconds. `live` judges a camera's
looks in their order.

Frozen means that the picture is the same. A sensor never gives the same picture twice: even of an
empty corridor each cell of the grid changes a little within seconds. So a cell has *moved* once its
 measure differed from what it was when the watch began, and a picture is frozen when after the
window nearly no cell has. The few that may are for a clock that is drawn into the picture by a
recorder whose camera is gone.

Dark means that the picture is black or has no structure (a covered lens, a dead infrared lamp).
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from seda.messages import Look

COLUMNS = 32
ROWS = 18
"""A grid of the usual shape of pictures; a clock takes at most a row's third."""
LOOK_EVERY_S = 2.0
"""To decode a JPEG for it costs as much as all else that is done to 25 of them."""


@attrs.frozen
class LookRules:
    """When a picture counts as frozen or dark."""

    frozen_after_s: float = 20.0
    looks_min: int = 5
    """Fewer say nothing about change."""
    moved_min: float = 1 / 256
    """By how many grey levels a cell's mean has to differ to have moved."""
    moved_share_max: float = 0.05
    """What share of cells may move in a frozen picture: a clock."""
    dark_mean_max: float = 28.0
    dark_spread_max: float = 10.0
    """A cloth over the lens, with a clock drawn in, has 8; places, by night too, have over 20."""


def look_at(luma: NDArray[np.uint8], captured_s: float) -> Look:
    """Return the look of a picture's luma."""
    rows, columns = min(ROWS, luma.shape[0]), min(COLUMNS, luma.shape[1])
    step = max(1, luma.shape[1] // 320)
    sampled = luma[::step, ::step] if luma.shape[0] >= ROWS * step else luma
    height, width = sampled.shape[0] // rows, sampled.shape[1] // columns
    # Summed along rows, then along columns: five times as fast as both axes in one call.
    lines = sampled[: height * rows, : width * columns].reshape(rows, height, columns * width)
    sums = lines.sum(axis=1, dtype=np.uint32).reshape(rows, columns, width).sum(axis=2)
    means = sums / (height * width)
    cells = (means * 256).astype("<u2").tobytes()
    return Look(captured_s, cells, float(means.mean()), float(sampled.std()))
