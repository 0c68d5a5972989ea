"""The report's pictures: the worst misses, the worst false alarms, and what was said of chunks."""

import base64
import html
import io

import attrs
import numpy as np
from PIL import Image, ImageFilter

from anomaly.evaluation.charts import LEAST_LIMIT
from anomaly.evaluation.figures import Truth, find_runs
from anomaly.evaluation.placing import chosen_frames
from anomaly.evaluation.results import ClipResult, Evaluation
from anomaly.types import Floats, ScoredFrame

MOST_WRONG = 6  # of each sort
MOST_SAID = 40
_WIDEST_PX = 480
_QUALITY = 70
_RED, _CYAN = (230, 40, 20), (0, 230, 255)
_OUTLINE_PX = 3


@attrs.frozen
class _Run:
    """A run of frames on the wrong side of the threshold."""

    result: ClipResult
    start: int
    end: int
    worst: int  # frame
    weight: float  # how far they are on the wrong side, together


def show_misses(evaluation: Evaluation) -> str:
    """Show the runs of anomalous frames below the threshold, the worst first."""
    runs = _find_wrong(evaluation, anomalous=True)
    return _grid([_show_run(run, evaluation) for run in runs[:MOST_WRONG]]) or (
        "<p>No anomalous frame lies below the threshold.</p>"
    )


def show_false_alarms(evaluation: Evaluation) -> str:
    """Show the runs of normal frames above the threshold, the worst first."""
    runs = _find_wrong(evaluation, anomalous=False)
    return _grid([_show_run(run, evaluation) for run in runs[:MOST_WRONG]]) or (
        "<p>No normal frame lies above the threshold.</p>"
    )


def show_closest(evaluation: Evaluation) -> str:
    """Show the clips' highest normal frames that are no false alarms."""
    limit, found = evaluation.detector.threshold, []
    for result in evaluation.results:
        scores = np.where(
            result.truth | ~result.counted | (result.replayed.scores > limit),
            -1,
            result.replayed.scores,
        )
        place = int(scores.argmax())
        if scores[place] >= 0:
            found.append((float(scores[place]), place, result))
    found.sort(key=lambda one: -one[0])
    return _grid(
        [
            _figure(result, place, f"{_of(score, limit)}. {_said_of(result, place)}")
            for score, place, result in found[:MOST_WRONG]
        ]
    )


def show_said(evaluation: Evaluation) -> str:
    """Show frames as they would be chosen, from all clips alike, with heat map and words."""
    chosen = [
        (result, place, one)
        for result in evaluation.results
        for place, one in chosen_frames(result)
    ]
    every = max(1, -(-len(chosen) // MOST_SAID))
    return _grid(
        [
            _figure(
                result,
                place,
                f"Threat {one.threat:.2f}, {one.band}. {one.evidence.words}",
                one,
            )
            for result, place, one in chosen[::every]
        ]
    )


def _find_wrong(evaluation: Evaluation, *, anomalous: bool) -> list[_Run]:
    limit, runs = evaluation.detector.threshold, []
    for result in evaluation.results:
        beyond = (limit - result.replayed.scores) * (1 if anomalous else -1)
        below = result.replayed.scores <= limit
        wrong = result.counted & (result.truth == anomalous) & (below == anomalous)
        for start, end in find_runs(wrong):
            worst = start + int(beyond[start:end].argmax())
            runs.append(_Run(result, start, end, worst, float(beyond[start:end].sum())))
    return sorted(runs, key=lambda run: -run.weight)


def _show_run(run: _Run, evaluation: Evaluation) -> str:
    limit, score = evaluation.detector.threshold, float(run.result.replayed.scores[run.worst])
    frames = f"Frames {run.start} to {run.end - 1}" if run.end - run.start > 1 else "One frame"
    side = "below" if run.result.truth[run.worst] else "above"
    words = f"{frames} {side} the threshold; here {_of(score, limit)}"
    chosen = dict(chosen_frames(run.result)).get(run.worst)  # of others there is no heat map
    return _figure(run.result, run.worst, f"{words}. {_said_of(run.result, run.worst)}", chosen)


def _of(score: float, limit: float) -> str:
    return f"{score / max(limit, LEAST_LIMIT):.2f} of the threshold"


def _said_of(result: ClipResult, place: int) -> str:
    start = 0
    for one in result.replayed.scored:
        if place < start + len(one.course):
            return f"Said of its chunk: {one.evidence.words}"
        start += len(one.course)
    return ""


def _figure(result: ClipResult, place: int, words: str, scored: ScoredFrame | None = None) -> str:
    number = int(result.replayed.numbers[place])
    image = result.clip.show_picture(number)
    if scored is not None:
        image = _overlay(image, np.float32(1 / 255) * scored.evidence.heat)
    masks = result.clip.read_masks()
    if masks is not None and masks[number].any():
        image = _outline(image, masks[number])
    image.thumbnail((_WIDEST_PX, _WIDEST_PX))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    source = base64.b64encode(file.getvalue()).decode()
    name = f"Clip {html.escape(result.clip.name)}, frame {number}"
    truth = "anomalous" if result.truth[place] else "normal"
    truth = truth if result.counted[place] else "not counted"
    return (
        f'<figure><img alt="{name}" src="data:image/jpeg;base64,{source}"'
        f' width="{image.width}" height="{image.height}">'
        f"<figcaption><b>{name}, {truth}.</b> {html.escape(words)}</figcaption></figure>"
    )


def _overlay(image: Image.Image, heat: Floats) -> Image.Image:
    mask = Image.fromarray((heat * 200).astype(np.uint8)).resize(image.size)
    return Image.composite(Image.new("RGB", image.size, _RED), image, mask)


def _outline(image: Image.Image, mask: Truth) -> Image.Image:
    """Draw the border of the truth around what is anomalous, not over it."""
    inside = Image.fromarray(mask.astype(np.uint8) * 255).resize(image.size)
    grown = inside.filter(ImageFilter.MaxFilter(_OUTLINE_PX))
    border = np.asarray(grown) & ~np.asarray(inside)
    return Image.composite(Image.new("RGB", image.size, _CYAN), image, Image.fromarray(border))


def _grid(figures: list[str]) -> str:
    return f'<div class="pics">{"".join(figures)}</div>' if figures else ""
