"""A synced copy of each camera's memory, some minutes old, for when a power cut tears the memory.

The memory's two slots are mapped pages, which the kernel writes when it likes: after a power cut
both may be torn, and with them all that the camera has learned and been taught. To sync a slot
before the other is overwritten would be a sync a chunk. A copy every few minutes costs a five
hundredth of that; one more is made at each lesson, which is a person's. Lessons since are told
again at a start (stages/alarm/notice_outbox.py), for longer than a copy is old.
"""

from contextlib import closing
from pathlib import Path

from anomaly.memory_file import FILE_BYTES, Chunk, MemoryFile, MemoryFileError, State
from seda.disk.durable import replace_file

COPY = ".copy"
EVERY_S = 240.0


def keep_copy(path: Path, camera: str, payload: bytes, after: Chunk) -> None:
    """Bring a state to the disk, whole, beside the memory's file."""
    content = bytearray(FILE_BYTES)
    with closing(MemoryFile(content, camera)) as file:
        file.write(after, payload)
    replace_file(path.with_suffix(COPY), bytes(content))


def is_due(path: Path, now_s: float) -> bool:
    """Return whether the copy is old, of another time, or not there."""
    try:
        return not 0 <= now_s - path.with_suffix(COPY).stat().st_mtime < EVERY_S
    except FileNotFoundError:
        return True


def read_copy(path: Path, camera: str) -> State | None:
    """Return the state in the copy; None where there is none that can be used."""
    try:
        content = bytearray(path.with_suffix(COPY).read_bytes())
        with closing(MemoryFile(content, camera)) as file:
            return file.newest()
    except (OSError, MemoryFileError):
        return None
