"""The report's tables: every figure of the detector with the baseline's beside it.  Pure."""

import html
import math

from anomaly.evaluation.measures import Measures
from anomaly.evaluation.results import FALSE_SHARE, Evaluation

_AUC = "chance that an anomalous frame scores above a normal one; 0.5 is guessing"
_EVENTS = "runs of anomalous frames with at least one above the threshold"
_THRESHOLD = (
    f"exceeded by {100 * FALSE_SHARE:g} % of the training frames, each judged by a memory that has"
    " not seen its clip; the test clips have no part in it"
)
_WIDE = "with all training frames as further normal ones, which is steadier"
_PEAKS = "of chosen anomalous frames that were hit"
_MEASURES = (
    ("Area by frame", "auc"),
    ("... with ordinary footage", "auc_with_held_out"),
    ("Found at 0.1 false events an hour", "found_at_0.1_per_h"),
    ("Found at 1 false event an hour", "found_at_1_per_h"),
    ("Found at one false event in all of it", "found_at_one_false_event"),
    ("Delay from the onset, s", "delay_s"),
    ("Alarms for each event found", "alarms_per_event"),
)


def draw_figures(evaluation: Evaluation) -> str:
    """Draw the figures by frame."""
    facts = evaluation.facts
    normal = facts["normal_frames"]
    rows = [
        ("Area under the ROC curve", "auc", _AUC),
        ("Equal error rate", "equal_error_rate", "misses and false alarms are equally frequent"),
        (f"Events hit, of {facts['events']}", "events_hit", _EVENTS),
        (f"Clips hit, of {facts['clips_anomalous']}", "clips_hit", "the same by clip"),
        ("Anomalous frames hit", "hit_rate", "share above the threshold"),
        (f"False alarms, of {normal} normal frames", "false_alarm_frames", "above the threshold"),
        ("False alarms as a share", "false_alarm_rate", ""),
        ("Threshold", "threshold", _THRESHOLD),
        ("CPU a frame, ms", "ms_per_frame", "JPEG decoding included"),
    ]
    body = [
        _row(name, say(facts[key], key), say(facts[f"baseline_{key}"], key), meaning)
        for name, key, meaning in rows
    ]
    wide = say(facts["auc_with_held_out"], "auc")
    body.append(_row("Area with the training frames", wide, "-", _WIDE))
    if facts["peaks_called"]:
        peaks = f"{facts['peaks_inside']} of {facts['peaks_called']}"
        body.append(_row("Heat map's peak in the true mask", peaks, "-", _PEAKS))
    return (
        '<table><thead><tr><th scope="col">Figure</th><th scope="col" class="n">Detector</th>'
        '<th scope="col" class="n">Baseline</th></tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def _row(name: str, detector: str, baseline: str, meaning: str) -> str:
    return (
        f'<tr><th scope="row">{html.escape(name)}<small>{html.escape(meaning)}</small></th>'
        f'<td class="n d">{detector}</td><td class="n">{baseline}</td></tr>'
    )


def say(value: object, key: str) -> str:
    """Write a figure as it is read."""
    if not isinstance(value, float):
        return "-" if value is None else str(value)
    if key.endswith("_rate"):
        return f"{100 * value:.2f} %"
    return f"{value:.2f}" if key in {"threshold", "ms_per_frame"} else f"{value:.4f}"


def draw_measures(evaluation: Evaluation) -> str:
    """Draw the figures by event, of all kinds and of each."""
    detector, baseline = evaluation.detector, evaluation.baseline
    tables = [_measures("All events", detector.measures, baseline.measures)]
    tables += [
        _measures(kind, found, baseline.by_kind[kind]) for kind, found in detector.by_kind.items()
    ]
    return "".join(tables)


def _measures(title: str, detector: Measures, baseline: Measures) -> str:
    body = "".join(
        _row(name, _spread(detector, key), _spread(baseline, key), "") for name, key in _MEASURES
    )
    about = f"{detector.events} events, {detector.ordinary_h:.2f} h of ordinary footage"
    return (
        f'<table><thead><tr><th scope="col">{html.escape(title)}<small>{about}</small></th>'
        '<th scope="col" class="n">Detector</th><th scope="col" class="n">Baseline</th></tr>'
        f"</thead><tbody>{body}</tbody></table>"
    )


def _spread(found: Measures, key: str) -> str:
    low, high = found.intervals[key]
    value = found.values[key]
    if math.isnan(value):
        return "-"
    return f"{value:.3f}<small>{low:.3f} to {high:.3f}</small>"
