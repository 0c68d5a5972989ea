"""Reads a labelled folder: training/frames, testing/frames, frame_labels.npz, pixel_gt."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_ENDINGS = (".jpg", ".jpeg")


class FolderError(Exception):
    """A folder that can not be evaluated, and what to do about it."""


@attrs.frozen
class Clip:
    """One clip: its name, its pictures' files and, of a test clip, the truth."""

    name: str
    files: tuple[Path, ...]
    truth: NDArray[np.bool_] | None = None
    masks: Path | None = None

    def read_pictures(self) -> list[bytes]:
        """Read all pictures."""
        return [file.read_bytes() for file in self.files]

    def read_masks(self) -> NDArray[np.bool_] | None:
        """Read the pixel truth, where there is one."""
        if self.masks is None:
            return None
        masks = _read_array(self.masks, "mask")
        if masks.ndim != 3 or len(masks) != len(self.files):
            raise FolderError(f"{self.masks}: holds no mask for each of {len(self.files)} frames")
        return masks.astype(bool)


def read_folder(folder: Path) -> tuple[list[Clip], list[Clip]]:
    """Give the training clips and the labelled test clips of a folder."""
    training = [Clip(path.name, _pictures(path)) for path in _clips(folder / "training" / "frames")]
    testing = [_test_clip(folder, path) for path in _clips(folder / "testing" / "frames")]
    return training, testing


def _clips(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FolderError(f"{folder}: no such folder; clips are expected there, one folder each")
    clips = sorted(path for path in folder.iterdir() if path.is_dir())
    if not clips:
        raise FolderError(f"{folder}: holds no clips; one folder of JPEG files each is expected")
    return clips


def _pictures(clip: Path) -> tuple[Path, ...]:
    files = sorted(path for path in clip.iterdir() if path.suffix.lower() in _ENDINGS)
    if not files:
        raise FolderError(f"{clip}: holds no JPEG files")
    return tuple(files)


def _test_clip(folder: Path, path: Path) -> Clip:
    labels, files = folder / "frame_labels.npz", _pictures(path)
    if not labels.is_file():
        raise FolderError(f"{labels}: no such file; it holds one array of 0 and 1 a test clip")
    truth = _read_array(labels, path.name)
    if not np.isin(truth, (0, 1)).all():
        raise FolderError(
            f'{labels}: labels of clip "{path.name}" have to be 0 or 1 for each frame'
        )
    if truth.shape != (len(files),):
        raise FolderError(
            f'{labels}: clip "{path.name}" has {truth.size} labels for {len(files)} pictures'
        )
    masks = folder / "pixel_gt" / f"{path.name}.npz"
    return Clip(path.name, files, truth.astype(bool), masks if masks.is_file() else None)


def _read_array(file: Path, name: str) -> NDArray[np.generic]:
    """Give one array of a file of arrays."""
    try:
        with np.load(file) as arrays:
            if name not in arrays:
                raise FolderError(f'{file}: has no array "{name}"')
            return np.asarray(arrays[name])
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FolderError(
            f"{file}: can not be read; it has to be written by numpy.savez ({error})"
        ) from error
