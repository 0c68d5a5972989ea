"""One evaluation: learn from the training clips, judge the test clips, count."""

from __future__ import annotations

import copy
import time
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
_ABOUT_CLIPS = {"events", "clips_anomalous", "normal_frames"}  # whoever judges them
_MOST_FOLDS = 4  # of the training clips, each judged by the memory of the others


@attrs.frozen
class ClipResult:
    """One test clip."""

    clip: Clip
    replayed: Replayed
    baseline: Floats
    truth: Truth


@attrs.frozen
class Judged:
    """How well one way of scoring judges: the detector's, or the baseline's."""

    scores: list[Floats]  # by test clip
    threshold: float  # from training footage alone
    curve: Curve | None
    ms_per_frame: float


@attrs.frozen
class Evaluation:
    """All that came out."""

    folder: str
    training: int  # frames
    results: list[ClipResult]
    detector: Judged
    baseline: Judged
    facts: dict[str, object]


def evaluate_folder(folder: Path, graph: MotionGraph | None = None) -> Evaluation:
    """Evaluate the detector on a labelled folder."""
    training, testing = read_folder(folder)
    graph = graph or MotionGraph()
    player = learn_clips(training, graph)
    held_out = _score_held_out(training, graph)
    began_s = time.process_time()
    ordinary = np.concatenate([score_baseline(clip) for clip in training])
    baseline_s = (time.process_time() - began_s) / len(ordinary)
    results = [_judge_clip(clip, player) for clip in testing]
    truth = [result.truth for result in results]
    scores = [result.replayed.scores for result in results]
    each_s = sum(result.replayed.cpu_s for result in results) / len(np.concatenate(scores))
    detector = _rate(scores, held_out, truth, each_s)
    baseline = _rate([result.baseline for result in results], ordinary, truth, baseline_s)
    facts = {
        "auc": _auc(detector.curve),
        "auc_with_held_out": _wide_auc(np.concatenate(scores), np.concatenate(truth), held_out),
        "baseline_auc": _auc(baseline.curve),
        **_count_alarms(detector, truth),
        **_measure_peaks(results, detector.threshold),
        **{
            f"baseline_{name}": value
            for name, value in _count_alarms(baseline, truth).items()
            if name not in _ABOUT_CLIPS
        },
        "per_clip": {
            result.clip.name: _clip_facts(result, detector.threshold, baseline.threshold)
            for result in results
        },
        "ms_per_frame": _round(detector.ms_per_frame),
        "baseline_ms_per_frame": _round(baseline.ms_per_frame),
        "device": graph.device,
    }
    return Evaluation(folder.resolve().name, len(held_out), results, detector, baseline, facts)


def _rate(scores: list[Floats], ordinary: Floats, truth: list[Truth], each_s: float) -> Judged:
    threshold = float(np.quantile(ordinary, 1 - FALSE_SHARE))
    curve = trace_curve(np.concatenate(scores), np.concatenate(truth))
    return Judged(scores, threshold, curve, 1e3 * each_s)


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
    return _auc(curve)


def _auc(curve: Curve | None) -> float | None:
    return _round(curve.auc if curve else None)


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


def _count_alarms(judged: Judged, truth: list[Truth]) -> dict[str, object]:
    alarms = [scores > judged.threshold for scores in judged.scores]
    events = [count_events(*one) for one in zip(alarms, truth, strict=True)]
    hit = [bool((a & t).any()) for a, t in zip(alarms, truth, strict=True)]
    normal = np.concatenate([a[~t] for a, t in zip(alarms, truth, strict=True)])
    odd = np.concatenate([a[t] for a, t in zip(alarms, truth, strict=True)])
    return {
        "equal_error_rate": _round(judged.curve.equal_error_rate if judged.curve else None),
        "threshold": _round(judged.threshold),
        "events": sum(total for total, _ in events),
        "events_hit": sum(hit for _, hit in events),
        "clips_anomalous": sum(bool(t.any()) for t in truth),
        "clips_hit": sum(hit),
        "hit_rate": _share(odd),
        "normal_frames": len(normal),
        "false_alarm_frames": int(normal.sum()),
        "false_alarm_rate": _share(normal),
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


def _clip_facts(
    result: ClipResult, threshold: float, baseline_threshold: float
) -> dict[str, object]:
    alarms = result.replayed.scores > threshold
    alarms_base = result.baseline > baseline_threshold
    total, hit = count_events(alarms, result.truth)
    return {
        "auc": _auc(trace_curve(result.replayed.scores, result.truth)),
        "baseline_auc": _auc(trace_curve(result.baseline, result.truth)),
        "frames": len(result.truth),
        "anomalous": int(result.truth.sum()),
        "events": total,
        "events_hit": hit,
        "baseline_events_hit": count_events(alarms_base, result.truth)[1],
        "false_alarm_frames": int((alarms & ~result.truth).sum()),
        "baseline_false_alarm_frames": int((alarms_base & ~result.truth).sum()),
    }


def _share(flags: Truth) -> float | None:
    return _round(float(flags.mean()) if len(flags) else None)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
