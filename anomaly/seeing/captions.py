"""Text that a camera writes into its picture, known by its clock.  Pure.

A clock changes once a second, always at the same moment of the second, in a few sharp-edged cells
near the upper or lower border. Nothing that is filmed does: who passes changes a place several
times a second and at any moment. So the changes of every cell near a border are added as arrows
that turn once a second: those of a clock point one way, all others cancel each other. What stands
sharp-edged beside the digits on the same rows is text as well: minutes, the date, a name. Where
pictures are more than 0.6 s apart every one of them has a new second, and nothing is recognised.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.features import MAPS
from anomaly.seeing.pictures import CELL_PX
from anomaly.seeing.seen import Seen
from anomaly.types import Bytes, Floats

Flags = NDArray[np.bool_]

DEPTH = 3  # cells from the upper and from the lower border
_CHANGED_LEVELS = 10  # of a pixel, from one picture to the next: more than noise
_LONGEST_GAP_S = 0.6
_HALF_LIFE_S = 120.0  # a clock drifts against ours, and somebody may move the text
_LEAST_S = 20.0
_ONE_WAY = 0.85  # length of the mean arrow; of pictures five a second at least 0.93 for a clock
_LEAST_PER_S, _MOST_PER_S = 0.5, 1.3
_SHARP_LEVELS = 25.0  # from one pixel to the next within a cell of text
_SPACE = 1  # cells between two words
# More cells at once are no digits of a clock: a lamp that flashes, or each key frame of a video.
_MOST_DIGITS, _MOST_SHARE = 12, 0.4
_YOUNG_S, _EVERY = 120.0, 4  # later only every fourth chunk is looked at


@attrs.define
class Captions:
    """Changes of the cells near the borders, as arrows and their number, and what is text."""

    arrows: Floats  # right, up, number; rows near the borders; columns
    is_text: Flags  # of the whole grid of cells
    seen_s: float = 0.0
    chunks: float = 0.0


def start_captions(cells: tuple[int, int]) -> Captions:
    """Begin without any."""
    return Captions(np.zeros((3, 2 * DEPTH, cells[1]), np.float32), np.zeros(cells, np.bool_))


def clear_text(captions: Captions, seen: Seen, maps: Floats, *, frozen: bool) -> None:
    """Learn from a chunk, and clear its maps where there is text: nothing is there, nor differs."""
    if not frozen:
        watch_captions(captions, seen)
    if captions.is_text.any():
        for name in ("occupied", "change"):
            maps[:, MAPS.index(name)][:, captions.is_text] = 0


def watch_captions(captions: Captions, seen: Seen) -> None:
    """Learn from a chunk; of a camera that is known only now and then."""
    captions.chunks += 1
    rows = captions.is_text.shape[0]
    if rows < 3 * DEPTH or (captions.seen_s > _YOUNG_S and captions.chunks % _EVERY):
        return
    first = max(1, len(seen.frames) - seen.fresh)
    times = np.array(seen.at_s[first - 1 :])
    gaps_s = np.diff(times)
    is_near = (gaps_s > 0) & (gaps_s <= _LONGEST_GAP_S)
    changed = _find_changed(seen.frames[first - 1 :]) & is_near[:, None, None]
    turn = 2 * np.pi * times[1:]
    arrows = np.stack([np.cos(turn), np.sin(turn), np.ones_like(turn)])
    passed_s = float(gaps_s[is_near].sum())
    keep = np.float32(0.5 ** (passed_s / _HALF_LIFE_S))
    captions.arrows = captions.arrows * keep + np.tensordot(arrows, changed, 1).astype(np.float32)
    captions.seen_s = captions.seen_s * float(keep) + passed_s
    captions.is_text = _find_text(captions, seen.frames[-1])


def _find_changed(shown: Bytes) -> Flags:
    """Say which cells near the borders changed from one picture to the next.

    Every second row of pixels says as much. What a change of light adds has no moment of its own.
    """
    depth_px = DEPTH * CELL_PX
    border = np.concatenate([shown[:, :depth_px:2], shown[:, -depth_px::2]], 1)
    now, before = border[1:], border[:-1]
    apart = np.maximum(now, before) - np.minimum(now, before)
    lines = np.maximum(apart[:, ::2], apart[:, 1::2])
    pairs = np.maximum(lines[:, :, ::2], lines[:, :, 1::2])
    return np.asarray(np.maximum(pairs[:, :, ::2], pairs[:, :, 1::2]) > _CHANGED_LEVELS, np.bool_)


def _find_text(captions: Captions, newest: Bytes) -> Flags:
    found = np.zeros_like(captions.is_text)
    right, up, number = captions.arrows
    per_s = number / max(captions.seen_s, 1e-3)
    digits = (np.hypot(right, up) > _ONE_WAY * number) & (per_s > _LEAST_PER_S)
    digits &= per_s < _MOST_PER_S
    if captions.seen_s < _LEAST_S or not 0 < digits.sum() <= _MOST_DIGITS:
        return found
    sharp = _find_sharp(newest)
    line = _follow_line(digits & sharp, sharp & (number <= np.hypot(right, up) / _ONE_WAY))
    if float(line.mean()) > _MOST_SHARE:
        return found
    found[:DEPTH], found[-DEPTH:] = line[:DEPTH], line[DEPTH:]
    return _grow(found)


def _find_sharp(newest: Bytes) -> Flags:
    """Say which cells near the borders have edges as text has."""
    depth_px = DEPTH * CELL_PX
    border = np.concatenate([newest[:depth_px], newest[-depth_px:]]).astype(np.int16)
    steps = np.abs(np.diff(border, axis=1, append=border[:, -1:]))
    cells = steps.reshape(2 * DEPTH, CELL_PX, -1, CELL_PX).max((1, 3))
    return np.asarray(cells > _SHARP_LEVELS, np.bool_)


def _follow_line(digits: Flags, text: Flags) -> Flags:
    """Add what is on the same rows, from word to word."""
    open_ = _beside(text, _SPACE) | digits
    rows, columns = open_.shape
    runs = np.cumsum(~open_, axis=1) + (columns + 1) * np.arange(rows)[:, None]
    return np.asarray(open_ & np.isin(runs, runs[digits]), np.bool_)


def _beside(cells: Flags, reach: int) -> Flags:
    wide = np.pad(cells, ((0, 0), (reach, reach)))
    columns = cells.shape[1]
    return np.asarray(
        np.any([wide[:, step : step + columns] for step in range(2 * reach + 1)], axis=0), np.bool_
    )


def _grow(cells: Flags) -> Flags:
    """Add the cells around: what changes in one shows in the network's maps of its neighbours."""
    if not cells.any():
        return cells
    across = _beside(cells, 1)
    return np.asarray(_beside(across.T, 1).T, np.bool_)
