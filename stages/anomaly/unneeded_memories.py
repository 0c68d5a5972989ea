"""Camera memories that nobody needs any more: of cameras that are no longer configured.

What a camera has learned outlives a mistake in the configuration by `KEPT_S`, counted from its
last chunk; then its file goes, and so does what was moved aside. The file of a camera that is
configured is never touched, however long the camera has been silent. Where no camera is configured
at all, nothing goes: that is no reason to forget everything.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from stages.anomaly.copies import COPY
from stages.anomaly.memories import MEMORY, UNUSABLE, memory_path

KEPT_S = 30 * 86_400.0
EVERY_S = 3600.0
_MARK = "last-sweep"


def is_due(directory: Path, now_s: float) -> bool:
    """Return whether to look again, for all handlers together."""
    mark = directory / _MARK
    try:
        due = not 0 <= now_s - mark.stat().st_mtime < EVERY_S
    except FileNotFoundError:
        due = True
    if due:
        try:
            mark.touch()
            os.utime(mark, (now_s, now_s))
        except OSError:  # a full disk is no time to look around
            return False
    return due


def sweep(directory: Path, configured: Iterable[str], now_s: float) -> Iterator[str]:
    """Remove what is not needed; give the name of every file that went."""
    wanted = {memory_path(directory, camera).stem for camera in configured}
    if not wanted:
        return
    for path in sorted(directory.iterdir()):
        is_old = path.suffix in (MEMORY, UNUSABLE, COPY) and path.stem not in wanted
        if is_old and now_s - path.stat().st_mtime > KEPT_S:
            path.unlink()
            yield path.name
