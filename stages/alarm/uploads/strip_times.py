"""When the pictures around an uploaded one seem to be taken: as the camera's newest strip was."""

import re
from collections.abc import Iterable
from pathlib import Path

import attrs

from seda.disk import small_files
from seda.disk.small_files import Unreadable
from store.frames import FACTS

STRIP = re.compile(r"strip-(\d{1,15})\.jpg")
USUAL_S = tuple(0.4 * it for it in (-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6))
"""Of a camera of which no strip is there to go by: as a ring of five pictures a second gives."""


@attrs.frozen
class _Facts:
    """Of a frame's facts."""

    camera: str
    captured_s: float = 0.0


def offsets_like(folders: Iterable[Path], camera: str) -> tuple[float, ...]:
    """Return when the pictures of the camera's newest strip were taken, counted from its frame."""
    for folder in folders:
        try:
            facts = small_files.read(folder / FACTS, _Facts)
            names = [it.name for it in folder.iterdir()]
        except (OSError, Unreadable):
            continue  # gone meanwhile, or said by who looks for the usual view
        times = sorted(int(found[1]) for name in names if (found := STRIP.fullmatch(name)))
        if facts is not None and facts.camera == camera and times:
            return tuple(it / 1000 - facts.captured_s for it in times)
    return USUAL_S
