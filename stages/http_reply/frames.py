"""Where the pictures of a frame are: with assignment while it may be asked about, then as evidence.

    DATA/assignment/frames/FRAME_ID/
        frame.jpg, heat.png, usual.jpg, strip-MILLISECONDS.jpg, facts.json, joined.json

A strip's picture is asked for by its time, which stays its name however many come after it.
"""

import os
import re
from pathlib import Path

import attrs

from seda import logs
from seda.disk import small_files
from seda.disk.small_files import Unreadable
from spotter_web.views import StripPicture
from stages.http_reply.contents import UNCHANGING, Content, Refusal, is_plain_id

FRAMES = Path("assignment", "frames")
FACTS, JOINED = "facts.json", "joined.json"
_STRIP = re.compile(r"strip-(\d{1,15})\.jpg")
_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}

_log = logs.get(__name__)


@attrs.frozen
class Facts:
    """What of a frame's facts decides who may see it."""

    camera: str


class Frames:
    """The folder that assignment keeps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def camera(self, frame_id: str) -> str | None:
        """Return the camera of a frame; None where it is not kept here."""
        path = self._path(frame_id, FACTS)
        if path is None:
            return None
        try:
            facts = small_files.read(path, Facts)
        except Unreadable as error:  # assignment's file, and not to be moved by this stage
            _log.error("a frame is not shown: nothing says whose it is", why=str(error))
            return None
        return None if facts is None else facts.camera

    def picture(self, frame_id: str, name: str) -> Content | None:
        """Open one of a frame's pictures."""
        path = self._path(frame_id, name)
        return None if path is None else open_picture(path, f"{frame_id}/{name}")

    def joined(self, frame_id: str) -> Path | None:
        """Return the path of the list of frames that are decided together with this one."""
        return self._path(frame_id, JOINED)

    def strip(self, frame_id: str) -> list[StripPicture]:
        """Name the pictures before and after a frame, oldest first."""
        folder = self._path(frame_id, "")
        if folder is None:
            return []
        try:
            names = os.listdir(folder)  # noqa: PTH208 - names only
        except (FileNotFoundError, NotADirectoryError):
            return []
        times = sorted(int(match[1]) for name in names if (match := _STRIP.fullmatch(name)))
        return [StripPicture(time_ms, time_ms / 1000) for time_ms in times]

    def _path(self, frame_id: str, name: str) -> Path | None:
        return self._folder / frame_id / name if is_plain_id(frame_id) else None


def strip_name(index: str) -> str:
    """Return the file name of a strip's picture, or refuse."""
    if not (index.isascii() and index.isdigit() and len(index) <= 15):
        raise Refusal(404, "this frame has no such picture")
    return f"strip-{index}.jpg"


def open_picture(path: Path, identity: str, suffix: str = "") -> Content | None:
    """Open a picture that stays what it is as long as its identity does.

    The suffix is that of its own name, where the file has another one.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Content(
        _TYPES[suffix or path.suffix],
        b"",
        descriptor,
        os.fstat(descriptor).st_size,
        etag=f'"{identity}"',
        keeping=UNCHANGING,
        vary="Cookie",
        has_ranges=True,
    )
