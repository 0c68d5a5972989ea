"""All figures of one way of scoring, on test clips beside ordinary footage.  Pure."""

from collections.abc import Sequence

import attrs
import numpy as np

from anomaly.evaluation.bootstrap import Interval, Measured, intervals
from anomaly.evaluation.events import (
    Footage,
    Found,
    allowed_in,
    find_events,
    find_peaks,
    threshold_for,
)
from anomaly.evaluation.figures import area

RATES_PER_H = (0.1, 1.0)
"""False events a camera-hour at which it is counted what is found."""
_NONE = float("nan")


@attrs.frozen(eq=False)
class Material:
    """What figures are made of; peaks are looked for once."""

    tests: Sequence[Footage]
    ordinary: Sequence[Footage]  # each scored by a memory that has not seen it
    peaks: Sequence[list[float]]  # of the ordinary clips
    continues: bool  # ordinary frames of the test clips are in the ordinary clips, too


def prepare(tests: Sequence[Footage], ordinary: Sequence[Footage], *, continues: bool) -> Material:
    """Look for the peaks of ordinary footage."""
    return Material(tests, ordinary, [find_peaks(clip) for clip in ordinary], continues)


@attrs.frozen
class Measures:
    """Figures by name, and how far each may be trusted."""

    values: Measured
    intervals: dict[str, Interval]
    events: int
    ordinary_h: float
    threshold: float  # that lets one false event of all ordinary footage through


def measure(material: Material) -> Measures:
    """Measure everything, with intervals over clips."""
    tests, ordinary = range(len(material.tests)), range(len(material.ordinary))
    values = _measure(material, tests, ordinary)
    spread = intervals(
        lambda some, others: _measure(material, some, others), len(tests), len(ordinary)
    )
    threshold = threshold_for([p for peaks in material.peaks for p in peaks], 1)
    ordinary_s = sum(clip.duration_s for clip in material.ordinary)
    events = find_events(material.tests, threshold).events
    return Measures(values, spread, events, ordinary_s / 3600, threshold)


def _measure(material: Material, some: Sequence[int], others: Sequence[int]) -> Measured:
    tests = [material.tests[place] for place in some]
    ordinary = [material.ordinary[place] for place in others]
    peaks = [peak for place in others for peak in material.peaks[place]]
    ordinary_s = sum(clip.duration_s for clip in ordinary)
    found = find_events(tests, threshold_for(peaks, 1))
    by_rate = {
        f"found_at_{rate:g}_per_h": _share(
            find_events(tests, threshold_for(peaks, allowed_in(rate, ordinary_s)))
        )
        for rate in RATES_PER_H
    }
    return {
        "auc": _area(tests),
        "auc_with_held_out": _wide_area(tests, ordinary, continues=material.continues),
        **by_rate,
        "found_at_one_false_event": _share(found),
        "delay_s": float(np.median(found.delays_s)) if found.delays_s else _NONE,
        "alarms_per_event": found.alarms / found.hits if found.hits else _NONE,
    }


def _share(found: Found) -> float:
    return found.hits / found.events if found.events else _NONE


def _area(tests: Sequence[Footage]) -> float:
    if not tests:
        return _NONE
    scores = np.concatenate([clip.scores[clip.counted] for clip in tests])
    return area(scores, np.concatenate([clip.truth[clip.counted] for clip in tests]))


def _wide_area(tests: Sequence[Footage], ordinary: Sequence[Footage], *, continues: bool) -> float:
    """Return the area with ordinary footage as further normal frames, none of them twice."""
    if not tests or not ordinary:
        return _NONE
    kept = [clip.truth if continues else clip.counted for clip in tests]
    scores = [clip.scores[which] for clip, which in zip(tests, kept, strict=True)]
    truth = [clip.truth[which] for clip, which in zip(tests, kept, strict=True)]
    scores += [clip.scores for clip in ordinary]
    truth += [np.zeros(len(clip.scores), bool) for clip in ordinary]
    return area(np.concatenate(scores), np.concatenate(truth))
