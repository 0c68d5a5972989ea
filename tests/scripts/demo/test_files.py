"""Frames written to folders for the evaluation of detectors."""

import json
from pathlib import Path

import attrs
import numpy as np
import pytest
from PIL import Image

from scripts.demo import files
from scripts.demo.renderer.happenings.incidents import plan_incidents
from testing.films.small import SMALL, WIDTH_PX

CAMERA = attrs.evolve(SMALL["walkway"], rate_per_s=0.5)
MINUTES = 4.0


def test_folders_labels_and_truth_agree(tmp_path: Path) -> None:
    """A testing frame is labelled exactly while an incident lasts, and the truth says which."""
    files.write_folder(CAMERA, tmp_path, MINUTES, 1, incidents=True)
    assert len(list((tmp_path / "training/frames").iterdir())) == MINUTES
    labels = np.load(tmp_path / "frame_labels.npz")
    for clip in sorted((tmp_path / "testing/frames").iterdir()):
        assert len(list(clip.iterdir())) == len(labels[clip.name])
    with Image.open(tmp_path / "testing/frames/01/000.jpg") as picture:
        assert picture.width == WIDTH_PX
    flat = np.concatenate([labels[name] for name in sorted(labels)])
    staging = next(plan_incidents(CAMERA.scene, 1 + files.TESTING_SEED)).staging
    times = np.arange(len(flat)) / CAMERA.rate_per_s
    assert (flat[times < staging.start_s] == 0).all()
    assert flat[(times >= staging.start_s) & (times <= staging.end_s)].all()
    lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert lines[1]["start_s"] == pytest.approx(staging.start_s, abs=0.01)


def test_ordinary_testing_has_nothing_to_find(tmp_path: Path) -> None:
    """For false alarms there are clips without incidents."""
    files.write_folder(CAMERA, tmp_path, 0.2, 1, incidents=False)
    labels = np.load(tmp_path / "frame_labels.npz")
    assert not any(labels[name].any() for name in labels)
