"""Code whose `warm` does what a template must not do, as the row's own name of it says."""

import os
import signal
import threading
from collections.abc import Iterator

from runtime import Context, Input, Product
from seda.stage_config import StageConfig
from testing.handlers.functions import Note

_warmed_for: list[str] = []


def warm(config: StageConfig) -> None:
    """Misbehave."""
    _warmed_for.append(config.row.name)
    match config.row.code.partition(":")[2]:
        case "threads":
            threading.Thread(target=signal.pause, daemon=True).start()
        case "files":
            os.dup(0)
        case "raises":
            raise ZeroDivisionError


def threads(_event: Input, _context: Context) -> None:
    """Do nothing."""


def files(_event: Input, _context: Context) -> None:
    """Do nothing."""


def raises(_event: Input, _context: Context) -> None:
    """Do nothing."""


def warmed(event: Input, _context: Context) -> Iterator[Product]:
    """Say for whom it was warmed."""
    yield event.output("note", Note(" ".join(_warmed_for)))
