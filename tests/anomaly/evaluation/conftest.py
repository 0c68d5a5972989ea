"""A small labelled folder that every test of an evaluation may use."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.anomaly.street import (
    HEIGHT_PX,
    ORDINARY,
    WIDTH_PX,
    Walker,
    draw_street,
    encode_jpeg,
)


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small labelled folder: walkers, and a runner in the second half of the test clip."""
    root = tmp_path_factory.mktemp("street")
    for number in range(3):
        clip = root / "training" / "frames" / f"{number:02}"
        clip.mkdir(parents=True)
        for frame in range(200):
            picture = draw_street(ORDINARY, number * 200 + frame).repeat(2, 0).repeat(2, 1)
            (clip / f"{frame:03}.jpg").write_bytes(encode_jpeg(picture))
    clip = root / "testing" / "frames" / "01"
    clip.mkdir(parents=True)
    for frame in range(100):
        moving = ORDINARY if frame < 50 else [*ORDINARY, Walker(50, 3.0, start=-130)]
        picture = draw_street(moving, frame).repeat(2, 0).repeat(2, 1)
        (clip / f"{frame:03}.jpg").write_bytes(encode_jpeg(picture))
    labels: dict[str, Any] = {"01": np.arange(100) >= 50}
    np.savez(root / "frame_labels.npz", **labels)
    masks = np.zeros((100, HEIGHT_PX * 2, WIDTH_PX * 2), bool)
    masks[50:, 100:132] = True
    (root / "pixel_gt").mkdir()
    np.savez(root / "pixel_gt" / "01.npz", mask=masks)
    return root
