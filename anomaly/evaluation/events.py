"""Figures of merit by event: what is found while ordinary footage gives so many false ones.  Pure.

A false event is a peak of a score in ordinary footage; peaks within two seconds are one. A
threshold that allows n of them is the score of the peak after the n-th. What footage of a few
minutes cannot show, it does not: where the rate asked for allows less than one event in all of the
ordinary footage, the threshold is the highest score in it.
"""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.evaluation.figures import Truth, find_runs
from anomaly.types import Floats

SAME_EVENT_S = 2.0
LATE_S = 0.5  # a score that is smoothed may follow the end of what it is about


@attrs.frozen(eq=False)
class Footage:
    """One clip's scores with its times and truth."""

    scores: Floats
    at_s: NDArray[np.float64]
    truth: Truth
    counted: Truth  # frames that are about something, right or wrong

    @property
    def duration_s(self) -> float:
        """Say how long the clip is."""
        count = len(self.at_s)
        return float(self.at_s[-1] - self.at_s[0]) * count / max(count - 1, 1)


@attrs.frozen
class Found:
    """How the true events fare at one threshold."""

    events: int
    hits: int
    alarms: int  # in all test footage, those outside of events too
    delays_s: tuple[float, ...]  # of the events that were found


def find_peaks(footage: Footage) -> list[float]:
    """Return the scores of a clip's peaks, highest first."""
    scores, peaks = footage.scores.astype(np.float64), []
    while (place := int(scores.argmax())) >= 0 and np.isfinite(scores[place]):
        peaks.append(float(scores[place]))
        scores[np.abs(footage.at_s - footage.at_s[place]) <= SAME_EVENT_S] = -np.inf
    return peaks


def threshold_for(peaks: Sequence[float], allowed: int) -> float:
    """Return the score above which so many false events lie."""
    ordered = sorted(peaks, reverse=True)
    return ordered[min(allowed, len(ordered) - 1)] if ordered else -np.inf


def allowed_in(rate_per_h: float, ordinary_s: float) -> int:
    """Say how many false events ordinary footage of this length may hold."""
    return int(rate_per_h * ordinary_s / 3600)


def find_events(clips: Sequence[Footage], threshold: float) -> Found:
    """Count the events that are found above a threshold."""
    events = hits = alarms = 0
    delays: list[float] = []
    for clip in clips:
        above = clip.scores > threshold
        alarms += len(_joined(clip.at_s[above]))
        for start, end in find_runs(clip.truth):
            events += 1
            until_s = clip.at_s[end - 1] + LATE_S
            within = above & (clip.at_s >= clip.at_s[start]) & (clip.at_s <= until_s)
            if within.any():
                hits += 1
                delays.append(float(clip.at_s[int(within.argmax())] - clip.at_s[start]))
    return Found(events, hits, alarms, tuple(delays))


def _joined(times: NDArray[np.float64]) -> list[float]:
    """Return where alarms begin; those that follow one another closely are one."""
    if not len(times):
        return []
    begins = np.concatenate([[True], np.diff(times) > SAME_EVENT_S])
    return [float(at_s) for at_s in times[begins]]
