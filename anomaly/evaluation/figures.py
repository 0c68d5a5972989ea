"""Figures of merit from scores and truth, by frame.  Pure."""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats

Truth = NDArray[np.bool_]


@attrs.frozen
class Curve:
    """A ROC curve: false alarms against hits, from strict to lenient."""

    false_rate: NDArray[np.float64]
    hit_rate: NDArray[np.float64]
    auc: float
    equal_error_rate: float


def trace_curve(scores: Floats, truth: Truth) -> Curve | None:
    """Trace the ROC curve, ties counted half; None where one class is missing."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return None
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.concatenate([[0], np.cumsum(truth[order])[last]]) / positives
    false = np.concatenate([[0], np.cumsum(~truth[order])[last]]) / negatives
    auc = float(np.trapezoid(hits, false))
    gap = false - (1 - hits)
    place = int(np.searchsorted(gap, 0))
    low, high = gap[place - 1], gap[place]
    share = -low / (high - low)
    error = float(false[place - 1] + share * (false[place] - false[place - 1]))
    return Curve(false, hits, auc, error)


def area(scores: Floats, truth: Truth) -> float:
    """Return the area under the ROC curve alone; not a number where one class is missing."""
    curve = trace_curve(scores, truth)
    return curve.auc if curve else float("nan")


def find_runs(flags: Truth) -> list[tuple[int, int]]:
    """Return start and end of every run of frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def count_events(alarms: Truth, truth: Truth) -> tuple[int, int]:
    """Count the runs of anomalous frames, and those with an alarm in them."""
    runs = find_runs(truth)
    return len(runs), sum(bool(alarms[start:end].any()) for start, end in runs)
