"""Motion's evidence by picture: the tails of its streams, added. Pure.

They are views of one thing: velocities of cells, energy by place, and what tracks do. Each is
compared with its own history; what two of them find rare is rarer than what one does.
"""

import attrs
import numpy as np

from anomaly.judging.findings import Streams
from anomaly.seeing.seen import Seen
from anomaly.tracks import Kind
from anomaly.types import Floats
from anomaly.usual.streams import STREAMS, StreamHistory, note_values, smooth_values, tails_of

_PEAK_CELLS = 5
_ECHO = 2.0
_TRACKED = {"motion": Kind.MOTION, "posture": Kind.POSTURE}


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
    """Return the course of a chunk, and learn its values unless the memory is frozen."""
    found = {
        name: _follow(peaks, seen, histories[name], STREAMS[name].smooth_s, frozen=frozen)
        for name, peaks in find_peaks(streams).items()
    }
    # All three at once: the tail of a history is then found once.
    nats, shown, peaks = sum_tails(
        {name: np.stack([one.smooth, one.shown, one.peaks]) for name, one in found.items()},
        histories,
    )
    if not frozen:
        for name, values in found.items():
            note_values(histories[name], values.smooth, seen.duration_s)
    return Course(nats, shown, peaks)


def find_peaks(streams: Streams) -> dict[str, Floats]:
    """Return every picture's value of each stream, before smoothing."""
    tracked = {name: streams.tracked[:, kind] for name, kind in _TRACKED.items()}
    moving, energy = strongest(streams.moving, _PEAK_CELLS), streams.energy.max((1, 2))
    return {"moving": moving, "energy": energy, **tracked}


def sum_tails(values: dict[str, Floats], histories: dict[str, StreamHistory]) -> Floats:
    """Add the streams' tails."""
    tails = [
        np.float32(STREAMS[name].weight) * tails_of(histories[name], found)
        for name, found in values.items()
    ]
    return np.asarray(np.sum(tails, axis=0), np.float32)


def strongest(evidence: Floats, most: int) -> Floats:
    """Return the mean of the strongest cells: what is real covers more than one."""
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
    passed_s = np.maximum(np.diff(times), 0)  # after a step back of the clock nothing is known
    weights = (1 - np.exp(-passed_s / smooth_s)).astype(np.float32)
    smooth = smooth_values(history, peaks, weights, seen.have.sum(1), frozen=frozen)
    # What only echoes from the pictures before is not in the one that people would see.
    return _Values(smooth, np.minimum(smooth, _ECHO * peaks), peaks)
