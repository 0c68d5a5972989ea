"""How fast and how large what moves usually is, by the row of the picture: for words. Pure.

A thing at the bottom of a picture is nearer, so it is larger and goes further in a second. Compared
with what moves in the same rows, it is only as large and as fast as it is. Rows that have seen
little borrow from the whole picture. Where near and far things share rows, or near ones are seldom,
rows say too little: so speeds over heights are kept as well, which need no perspective, and only
what both find fast is fast.
"""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats

ROWS = 8  # bands of the picture, from top to bottom
SPEED_BINS, SIZE_BINS = 32, 24
_SPEED_UNIT, _MOST_SPEED = 0.25, 5.0  # pixels in the base interval; of its arcsinh
_LEAST_SIZE, _MOST_SIZE = -1.4, 1.6  # log height, in the network's unit
_HALF_LIFE_S = 86_400.0
_PRIOR = 200.0  # cells seen in a band before its own count as much as the whole picture's


@attrs.define
class Properties:
    """Counts of cells by band and value."""

    speeds: Floats = attrs.field(factory=lambda: np.zeros((ROWS, SPEED_BINS), np.float32))
    sizes: Floats = attrs.field(factory=lambda: np.zeros((ROWS, SIZE_BINS), np.float32))
    paces: Floats = attrs.field(factory=lambda: np.zeros(SPEED_BINS, np.float32))  # over heights


@attrs.frozen
class Comparison:
    """A thing's property against what is usual in its rows."""

    times: float  # the usual value
    above: float  # nats: how few are as high
    below: float  # how few as low


def note_properties(
    properties: Properties, rows: Floats, speed: Floats, log_height: Floats, duration_s: float
) -> None:
    """Learn the cells of a chunk that move; `rows` are 0 at the top to 1 at the bottom."""
    keep = np.float32(0.5 ** (duration_s / _HALF_LIFE_S))
    bands = _bands(rows)
    properties.speeds = _count(properties.speeds * keep, bands, _speed_bins(speed))
    properties.sizes = _count(properties.sizes * keep, bands, _size_bins(log_height))
    paces = _speed_bins(speed * np.exp(-log_height))
    new = np.bincount(paces, minlength=SPEED_BINS)
    properties.paces = np.asarray(properties.paces * keep + new, np.float32)


def _count(counts: Floats, bands: NDArray[np.intp], bins: NDArray[np.intp]) -> Floats:
    new = np.bincount(bands * counts.shape[1] + bins, minlength=counts.size)
    return np.asarray(counts + new.reshape(counts.shape), np.float32)


def compare_speed(
    properties: Properties, row: float, speed: float, log_height: float
) -> Comparison | None:
    """Compare a speed with what is usual; None where nothing was seen to move.

    Both with what moves in its rows and, over its height, with everything; the lesser claim counts.
    """
    usual = _usual(properties.speeds, row)
    if usual is None:
        return None
    by_row = _compare_speed(usual, speed)
    if not properties.paces.any():
        return by_row
    by_height = _compare_speed(properties.paces, speed * math.exp(-log_height))
    times = sorted((1.0, by_row.times, by_height.times))[1]
    above, below = min(by_row.above, by_height.above), min(by_row.below, by_height.below)
    return Comparison(times, above, below)


def _compare_speed(usual: Floats, speed: float) -> Comparison:
    bin_ = int(_speed_bins(np.array([speed], np.float32))[0])
    middle = _SPEED_UNIT * math.sinh((_median(usual) + 0.5) * _MOST_SPEED / SPEED_BINS)
    return Comparison(speed / middle, *_tails(usual, bin_))


def compare_size(properties: Properties, row: float, log_height: float) -> Comparison | None:
    """Compare a height in the same way."""
    usual = _usual(properties.sizes, row)
    if usual is None:
        return None
    bin_ = int(_size_bins(np.array([log_height], np.float32))[0])
    width = (_MOST_SIZE - _LEAST_SIZE) / SIZE_BINS
    middle = _LEAST_SIZE + (_median(usual) + 0.5) * width
    return Comparison(float(np.exp(log_height - middle)), *_tails(usual, bin_))


def _usual(counts: Floats, row: float) -> Floats | None:
    """Return what is usual in a band, the whole picture's for what it lacks."""
    total = float(counts.sum())
    if total <= 0:
        return None
    own = counts[int(_bands(np.array([row], np.float32))[0])]
    return np.asarray(own + counts.sum(0) * np.float32(_PRIOR / total), np.float32)


def _tails(usual: Floats, bin_: int) -> tuple[float, float]:
    total = float(usual.sum()) + 1
    above, below = float(usual[bin_:].sum()) + 1, float(usual[: bin_ + 1].sum()) + 1
    return float(np.log(total / above)), float(np.log(total / below))


def _median(usual: Floats) -> float:
    """Return the place of the median among the bins, between them where it lies there."""
    total = np.cumsum(usual)
    place = int(np.searchsorted(total, float(total[-1]) / 2))
    before = float(total[place - 1]) if place else 0.0
    return place + (float(total[-1]) / 2 - before) / max(float(usual[place]), 1e-9) - 0.5


def _bands(rows: Floats) -> NDArray[np.intp]:
    return np.clip(rows * ROWS, 0, ROWS - 1).astype(np.intp)


def _speed_bins(speed: Floats) -> NDArray[np.intp]:
    scaled = np.arcsinh(speed / np.float32(_SPEED_UNIT)) * np.float32(SPEED_BINS / _MOST_SPEED)
    return np.asarray(np.clip(scaled, 0, SPEED_BINS - 1), np.intp)


def _size_bins(log_height: Floats) -> NDArray[np.intp]:
    scaled = (log_height - _LEAST_SIZE) * np.float32(SIZE_BINS / (_MOST_SIZE - _LEAST_SIZE))
    return np.asarray(np.clip(scaled, 0, SIZE_BINS - 1), np.intp)
