"""The buffer of cutters whose format says how long a unit is: what is not kept is passed over."""

from abc import ABC, abstractmethod

from media.cut.pieces import UNIT_BYTES_MAX, Cut, Finding


class UnitCutter(ABC):
    """Collects bytes until a unit is complete, without ever holding one that is not wanted."""

    def __init__(self, unit_bytes_max: int = UNIT_BYTES_MAX) -> None:
        self._unit_bytes_max = unit_bytes_max
        self._buffer = bytearray()
        self._skipped_bytes = 0
        """Still to pass over of a unit that is not kept."""
        self._is_lost = False

    @property
    def held_bytes(self) -> int:
        """Bytes kept until a unit is complete."""
        return len(self._buffer)

    @property
    def lacks_bytes(self) -> int:
        """Bytes without which surely nothing becomes complete."""
        return 1

    def feed(self, data: bytes | memoryview) -> list[Cut]:
        """Return what became complete by these bytes."""
        cuts: list[Cut] = []
        if self._is_lost:
            return cuts
        self._buffer += data
        while not self._is_lost and (self._skip() if self._skipped_bytes else self._cut_one(cuts)):
            pass
        return cuts

    def end(self) -> list[Cut]:
        """Return nothing: half a unit does not decode."""
        self._buffer.clear()
        return []

    @abstractmethod
    def _cut_one(self, cuts: list[Cut]) -> bool:
        """Take what stands first in the buffer; say whether there may be more."""

    def _skip(self) -> bool:
        dropped = min(self._skipped_bytes, len(self._buffer))
        del self._buffer[:dropped]
        self._skipped_bytes -= dropped
        return bool(self._buffer)

    def _lose(self, cuts: list[Cut], finding: Finding) -> bool:
        self._is_lost = True
        self._buffer.clear()
        cuts.append(finding)
        return False
