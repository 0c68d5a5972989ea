"""Judged frames that a full disk did not take as evidence, for as long as there is hope.

In memory: who begins anew finds in the ledger which frames are missing, and assignment's folder
still holds those of the last minutes, but nothing is copied then.
"""

from collections.abc import Iterator

import attrs

FRAMES_MAX = 1024
KEPT_S = 900.0
"""Longer than assignment keeps a frame that was judged."""


@attrs.frozen
class Judged:
    """A frame, and the incident that it belongs to."""

    frame_id: str
    camera: str
    root: str
    sha256: str = ""
    """Of the picture that was judged; empty where nobody has judged it."""


class PendingEvidence:
    """The frames, the oldest first."""

    def __init__(self) -> None:
        self._frames: dict[Judged, float] = {}

    def note(self, frame: Judged, at_s: float) -> None:
        """Have a frame kept later; of too many the oldest is not."""
        self._frames.setdefault(frame, at_s)
        while len(self._frames) > FRAMES_MAX:
            del self._frames[next(iter(self._frames))]

    def due(self, at_s: float) -> Iterator[Judged]:
        """Yield those for which there is still hope."""
        for frame, noted_s in list(self._frames.items()):
            if at_s - noted_s > KEPT_S:
                del self._frames[frame]
            else:
                yield frame

    def forget(self, frame: Judged) -> None:
        """Take in that a frame is kept."""
        self._frames.pop(frame, None)
