"""The pictures that may be asked for next, as the sealed memory in which they came.

A leased frame's picture goes on to the reply stage as it is, without being opened, read or copied.
What does not fit here is read from its file by the stage that sends it.
"""

from collections import OrderedDict

from runtime.work import Received

BYTES_MAX = 64 * 1024 * 1024
PICTURES_MAX = 512
"""Each is a descriptor."""


class HotPictures:
    """Pictures by frame, the ones longest without use given up first."""

    def __init__(self, bytes_max: int = BYTES_MAX, pictures_max: int = PICTURES_MAX) -> None:
        self._bytes_max = bytes_max
        self._pictures_max = pictures_max
        self._kept: OrderedDict[str, Received] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self._kept)

    def keep(self, frame_id: str, picture: Received) -> None:
        """Take a received picture over, unless it alone is too large."""
        if picture.size_bytes > self._bytes_max:
            return
        self.discard(frame_id)
        taken = Received(picture.kind, picture.size_bytes, picture.take())
        self._kept[frame_id] = taken
        self._bytes += taken.size_bytes
        while self._bytes > self._bytes_max or len(self._kept) > self._pictures_max:
            self.discard(next(iter(self._kept)))

    def find(self, frame_id: str) -> Received | None:
        """Return a picture to be passed on; it stays this one's."""
        found = self._kept.get(frame_id)
        if found is not None:
            self._kept.move_to_end(frame_id)
        return found

    def discard(self, frame_id: str) -> None:
        """Drop a picture."""
        gone = self._kept.pop(frame_id, None)
        if gone is not None:
            self._bytes -= gone.size_bytes
            gone.close()
