"""Which pictures of the pool are not on the disk, looked for when the journal is opened.

Pictures are not synced, the journal is: after a power cut it may name frames whose pictures are
empty, cut or gone. Such a frame can be shown to nobody. A restarted process alone loses no picture,
so what they hold is only read after the machine was started anew.
"""

from collections.abc import Iterable
from pathlib import Path

from stages.assignment.frame_details import details_of
from stages.assignment.pictures.files import Files
from stages.assignment.policy.records import Incident


def find_lost(folder: Path, incidents: Iterable[Incident], *, is_thorough: bool) -> list[str]:
    """Name the frames whose picture is gone or, where it is read, not what was kept."""
    files = Files(folder)
    frames = [frame for it in incidents if not it.is_test for frame in it.frames]
    if is_thorough:
        return [
            it.frame_id for it in frames if not files.is_whole(it.frame_id, details_of(it).sha256)
        ]
    return [it.frame_id for it in frames if not files.has(it.frame_id)]
