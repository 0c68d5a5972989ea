"""The figures of an evaluation as facts for machines; what cannot be said is None."""

import numpy as np

from anomaly.evaluation.figures import Truth, area, count_events
from anomaly.evaluation.measures import Measures
from anomaly.evaluation.placing import count_peaks, locate_clips
from anomaly.evaluation.results import ClipResult, Judged
from anomaly.evaluation.scenes import Scene

_ABOUT_CLIPS = {"events", "clips_anomalous", "normal_frames"}  # whoever judges them


def gather_facts(
    scene: Scene, results: list[ClipResult], detector: Judged, baseline: Judged
) -> dict[str, object]:
    """Gather every figure under its name."""
    alarms, other = _count_alarms(detector, results), _count_alarms(baseline, results)
    return {
        "scene": scene.name,
        **_describe(detector.measures),
        **{f"baseline_{name}": value for name, value in _describe(baseline.measures).items()},
        "ordinary_h": _round(detector.measures.ordinary_h),
        **alarms,
        **count_peaks(results, detector.threshold),
        **locate_clips(results),
        **{f"baseline_{name}": other[name] for name in other.keys() - _ABOUT_CLIPS},
        "by_kind": {
            kind: _describe(found)
            | {f"baseline_{n}": v for n, v in _describe(baseline.by_kind[kind]).items()}
            for kind, found in detector.by_kind.items()
        },
        "per_clip": {
            result.clip.name: _clip_facts(result, detector.threshold, baseline.threshold)
            for result in results
        },
        "ms_per_frame": _round(detector.ms_per_frame),
        "baseline_ms_per_frame": _round(baseline.ms_per_frame),
    }


def _describe(found: Measures) -> dict[str, object]:
    """Return figures and their intervals as facts; what cannot be said is null."""
    facts: dict[str, object] = {}
    for name, value in found.values.items():
        facts[name] = _round(value)
        facts[f"{name}_interval"] = [_round(edge) for edge in found.intervals[name]]
    return facts


def _count_alarms(judged: Judged, results: list[ClipResult]) -> dict[str, object]:
    truth = [result.truth for result in results]
    alarms = [scores > judged.threshold for scores in judged.scores]
    events = [count_events(*one) for one in zip(alarms, truth, strict=True)]
    hit = [bool((a & t).any()) for a, t in zip(alarms, truth, strict=True)]
    ordinary = [~result.truth & result.counted for result in results]
    normal = np.concatenate([a[o] for a, o in zip(alarms, ordinary, strict=True)])
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


def _clip_facts(
    result: ClipResult, threshold: float, baseline_threshold: float
) -> dict[str, object]:
    alarms = result.replayed.scores > threshold
    alarms_base = result.baseline > baseline_threshold
    total, hit = count_events(alarms, result.truth)
    counted, truth = result.counted, result.truth
    return {
        "auc": _round(area(result.replayed.scores[counted], truth[counted])),
        "baseline_auc": _round(area(result.baseline[counted], truth[counted])),
        "frames": len(truth),
        "counted": int(counted.sum()),
        "anomalous": int(truth.sum()),
        "events": total,
        "events_hit": hit,
        "baseline_events_hit": count_events(alarms_base, truth)[1],
        "false_alarm_frames": int((alarms & ~truth & counted).sum()),
        "baseline_false_alarm_frames": int((alarms_base & ~truth & counted).sum()),
    }


def _share(flags: Truth) -> float | None:
    return _round(float(flags.mean()) if len(flags) else None)


def _round(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 4)
