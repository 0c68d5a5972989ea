"""Another program, which takes whatever is free on a disk, again and again."""

import shutil
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.1
_BLOCK = bytes(64 * 1024)
_SMALL_BLOCK = bytes(4096)


class Filler:
    """Fills the disk of a folder for the length of a block, then removes all of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._fill_for_ever, daemon=True)
        self.taken_bytes = 0

    def __enter__(self) -> Self:
        """Take everything before anybody looks."""
        self._folder.mkdir()
        self._fill()
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Give everything back."""
        self._is_over.set()
        self._thread.join()
        shutil.rmtree(self._folder)

    def _fill_for_ever(self) -> None:
        while not self._is_over.wait(EVERY_S):
            self._fill()

    def _fill(self) -> None:
        for block in (_BLOCK, _SMALL_BLOCK):
            with suppress(OSError), (self._folder / "taken").open("ab", buffering=0) as file:
                while True:
                    self.taken_bytes += file.write(block)
