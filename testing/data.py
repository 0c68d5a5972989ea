"""Where the evaluation data lies, and a skip that says so where it does not."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("SEDA_DATA") or Path(__file__).parents[2].parent / "shared" / "data")

needs_data = pytest.mark.skipif(
    not ROOT.is_dir(), reason=f"no evaluation data at {ROOT}; set SEDA_DATA to where it is"
)


def files(*folders: str) -> list[Path]:
    """Return the files below these folders of the data."""
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()
    )
