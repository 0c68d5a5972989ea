"""The files of the picture store as readers see them: names, and which there are.

Apart from the writer (media/pictures/store.py, which says how they come to be), because who
only reads needs no decoder.
"""

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote

import attrs

_NAME_BYTES_MAX = 150
_NAME = re.compile(r"(\d{15})-[0-9-]+\.jpg")


@attrs.frozen
class Picture:
    """One picture in the store."""

    path: Path
    captured_s: float
    size_bytes: int


def folder_name(camera: str) -> str:
    """Return the name of a camera's folder, for any name that a camera may have."""
    quoted = "camera-" + quote(camera.encode("utf-8", "surrogatepass"), safe=" ")
    if len(quoted) <= _NAME_BYTES_MAX:
        return quoted
    return quoted[:80] + "~" + hashlib.sha256(quoted.encode()).hexdigest()[:32]


class PictureReader:
    """Finds pictures; sees only whole ones. A path may be gone by the time it is opened."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def newest(self, camera: str) -> Picture | None:
        """Return a camera's newest picture, however old it is."""
        pictures = list_pictures(self._directory / folder_name(camera))
        return pictures[-1] if pictures else None

    def between(self, camera: str, from_s: float, until_s: float) -> list[Picture]:
        """Return the pictures that were taken between these wall times, oldest first."""
        pictures = list_pictures(self._directory / folder_name(camera))
        return [picture for picture in pictures if from_s <= picture.captured_s <= until_s]


def list_pictures(folder: Path) -> list[Picture]:
    """Return the whole pictures of a folder by time; one that vanishes meanwhile is left out."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                picture = _read(entry)
                if picture is not None:
                    found.append(picture)
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda picture: picture.path.name)


@attrs.frozen
class Entry:
    """The name of a picture in its folder, and when it was taken: all that costs no more look."""

    name: str
    captured_s: float


def list_entries(folder: Path) -> list[Entry]:
    """Return the whole pictures of a folder by time; costs a fraction of `list_pictures`."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names only
    except FileNotFoundError:
        return []
    matches = (match for name in sorted(names) if (match := _NAME.fullmatch(name)))
    return [Entry(match[0], int(match[1]) / 1000) for match in matches]


def _read(entry: "os.DirEntry[str]") -> Picture | None:
    match = _NAME.fullmatch(entry.name)
    if match is None:
        return None
    try:
        size_bytes = entry.stat().st_size
    except FileNotFoundError:
        return None
    return Picture(Path(entry.path), int(match[1]) / 1000, size_bytes)
