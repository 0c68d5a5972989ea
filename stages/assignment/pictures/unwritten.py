"""Frames whose pictures the disk has not taken: in memory, and bounded, until it has room again."""

from collections.abc import Mapping

import attrs

from seda.disk import room
from seda.messages import ScoredFacts
from stages.assignment.pictures.files import FRAME, Files

BYTES_MAX = 32 * 1024 * 1024


@attrs.frozen
class _Frame:
    facts: ScoredFacts
    pictures: dict[str, bytes]

    @property
    def size_bytes(self) -> int:
        return sum(map(len, self.pictures.values()))


class Unwritten:
    """The frames by their names, the oldest first."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._frames: dict[str, _Frame] = {}

    def keep(
        self, frame_id: str, facts: ScoredFacts, pictures: Mapping[str, bytes | memoryview]
    ) -> bool:
        """Keep a frame, unless there are too many."""
        frame = _Frame(facts, {name: bytes(content) for name, content in pictures.items()})
        held_bytes = sum(it.size_bytes for it in self._frames.values())
        if held_bytes + frame.size_bytes > self._bytes_max:
            return False
        self._frames[frame_id] = frame
        return True

    def discard(self, frame_id: str) -> None:
        """Forget a frame."""
        self._frames.pop(frame_id, None)

    def picture(self, frame_id: str) -> bytes | None:
        """Return a frame's picture, if it is only here."""
        frame = self._frames.get(frame_id)
        return frame.pictures[FRAME] if frame else None

    def write(self, files: Files) -> None:
        """Write as many as the disk takes; it is tried again."""
        for frame_id, frame in list(self._frames.items()):
            try:
                files.keep(frame_id, frame.facts, frame.pictures)
            except OSError as error:
                if not room.is_full(error):
                    raise
                return
            del self._frames[frame_id]
