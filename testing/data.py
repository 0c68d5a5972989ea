"""Where the videos and pictures lie that are no part of the repository."""

import os
from pathlib import Path

DATA = Path(os.environ.get("SEDA_DATA") or Path(__file__).parents[2] / "shared" / "data")
"""Beside the repository, unless it is said where; it may be absent."""


def files(*folders: str) -> list[Path]:
    """Return the files below these folders of the data."""
    return sorted(
        path for folder in folders for path in (DATA / folder).rglob("*") if path.is_file()
    )
