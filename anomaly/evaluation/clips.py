"""One clip: a folder of JPEG files or a video file, read picture by picture with its times."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import attrs
import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anomaly.types import Bytes

PICTURE_ENDINGS = (".jpg", ".jpeg")
VIDEO_ENDINGS = (".mp4", ".avi", ".mkv", ".mov", ".webm", ".ts")
FOLDER_FPS = 10.0
"""Of a folder of files, which do not say when they were taken."""
_DUE_SHARE = 0.01  # of the interval that a picture may come before it is due


class FolderError(Exception):
    """A folder that cannot be evaluated, and what to do about it."""


@attrs.frozen
class Shot:
    """One picture of a clip: when it was taken after the clip's first, and its number there."""

    number: int  # among all pictures of the clip, those that are left out counted
    at_s: float
    content: bytes | Bytes


@attrs.frozen
class Clip:
    """One clip; of a test clip also the labels: 0 ordinary, 1 anomalous, 2 not counted."""

    name: str
    source: Path
    fps: float | None = None  # of the files; of a video how many pictures a second are taken
    labels: NDArray[np.uint8] | None = None
    masks: Path | None = None
    most: int | None = None  # pictures; None is all

    @property
    def pace_s(self) -> float:
        """Say how far two pictures are apart."""
        return 1 / (self.fps or (FOLDER_FPS if self.source.is_dir() else _native_fps(self.source)))

    def read_shots(self) -> Iterator[Shot]:
        """Read the pictures that are judged, one by one."""
        shots = self._read_files() if self.source.is_dir() else self._read_video()
        for count, shot in enumerate(shots):
            if count == self.most:
                return
            yield shot

    def count_pictures(self) -> int:
        """Say how many pictures there are, those that are left out counted."""
        if self.source.is_dir():
            return len(list_pictures(self.source))
        return sum(1 for _ in _decode(self.source))

    def show_picture(self, number: int) -> Image.Image:
        """Return one picture to look at, by its number in the clip."""
        if self.source.is_dir():
            return Image.open(list_pictures(self.source)[number]).convert("RGB")
        for place, frame in enumerate(_decode(self.source)):
            if place == number:
                return Image.fromarray(frame.to_ndarray(format="rgb24"))
        raise FolderError(f"{self.source}: has no picture {number}")

    def read_masks(self) -> NDArray[np.bool_] | None:
        """Read the pixel truth of every picture, where there is one."""
        if self.masks is None:
            return None
        masks, count = read_array(self.masks, "mask"), self.count_pictures()
        if masks.ndim != 3 or len(masks) != count:
            raise FolderError(f"{self.masks}: holds no mask for each of {count} frames")
        return masks.astype(bool)

    def _read_files(self) -> Iterator[Shot]:
        for number, file in enumerate(list_pictures(self.source)):
            yield Shot(number, number * self.pace_s, file.read_bytes())

    def _read_video(self) -> Iterator[Shot]:
        pace_s, due_s, began_s = self.pace_s, 0.0, None
        for number, frame in enumerate(_decode(self.source)):
            at_s = frame.time if frame.time is not None else number * pace_s
            began_s = at_s if began_s is None else began_s
            at_s -= began_s
            if self.fps is None or at_s >= due_s - _DUE_SHARE * pace_s:
                due_s = max(due_s + pace_s, at_s)
                yield Shot(number, at_s, np.asarray(frame.to_ndarray(format="gray"), np.uint8))


def list_pictures(folder: Path) -> list[Path]:
    """Return a clip's files in order."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS)
    if not files:
        raise FolderError(f"{folder}: holds no JPEG files")
    return files


def grey_of(content: bytes | Bytes) -> Bytes:
    """Return a picture in grey, at its own size."""
    if isinstance(content, bytes):
        return np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    return content


def read_array(file: Path, name: str) -> NDArray[np.generic]:
    """Return one array of a file of arrays."""
    try:
        with np.load(file) as arrays:
            if name not in arrays:
                raise FolderError(f'{file}: has no array "{name}"')
            return np.asarray(arrays[name])
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FolderError(
            f"{file}: cannot be read; it has to be written by numpy.savez ({error})"
        ) from error


def _native_fps(video: Path) -> float:
    try:
        with av.open(str(video)) as container:
            rate = container.streams.video[0].average_rate
    except (av.FFmpegError, IndexError) as error:
        raise _unreadable(video, error) from error
    if not rate:
        raise FolderError(f"{video}: does not say its rate; give it with --fps")
    return float(rate)


def _decode(video: Path) -> Iterator[av.VideoFrame]:
    try:
        with av.open(str(video)) as container:
            container.streams.video[0].thread_type = "NONE"
            yield from container.decode(video=0)
    except (av.FFmpegError, IndexError) as error:
        raise _unreadable(video, error) from error


def _unreadable(video: Path, error: Exception) -> FolderError:
    return FolderError(f"{video}: cannot be read as a video ({error})")
