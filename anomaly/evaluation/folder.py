"""Reads a labelled folder: training, testing, frame_labels.npz, pixel_gt.

`training` and `testing` hold clips, each a folder of JPEG files or a video file; a folder `frames`
between is allowed.
"""

from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.evaluation.clips import (
    VIDEO_ENDINGS,
    Clip,
    FolderError,
    list_pictures,
    read_array,
)

ORDINARY, ANOMALOUS, NOT_COUNTED = 0, 1, 2
_CLIPS_EXPECTED = "one folder of JPEG files or one video file each is expected"


def read_folder(folder: Path, fps: float | None = None) -> tuple[list[Clip], list[Clip]]:
    """Return the training clips and the labelled test clips of a folder."""
    training = [Clip(path.stem, path, fps) for path in _clips(folder / "training")]
    testing = [_test_clip(folder, path, fps) for path in _clips(folder / "testing")]
    return training, testing


def _clips(part: Path) -> list[Path]:
    folder = part / "frames" if (part / "frames").is_dir() else part
    if not folder.is_dir():
        raise FolderError(f"{folder}: no such folder; clips are expected there, {_CLIPS_EXPECTED}")
    clips = sorted(
        path for path in folder.iterdir() if path.is_dir() or path.suffix.lower() in VIDEO_ENDINGS
    )
    if not clips:
        raise FolderError(f"{folder}: holds no clips; {_CLIPS_EXPECTED}")
    for clip in clips:
        if clip.is_dir():
            list_pictures(clip)
    return clips


def _test_clip(folder: Path, path: Path, fps: float | None) -> Clip:
    masks = folder / "pixel_gt" / f"{path.stem}.npz"
    clip = Clip(path.stem, path, fps, None, masks if masks.is_file() else None)
    return attrs.evolve(clip, labels=_labels(folder / "frame_labels.npz", clip))


def _labels(file: Path, clip: Clip) -> NDArray[np.uint8]:
    if not file.is_file():
        raise FolderError(f"{file}: no such file; it holds one array of 0, 1 and 2 a test clip")
    labels, count = read_array(file, clip.name), clip.count_pictures()
    if not np.isin(labels, (ORDINARY, ANOMALOUS, NOT_COUNTED)).all():
        raise FolderError(
            f'{file}: labels of clip "{clip.name}" have to be 0 (ordinary), 1 (anomalous) or'
            " 2 (not counted) for each frame"
        )
    if labels.shape != (count,):
        raise FolderError(
            f'{file}: clip "{clip.name}" has {labels.size} labels for {count} pictures'
        )
    return labels.astype(np.uint8)
