"""The picture store: the newest picture of each camera and a ring of its last minute, as files.

    DIRECTORY/CAMERA/MILLISECONDS-EPOCH-SEQUENCE-INDEX.jpg

A picture is written under a name that no reader looks at and renamed when it is whole, so nobody
ever sees half of one, and whoever has opened one keeps it however soon it is removed. Names sort by
time, so the newest is the last name: several transcoders may write for one camera at once, late or
twice, without asking each other. The store holds no state but the files; a writer that dies leaves
at most one half file, which the next sweep removes.

Nothing is synced. Where the disk has little room the ring is the first to give way: it becomes
shorter, down to each camera's newest picture, and a disk that takes not even that costs the store
that picture and nobody else anything.
"""

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import attrs

from media.frames.batch import Batch, Frame
from media.pictures.files import folder_name, list_entries, list_pictures
from seda.disk import measuring

RING_S = 60.0
RING_PER_S = 2.0
"""Of a faster camera not every picture is kept: two a second tell what happened before an event."""
TRIM_EVERY_S = 5.0
"""To look through a folder at each chunk would cost as much as to write the chunk's pictures."""
_TRIM_SHARE = 0.125
"""Of the ring's bytes: so much is written at most before a folder is looked through in any case."""
RING_BYTES_MAX = 24 * 1024 * 1024
"""Of one camera: a minute of two 720p pictures a second is 10 MB."""
AHEAD_S = 120.0
"""So far ahead of the clock no picture is dated: streams and stamps are believed for a minute."""
HALF_FILE_S = 60.0
"""A half file that is older was left behind by a writer that died."""
_HALF = ".half-"


@attrs.frozen
class Rules:
    """What is kept of each camera."""

    ring_s: float = RING_S
    per_s: float = RING_PER_S
    bytes_max: int = RING_BYTES_MAX
    disk_floor_bytes: int = 0
    """Free bytes that the ring leaves on its disk."""


@attrs.frozen
class Added:
    """What became of a batch's pictures."""

    written: int
    refused: OSError | None = None
    """Why what is missing could not be written."""


@attrs.frozen
class _Untrimmed:
    """What was written into a folder since it was trimmed."""

    trimmed_s: float
    size_bytes: int = 0


class PictureWriter:
    """Writes the pictures of batches; any number of processes may have one each."""

    def __init__(self, directory: Path, rules: Rules | None = None) -> None:
        self._directory = directory
        self._rules = rules or Rules()
        self._untrimmed: dict[str, _Untrimmed] = {}
        """By folder, what this writer has written; others keep their own account."""

    def add(self, batch: Batch, now_s: float) -> Added:
        """Keep what is to be kept of a batch, remove what is old; a disk that fails is told."""
        if not batch.frames:
            return Added(0)
        folder = self._directory / folder_name(batch.camera)
        kept = self._choose(batch.frames)
        if missing_bytes := self._missing_bytes():
            kept = kept[-1:]
            self._shorten(folder, missing_bytes)
        try:
            self._keep_all(batch, kept, folder)
        except OSError as error:
            return Added(self._keep_newest(batch, kept, folder), error)
        self._trim_if_due(folder, sum(len(batch.frames[index].jpeg) for index in kept), now_s)
        return Added(len(kept))

    def _missing_bytes(self) -> int:
        return measuring.missing_bytes(self._directory, "ring", self._rules.disk_floor_bytes)

    def _keep_all(self, batch: Batch, kept: Sequence[int], folder: Path) -> None:
        try:
            self._keep(batch, kept, folder)
        except FileNotFoundError:  # the camera's first pictures, or it was swept a moment ago
            folder.mkdir(parents=True, exist_ok=True)
            self._keep(batch, kept, folder)

    def _keep_newest(self, batch: Batch, kept: Sequence[int], folder: Path) -> int:
        """Give the room of the older pictures to the newest; return how many were written."""
        newest = kept[-1:]
        try:
            self._shorten(folder, len(batch.frames[newest[0]].jpeg), stays=0)
            self._keep(batch, newest, folder)
        except OSError:
            return 0
        return 1

    @staticmethod
    def _shorten(folder: Path, missing_bytes: int, stays: int = 1) -> None:
        """Remove the oldest pictures of a camera until so many bytes are free again."""
        pictures = list_pictures(folder)
        for picture in pictures[: len(pictures) - stays]:
            if missing_bytes <= 0:
                return
            picture.path.unlink(missing_ok=True)
            missing_bytes -= picture.size_bytes

    def _keep(self, batch: Batch, kept: Sequence[int], folder: Path) -> None:
        for index in kept:
            frame = batch.frames[index]
            milliseconds = max(0, round(frame.captured_s * 1000))
            name = f"{milliseconds:015d}-{batch.epoch}-{batch.sequence}-{index}.jpg"
            _write(folder / name, frame.jpeg)

    def _trim_if_due(self, folder: Path, written_bytes: int, now_s: float) -> None:
        since = self._untrimmed.get(folder.name, _Untrimmed(float("-inf")))
        size_bytes = since.size_bytes + written_bytes
        # Wall time may jump back: then a folder waits no longer than it ever does.
        is_early = 0 <= now_s - since.trimmed_s < TRIM_EVERY_S
        if is_early and size_bytes < self._rules.bytes_max * _TRIM_SHARE:
            self._untrimmed[folder.name] = attrs.evolve(since, size_bytes=size_bytes)
        else:
            self._untrimmed[folder.name] = _Untrimmed(now_s)
            self._trim(folder, now_s)

    def sweep(self, cameras: Sequence[str], now_s: float) -> None:
        """Remove what is old, what was left behind, and cameras that are no more."""
        wanted = {folder_name(camera) for camera in cameras}
        self._untrimmed = {name: it for name, it in self._untrimmed.items() if name in wanted}
        for folder in _folders(self._directory):
            if folder.name in wanted:
                self._trim(folder, now_s)
                self._shorten(folder, self._missing_bytes())  # a silent camera's, too
                _remove_halves(folder, now_s)
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def _choose(self, frames: Sequence[Frame]) -> list[int]:
        """Return what the ring takes of these: evenly, and the newest in any case."""
        period_s = 1 / self._rules.per_s
        chosen: list[int] = []
        next_s = float("inf")
        for index in range(len(frames) - 1, -1, -1):
            if frames[index].captured_s <= next_s or not chosen:
                chosen.append(index)
                next_s = frames[index].captured_s - 0.9 * period_s
        return chosen[::-1]

    def _trim(self, folder: Path, now_s: float) -> None:
        """Remove what is older than the ring or beyond its bytes; the newest always stays.

        What is of a time to come was written while the clock was ahead, and would be the newest
        for as long as that was: it goes as soon as there is another picture.
        """
        entries = list_entries(folder)
        present = [it for it in entries if it.captured_s <= now_s + AHEAD_S] or entries[-1:]
        goes = {it.name for it in entries} - {it.name for it in present}
        held_bytes = 0
        for number, entry in enumerate(reversed(present)):
            is_old = entry.captured_s < now_s - self._rules.ring_s
            if not is_old or not number:
                held_bytes += _size_bytes(folder, entry.name)
            if number and (is_old or held_bytes > self._rules.bytes_max):
                goes.add(entry.name)
        for name in goes:
            _remove(folder, name)


def _size_bytes(folder: Path, name: str) -> int:
    try:
        return os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 - a path object costs as much
    except FileNotFoundError:
        return 0


def _remove(folder: Path, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(f"{folder}/{name}")  # noqa: PTH108 - a path object costs as much


def _write(path: Path, content: bytes | memoryview) -> None:
    half = path.with_name(f"{_HALF}{os.getpid()}-{path.name}")
    try:
        half.write_bytes(content)
        half.rename(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _folders(directory: Path) -> list[Path]:
    return [path for path in directory.glob("camera-*") if path.is_dir()]


def _remove_halves(folder: Path, now_s: float) -> None:
    for path in folder.glob(f"{_HALF}*"):
        try:
            if path.stat().st_mtime < now_s - HALF_FILE_S:
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue  # its writer has just finished it
