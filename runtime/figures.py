"""What a handler says of itself in every message: processor time, memory, what its code counted."""

import os
import time
from pathlib import Path

from seda.messages import TROUBLE_CHARACTERS, HandlerFigures

_MEMORY_EVERY_S = 1.0
"""Reading /proc costs more than a small event's whole handling."""
_CPU_EVERY_S = 0.1
"""So does asking the kernel for the processor time, where many events come in a moment."""
_COUNT_BOUND = 1e15
"""What the controller takes; neither NaN nor infinity lies within."""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Meter:
    """Gathers one handler's figures."""

    def __init__(self) -> None:
        self._counts: dict[str, float] = {}
        self.trouble = ""
        """What a person has to look after, said with the figures until it is empty again."""
        self._memory_bytes = 0
        self._memory_at_s = float("-inf")
        self._cpu_s = 0.0
        self._cpu_at_s = float("-inf")

    def count(self, name: str, amount: float = 1) -> None:
        """Add to what is told next under this name."""
        whole = self._counts.get(name, 0.0) + float(amount)
        if not isinstance(name, str) or not -_COUNT_BOUND <= whole <= _COUNT_BOUND:
            raise ValueError(f"cannot count {amount!r} as {name!r}")
        self._counts[name] = whole

    def figures(self) -> HandlerFigures:
        """Return the figures now, and start counting anew."""
        counts, self._counts = self._counts, {}
        now_s = time.monotonic()
        if now_s - self._memory_at_s >= _MEMORY_EVERY_S:
            self._memory_at_s = now_s
            self._memory_bytes = _resident_bytes()
        if now_s - self._cpu_at_s >= _CPU_EVERY_S:
            self._cpu_at_s = now_s
            self._cpu_s = time.process_time()
        trouble = self.trouble[:TROUBLE_CHARACTERS]
        return HandlerFigures(self._cpu_s, self._memory_bytes, counts, trouble)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE_BYTES
