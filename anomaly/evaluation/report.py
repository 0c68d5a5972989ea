"""x."""

from pathlib import Path


def write_report(e: object, p: Path) -> None: ...
