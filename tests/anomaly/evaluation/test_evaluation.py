"""Evaluation: figures from scores, folders, and the program itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.evaluation.__main__ import main
from anomaly.evaluation.figures import count_events, trace_curve
from tests.anomaly.street import ORDINARY, draw_street, encode_jpeg


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_area_is_the_chance_of_the_right_order(pairs: list[tuple[int, bool]]) -> None:
    """The AUC is the share of pairs in the right order, ties counted half."""
    scores = np.array([score for score, _ in pairs], np.float32)
    truth = np.array([is_true for _, is_true in pairs])
    curve = trace_curve(scores, truth)
    if truth.all() or not truth.any():
        assert curve is None
        return
    assert curve is not None
    gaps = scores[truth][:, None] - scores[~truth][None]
    expected = ((gaps > 0) + 0.5 * (gaps == 0)).mean()
    assert curve.auc == pytest.approx(expected)
    assert 0 <= curve.equal_error_rate <= 1


def test_perfect_scores_have_no_error() -> None:
    """Scores that separate the classes have area one and no error."""
    curve = trace_curve(np.array([0.1, 0.2, 0.8, 0.9], np.float32), np.array([0, 0, 1, 1], bool))
    assert curve is not None
    assert (curve.auc, curve.equal_error_rate) == (1, 0)


def test_events_are_runs_of_frames() -> None:
    """One alarm anywhere in a run hits that event, an alarm outside hits none."""
    truth = np.array([0, 1, 1, 0, 0, 1, 0], bool)
    alarms = np.array([1, 0, 1, 0, 1, 0, 1], bool)
    assert count_events(alarms, truth) == (2, 1)


def test_json_ends_with_one_line_of_figures(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line is JSON with the figures that others read, the baseline's beside them."""
    report = tmp_path / "out.html"
    assert main([str(folder), "--json", "--report", str(report)]) == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert facts["auc"] > 0.9
    assert 0 <= facts["baseline_auc"] <= 1
    assert facts["per_clip"]["01"]["anomalous"] == 50
    assert facts["ms_per_frame"] > 0
    assert facts["events_hit"] == facts["events"] == 1
    assert 0 < facts["hit_rate"] <= 1
    assert 0 <= facts["baseline_hit_rate"] <= 1
    assert facts["baseline_ms_per_frame"] > 0
    assert report.stat().st_size > 0


@pytest.mark.parametrize("missing", ["training", "testing", "frame_labels.npz"])
def test_folder_of_another_layout_is_named(
    tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is missing is said with its path, and the program fails."""
    for part in ("training", "testing"):
        if part != missing:
            clip = tmp_path / part / "frames" / "01"
            clip.mkdir(parents=True)
            (clip / "000.jpg").write_bytes(b"")
    assert main([str(tmp_path)]) == 1
    assert missing in capsys.readouterr().err


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (b"no arrays", "written by numpy.savez"),
        ({"01": np.array(["x", "y"])}, "0 (ordinary), 1 (anomalous)"),
        ({"01": np.array([0, 3])}, "2 (not counted)"),
        ({"01": np.ones(3)}, "3 labels for 2"),
        ({"02": np.ones(2)}, 'no array "01"'),
    ],
)
def test_labels_that_can_not_be_used_are_told(
    tmp_path: Path, labels: bytes | dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence with the file's name, before anything is judged."""
    for part in ("training", "testing"):
        clip = tmp_path / part / "frames" / "01"
        clip.mkdir(parents=True)
        for frame in range(2):
            (clip / f"{frame:03}.jpg").write_bytes(encode_jpeg(draw_street(ORDINARY, frame)))
    file = tmp_path / "frame_labels.npz"
    if isinstance(labels, bytes):
        file.write_bytes(labels)
    else:
        np.savez(file, **labels)
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert str(file) in told


def test_report_that_can_not_be_written_is_told_first(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after minutes of work."""
    assert main([str(folder), "--report", str(tmp_path / "nowhere" / "out.html")]) == 1
    assert "nowhere" in capsys.readouterr().err
