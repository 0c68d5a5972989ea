"""The report's drawings: ROC curves and score timelines, as SVG.  Pure.

Colours are the page's classes, so that they follow its scheme; what a line means is also in its
dashes, for print and for whoever tells no colours apart.
"""

import html

import attrs
import numpy as np

from anomaly.evaluation.figures import Curve, Truth, find_runs
from anomaly.evaluation.results import Evaluation, Judged
from anomaly.types import Floats

_SIDE_PX, _LEFT_PX, _TOP_PX = 300, 64, 12
ZOOM = 0.1  # of the normal frames: more false alarms than that nobody wants
_WIDTH_PX, _HEIGHT_PX = 900, 110
_MOST_POINTS = 900  # of a timeline; more is more than the page has pixels
LEAST_LIMIT = 1e-6  # a threshold of 0 has no multiples
_HIGHEST = 8.0  # thresholds; what is above is drawn at the edge


def draw_curves(evaluation: Evaluation) -> str:
    """Draw both ROC curves, whole and where false alarms are few."""
    detector, baseline = evaluation.detector, evaluation.baseline
    if detector.curve is None or baseline.curve is None:
        return "<p>No ROC curve: the test clips hold frames of one sort only.</p>"
    drawn = [_draw_curve(evaluation, most) for most in (1.0, ZOOM)]
    return f'<div class="charts">{"".join(drawn)}</div>'


def _draw_curve(evaluation: Evaluation, most: float) -> str:
    lines = []
    for judged, name in ((evaluation.baseline, "base"), (evaluation.detector, "det")):
        if judged.curve is not None:
            lines.append(_trace(judged.curve, most, name))
            lines.append(_mark(judged, evaluation, most, name))
    ticks = "".join(
        f'<text x="{_LEFT_PX + _SIDE_PX * share:.0f}" y="{_TOP_PX + _SIDE_PX + 16}"'
        f' text-anchor="middle">{100 * share * most:.3g} %</text>'
        f'<text x="{_LEFT_PX - 6}" y="{_TOP_PX + _SIDE_PX * (1 - share) + 4:.0f}"'
        f' text-anchor="end">{100 * share:.3g} %</text>'
        f'<path class="grid" d="M{_LEFT_PX} {_TOP_PX + _SIDE_PX * (1 - share):.0f}h{_SIDE_PX}'
        f'M{_LEFT_PX + _SIDE_PX * share:.0f} {_TOP_PX}v{_SIDE_PX}"/>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    middle = _LEFT_PX + _SIDE_PX / 2
    name = "ROC curves" if most == 1 else f"ROC curves up to {100 * ZOOM:.0f} % false alarms"
    slope = f'<path class="even" d="M{_LEFT_PX} {_TOP_PX + _SIDE_PX}l{_SIDE_PX} -{_SIDE_PX}"/>'
    return (
        f'<svg role="img" aria-label="{name}" viewBox="0 0 390 360">{ticks}'
        f"{slope if most == 1 else ''}{''.join(lines)}"
        f'<text x="{middle}" y="{_TOP_PX + _SIDE_PX + 36}" text-anchor="middle">'
        "normal frames above the threshold</text>"
        f'<text transform="translate(14 {_TOP_PX + _SIDE_PX / 2}) rotate(-90)"'
        ' text-anchor="middle">anomalous frames above it</text></svg>'
    )


def _trace(curve: Curve, most: float, name: str) -> str:
    kept = curve.false_rate <= most
    across, up = curve.false_rate[kept], curve.hit_rate[kept]
    across, up = np.append(across, most), np.append(up, up[-1])
    points = " ".join(_point(x / most, y) for x, y in zip(across, up, strict=True))
    return f'<polyline class="{name}" points="{points}"/>'


def _mark(judged: Judged, evaluation: Evaluation, most: float, name: str) -> str:
    """Mark where the threshold from training footage lies."""
    counted = np.concatenate([result.counted for result in evaluation.results])
    truth = np.concatenate([result.truth for result in evaluation.results])[counted]
    alarms = np.concatenate(judged.scores)[counted] > judged.threshold
    false, hits = float(alarms[~truth].mean()), float(alarms[truth].mean())
    if false > most:
        return ""
    x, y = _point(false / most, hits).split(",")
    return f'<circle class="{name}" cx="{x}" cy="{y}" r="5"/>'


def _point(across: float, up: float) -> str:
    return f"{_LEFT_PX + _SIDE_PX * across:.1f},{_TOP_PX + _SIDE_PX * (1 - up):.1f}"


@attrs.frozen
class Course:
    """What a timeline shows of one clip: scores in multiples of their thresholds, and the truth."""

    name: str
    scores: Floats
    baseline: Floats
    truth: Truth
    counted: Truth
    seconds: float


def draw_timeline(course: Course) -> str:
    """Draw one clip's scores over the truth."""
    name, scores, baseline, truth = course.name, course.scores, course.baseline, course.truth
    count = len(truth)
    x = _WIDTH_PX / count
    shade = "".join(
        f'<rect class="truth" x="{_LEFT_PX + start * x:.1f}" y="0"'
        f' width="{(end - start) * x:.1f}" height="{_HEIGHT_PX}"/>'
        for start, end in find_runs(truth)
    )
    shade += "".join(
        f'<rect class="aside" x="{_LEFT_PX + start * x:.1f}" y="0"'
        f' width="{(end - start) * x:.1f}" height="{_HEIGHT_PX}"/>'
        for start, end in find_runs(~course.counted)
    )
    wrong = "".join(
        f'<rect class="wrong" x="{_LEFT_PX + start * x:.1f}" y="{_HEIGHT_PX + 2}"'
        f' width="{(end - start) * x:.1f}" height="5"/>'
        for start, end in find_runs(((scores > 1) != truth) & course.counted)
    )
    ticks = "".join(
        f'<text x="{_LEFT_PX - 6}" y="{_level(value) + 4:.0f}" text-anchor="end">{value}</text>'
        for value in (0, 1, 4, 8)
    )
    return (
        f'<svg class="course" role="img" aria-label="Scores of clip {html.escape(name)} over time"'
        f' viewBox="0 -8 {_LEFT_PX + _WIDTH_PX + 4} {_HEIGHT_PX + 34}">{shade}'
        f'<path class="grid" d="M{_LEFT_PX} {_HEIGHT_PX}h{_WIDTH_PX}"/>'
        f'<path class="limit" d="M{_LEFT_PX} {_level(1):.1f}h{_WIDTH_PX}"/>'
        f"{_course(baseline, 'base')}{_course(scores, 'det')}{wrong}{ticks}"
        f'<text x="{_LEFT_PX}" y="{_HEIGHT_PX + 21}">0 s</text>'
        f'<text x="{_LEFT_PX + _WIDTH_PX}" y="{_HEIGHT_PX + 21}" text-anchor="end">'
        f"{course.seconds:.0f} s</text></svg>"
    )


def _course(scores: Floats, name: str) -> str:
    count = len(scores)
    step = -(-count // _MOST_POINTS)
    tops = [float(scores[start : start + step].max()) for start in range(0, count, step)]
    points = " ".join(
        f"{_LEFT_PX + (place * step + step / 2) * _WIDTH_PX / count:.1f},{_level(top):.1f}"
        for place, top in enumerate(tops)
    )
    return f'<polyline class="{name}" points="{points}"/>'


def _level(score: float) -> float:
    """Return the height of a score; roots, since what is near the threshold matters most."""
    return float(_HEIGHT_PX * (1 - (min(max(score, 0.0), _HIGHEST) / _HIGHEST) ** 0.5))
