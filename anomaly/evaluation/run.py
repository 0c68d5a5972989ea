"""One evaluation: learn from the training clips, judge the test clips, count."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.evaluation.figures import Curve, Truth, count_events, trace_curve
from anomaly.evaluation.folder import Clip, read_folder
from anomaly.evaluation.replay import Player, Replayed, score_baseline
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly.types import Floats

FALSE_SHARE = 0.005  # of the training footage lies above the threshold
_MOST_FOLDS = 4  # of the training clips, each judged by the memory of the others


@attrs.frozen
class ClipResult:
    """One test clip."""

    clip: Clip
    replayed: Replayed
    baseline: Floats
    truth: Truth


@attrs.frozen
class Evaluation:
    """All that came out."""

    results: list[ClipResult]
    held_out: Floats  # raw scores of training clips, judged by the others' memory
    threshold: float
    curve: Curve | None
    facts: dict[str, object]


def evaluate_folder(folder: Path, graph: MotionGraph | None = None) -> Evaluation:
    """Evaluate the detector on a labelled folder."""
    training, testing = read_folder(folder)
    graph = graph or MotionGraph()
    player = learn_clips(training, graph)
    held_out = _score_held_out(training, graph)
    threshold = float(np.quantile(held_out, 1 - FALSE_SHARE))
    results = [_judge_clip(clip, player) for clip in testing]
    scores = np.concatenate([result.replayed.scores for result in results])
    truth = np.concatenate([result.truth for result in results])
    baseline = np.concatenate([result.baseline for result in results])
    curve, base = trace_curve(scores, truth), trace_curve(baseline, truth)
    facts = {
        "auc": _round(curve.auc if curve else None),
        "auc_with_held_out": _round(_wide_auc(scores, truth, held_out)),
        "baseline_auc": _round(base.auc if base else None),
        "equal_error_rate": _round(curve.equal_error_rate if curve else None),
        **_count_alarms(results, threshold),
        **_measure_peaks(results, threshold),
        "per_clip": {result.clip.name: _clip_facts(result, threshold) for result in results},
        "ms_per_frame": _round(1e3 * sum(r.replayed.cpu_s for r in results) / len(scores)),
        "device": graph.device,
    }
    return Evaluation(results, held_out, threshold, curve, facts)


def auc_after(training: list[Clip], testing: list[Clip]) -> float:
    """Give the AUC of the test clips after these training clips alone."""
    player = learn_clips(training, MotionGraph())
    results = [_judge_clip(clip, player) for clip in testing]
    curve = trace_curve(
        np.concatenate([result.replayed.scores for result in results]),
        np.concatenate([result.truth for result in results]),
    )
    return curve.auc if curve else float("nan")


def _wide_auc(scores: Floats, truth: Truth, held_out: Floats) -> float | None:
    """Give the AUC with the held-out training frames as further normal ones."""
    curve = trace_curve(
        np.concatenate([scores, held_out]), np.concatenate([truth, np.zeros(len(held_out), bool)])
    )
    return curve.auc if curve else None


def learn_clips(clips: list[Clip], graph: MotionGraph) -> Player:
    """Give a camera that has seen these clips."""
    player = Player(CameraMemory("evaluation"), graph)
    for clip in clips:
        player.play(clip, is_frozen=False)
    return player


def _score_held_out(training: list[Clip], graph: MotionGraph) -> Floats:
    """Score each training clip with a memory that has not seen it."""
    folds = min(_MOST_FOLDS, len(training))
    if folds < 2:
        return learn_clips(training, graph).play(training[0], is_frozen=True).scores
    scores = []
    for fold in range(folds):
        player = learn_clips([c for n, c in enumerate(training) if n % folds != fold], graph)
        scores += [_play_apart(player, clip).scores for clip in training[fold::folds]]
    return np.concatenate(scores)


def _play_apart(player: Player, clip: Clip) -> Replayed:
    """Judge a clip and leave the memory as it was."""
    return attrs.evolve(player, memory=copy.deepcopy(player.memory)).play(clip, is_frozen=True)


def _judge_clip(clip: Clip, player: Player) -> ClipResult:
    truth = np.zeros(len(clip.files), bool) if clip.truth is None else clip.truth
    return ClipResult(clip, _play_apart(player, clip), score_baseline(clip), truth)


def _count_alarms(results: list[ClipResult], threshold: float) -> dict[str, object]:
    events = [count_events(r.replayed.scores > threshold, r.truth) for r in results]
    normal = np.concatenate([r.replayed.scores[~r.truth] for r in results])
    clips = [r for r in results if r.truth.any()]
    return {
        "threshold": _round(threshold),
        "events": sum(total for total, _ in events),
        "events_hit": sum(hit for _, hit in events),
        "clips_anomalous": len(clips),
        "clips_hit": sum(bool((r.replayed.scores[r.truth] > threshold).any()) for r in clips),
        "normal_frames": len(normal),
        "false_alarm_frames": int((normal > threshold).sum()),
        "false_alarm_rate": _round(float((normal > threshold).mean()) if len(normal) else None),
    }


def _measure_peaks(results: list[ClipResult], threshold: float) -> dict[str, object]:
    """Say how often the heat map's peak lies in the true mask, on chosen frames called right."""
    inside = called = 0
    for result in results:
        masks = result.clip.read_masks()
        start = 0
        for one in result.replayed.scored:
            place, start = start + one.index, start + len(one.course)
            if masks is None or not result.truth[place] or one.raw <= threshold:
                continue
            called += 1
            inside += _peak_is_inside(one.evidence.heat, masks[place])
    return {"peaks_called": called, "peaks_inside": inside}


def _peak_is_inside(heat: np.ndarray, mask: Truth) -> bool:
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    y = int((row + 0.5) * mask.shape[0] / heat.shape[0])
    x = int((column + 0.5) * mask.shape[1] / heat.shape[1])
    return bool(mask[y, x])


def _clip_facts(result: ClipResult, threshold: float) -> dict[str, object]:
    curve = trace_curve(result.replayed.scores, result.truth)
    alarms = result.replayed.scores > threshold
    total, hit = count_events(alarms, result.truth)
    return {
        "auc": _round(curve.auc if curve else None),
        "frames": len(result.truth),
        "anomalous": int(result.truth.sum()),
        "events": total,
        "events_hit": hit,
        "false_alarm_frames": int((alarms & ~result.truth).sum()),
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
