"""The pictures of what may be asked about, as files that http_reply and alarm read.

    frames/FRAME_ID/frame.jpg, heat.png, usual.jpg, strip-MILLISECONDS.jpg, facts.json
    frames/FRAME_ID/joined.json, where other cameras' frames are decided with this one

A test frame's strip lies beside them as around-MILLISECONDS.jpg, counted from the frame: it is
given its times when it is known at what time the frame seems to have been taken.

A frame's folder appears under its name when it is whole. Nothing is synced: who loses power loses
the pictures of what was not decided yet, and what was decided is kept elsewhere by then.
"""

import errno
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from media.pictures.files import Picture
from seda.descriptors import write_all
from seda.messages import ScoredFacts

FRAME, HEAT, USUAL, FACTS = "frame.jpg", "heat.png", "usual.jpg", "facts.json"
JOINED = "joined.json"
_NEW = ".new-"
_STRIP = re.compile(r"strip-(\d{1,15})\.jpg")
_AROUND = re.compile(r"around-(-?\d{1,15})\.jpg")


class Files:
    """The folder of all frames."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = str(folder.absolute())

    def open(self) -> list[tuple[str, float]]:
        """Make the folder, remove what was left half done; name what there is, with its age."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.startswith(_NEW):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    found.append((entry.name, entry.stat().st_mtime))
        return found

    def keep(
        self, frame_id: str, facts: ScoredFacts, pictures: Mapping[str, bytes | memoryview]
    ) -> None:
        """Write a frame's folder, whole or not at all."""
        fresh = self._folder / f"{_NEW}{frame_id}"
        _make_empty(fresh)
        try:
            for name, content in pictures.items():
                _write(f"{fresh}/{name}", content)
            _write(f"{fresh}/{FACTS}", msgspec.json.encode(facts))
            self._rename(fresh, frame_id)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise

    def _rename(self, fresh: Path, frame_id: str) -> None:
        try:
            fresh.rename(self._folder / frame_id)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            self.discard((frame_id,))  # what a predecessor wrote and did not live to journal
            fresh.rename(self._folder / frame_id)

    def add(self, frame_id: str, name: str, content: bytes | memoryview) -> bool:
        """Add a picture to a frame; say whether the frame is still there."""
        half = self._folder / frame_id / f"{_NEW}{name}"
        try:
            half.write_bytes(content)
            half.rename(half.with_name(name))
        except FileNotFoundError:
            return False
        except OSError:
            half.unlink(missing_ok=True)
            raise
        return True

    def add_strip(self, frame_id: str, pictures: Iterable[Picture]) -> None:
        """Copy pictures that a frame's strip has not yet; either may be gone meanwhile."""
        for picture in pictures:
            name = f"strip-{round(picture.captured_s * 1000)}.jpg"
            if not self.path(frame_id, name).exists():
                with suppress(FileNotFoundError):
                    self.add(frame_id, name, picture.path.read_bytes())

    def clear_strip(self, frame_id: str) -> None:
        """Take a strip's times away, which the last one who saw the frame was told."""
        for name in self._names(frame_id):
            if _STRIP.fullmatch(name):
                self.path(frame_id, name).unlink(missing_ok=True)

    def link_strip(self, frame_id: str, captured_s: float, until_s: float) -> None:
        """Give a test frame's strip the times around this one, as far as they have come."""
        captured_ms = round(captured_s * 1000)
        for name in self._names(frame_id):
            around = _AROUND.fullmatch(name)
            at_ms = captured_ms + int(around[1]) if around else 0
            if around and at_ms <= until_s * 1000:
                with suppress(FileExistsError, FileNotFoundError):
                    strip = self.path(frame_id, f"strip-{at_ms}.jpg")
                    strip.hardlink_to(self.path(frame_id, name))

    def _names(self, frame_id: str) -> list[str]:
        try:
            return os.listdir(self._folder / frame_id)  # noqa: PTH208 - names only
        except FileNotFoundError:
            return []

    def path(self, frame_id: str, name: str) -> Path:
        """Return the path of a picture."""
        return self._folder / frame_id / name

    def is_whole(self, frame_id: str, digest: str) -> bool:
        """Return whether a frame's picture is what was kept; nothing here was synced."""
        try:
            content = self.path(frame_id, FRAME).read_bytes()
        except OSError:
            return False
        return sha256(content).hexdigest() == digest

    def has(self, frame_id: str) -> bool:
        """Return whether there is a picture at all."""
        try:
            return self.path(frame_id, FRAME).stat().st_size > 0
        except OSError:
            return False

    def frame_file(self, frame_id: str) -> str:
        """Return the absolute path of a frame's own picture."""
        return f"{self._root}/{frame_id}/{FRAME}"

    def discard(self, frame_ids: Iterable[str]) -> None:
        """Remove frames; those that are gone already are no error."""
        for frame_id in frame_ids:
            with suppress(FileNotFoundError):
                shutil.rmtree(self._folder / frame_id)


def to_around(name: str, captured_s: float) -> str:
    """Return how a test frame's picture is called here; raise ValueError where it is none."""
    strip = _STRIP.fullmatch(name)
    if strip:
        return f"around-{int(strip[1]) - round(captured_s * 1000)}.jpg"
    if name not in (FRAME, HEAT, USUAL):
        raise ValueError(f"{name!r} is no picture of a frame")
    return name


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir()
    except FileExistsError:
        shutil.rmtree(folder)
        folder.mkdir()


def _write(path: str, content: bytes | memoryview) -> None:
    """Write a new file; with less around it than the library's, as three go with every frame."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)
