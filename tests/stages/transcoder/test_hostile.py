"""Every malformed file and every video of the data, whole and cut, in a process with limits."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from testing import data
from testing.needs import needs_data

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("folder", ["malformed/jpeg", "malformed/video", "video"])
def test_every_file_has_an_outcome_under_a_name(folder: str) -> None:
    """Nothing raises, runs past its limits or stays without a name (R24)."""
    files = data.files(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.stages.transcoder.hostile"],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    reached = lines[-1]["file"] if lines else "none"
    assert done.returncode == 0, (
        f"ended with {done.returncode} after {reached}: {done.stderr[-800:]}"
    )
    assert len(lines) == len(files)
    assert all(names for line in lines for names in line["outcomes"])
    seen = Counter(name for line in lines for names in line["outcomes"] for name in names)
    assert seen["frames"]
    assert seen["chunks_without_frames"]
