"""Single key presses from a terminal, which is left as it was found."""

import os
import select
import sys
import termios
import tty
from typing import Self


class Keys:
    """Reads keys as they are pressed; without a terminal there are none, only time passes."""

    def __init__(self) -> None:
        self._descriptor = sys.stdin.fileno() if sys.stdin.isatty() else -1

    def __enter__(self) -> Self:
        if self._descriptor >= 0:
            self._before = termios.tcgetattr(self._descriptor)
            tty.setcbreak(self._descriptor)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def wait(self, limit_s: float) -> str:
        """Return the key that is pressed within this time, or an empty text."""
        waited = [self._descriptor] if self._descriptor >= 0 else []
        ready, _, _ = select.select(waited, [], [], limit_s)
        if not ready:
            return ""
        # An empty read is the terminal's end: nobody is there to look any more.
        return os.read(self._descriptor, 1).decode("ascii", "replace") or "q"
