"""Motion's evidence by picture: the tails of its streams, added. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.streams import StreamHistory, note_values, smooth_values, tails_of

if TYPE_CHECKING:
    from anomaly.judgement import Seen, Streams
    from anomaly.types import Floats

_PEAK_CELLS = 5
_SMOOTH_S = {"moving": 0.28, "energy": 0.45}  # at ten pictures a second 0.3 and 0.2 of the newest
_WEIGHTS = {"moving": 1.0, "energy": 0.5}  # energy knows less: swinging arms have as much as a fall
_ECHO = 2.0


@attrs.frozen
class Course:
    """A chunk's motion, picture by picture, in nats."""

    nats: Floats
    shown: Floats  # the same without what only echoes from the pictures before
    peaks: Floats  # not smoothed


@attrs.frozen
class _Values:
    """A chunk's values of one stream."""

    smooth: Floats
    shown: Floats
    peaks: Floats


def follow_movement(
    streams: Streams, seen: Seen, histories: dict[str, StreamHistory], *, frozen: bool
) -> Course:
    """Give the course of a chunk, and learn its values unless the memory is frozen."""
    found = {
        name: _follow(peaks, seen, histories[name], _SMOOTH_S[name], frozen=frozen)
        for name, peaks in find_peaks(streams).items()
    }
    nats, shown, peaks = (
        sum_tails({name: getattr(values, part) for name, values in found.items()}, histories)
        for part in ("smooth", "shown", "peaks")
    )
    if not frozen:
        for name, values in found.items():
            note_values(histories[name], values.smooth, seen.duration_s)
    return Course(nats, shown, peaks)


def find_peaks(streams: Streams) -> dict[str, Floats]:
    """Give every picture's value of each stream, before smoothing."""
    return {"moving": strongest(streams.moving, _PEAK_CELLS), "energy": streams.energy.max((1, 2))}


def sum_tails(values: dict[str, Floats], histories: dict[str, StreamHistory]) -> Floats:
    """Add the streams' tails: what two see is rarer than what one does."""
    tails = [
        _WEIGHTS[name] * tails_of(histories[name], found) for name, found in values.items()
    ]
    return np.asarray(np.sum(tails, axis=0), np.float32)


def strongest(evidence: Floats, most: int) -> Floats:
    """Give the mean of the strongest cells: what is real covers more than one."""
    if not evidence.any():
        return np.zeros(len(evidence), np.float32)
    cells = min(most, evidence[0].size)
    # Most cells are zero; sorting the others is ten times faster than partitioning all.
    tops = [np.sort(picture[picture > 0])[-cells:].sum() / cells for picture in evidence]
    return np.array(tops, np.float32)


def _follow(
    peaks: Floats, seen: Seen, history: StreamHistory, smooth_s: float, *, frozen: bool
) -> _Values:
    times = np.array(seen.at_s[-seen.fresh - 1 :])
    if len(times) == seen.fresh:
        times = np.concatenate([times[:1], times])
    weights = (1 - np.exp(-np.diff(times) / smooth_s)).astype(np.float32)
    smooth = smooth_values(history, peaks, weights, seen.have.sum(1), frozen=frozen)
    # What only echoes from the pictures before is not in the one that people would see.
    return _Values(smooth, np.minimum(smooth, _ECHO * peaks), peaks)
