"""The list of demo cameras and the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.demo.cameras import CAMERAS, chosen, list_cameras

ROOT = Path(__file__).parents[3]


def test_cameras_differ_and_are_described() -> None:
    """Names and paths are unique, every format and fault is there, spotters are told what to do."""
    assert len({c.name for c in CAMERAS}) == len({c.path for c in CAMERAS}) == len(CAMERAS) >= 6
    assert {c.format for c in CAMERAS} == {
        "mjpeg", "mjpeg-unsized", "jpeg", "mpegts", "fmp4", "flv", "hls",
    }  # fmt: skip
    assert {c.fault for c in CAMERAS} == {None, "drop", "freeze"}
    assert all(len(c.instructions) > 40 for c in CAMERAS)


def test_urls_hold_no_password() -> None:
    """Credentials come beside the address, so no log of addresses can show them."""
    entries = list_cameras(1234)
    guarded = [entry for entry in entries if entry.password]
    assert len(guarded) == 1
    assert all("@" not in entry.url and ":1234/" in entry.url for entry in entries)
    assert str(guarded[0].password) not in repr(guarded[0])


def test_an_unknown_camera_is_named() -> None:
    """The sentence says which name is wrong and which are right."""
    with pytest.raises(ValueError, match='"gat"; known are car-park'):
        chosen(("gat",))


def test_the_command_lists_cameras_as_json() -> None:
    """`--list` is what a configuration is made from."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "scripts.demo", "--list", "--cameras", "gate"],
        cwd=ROOT, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert [entry["name"] for entry in json.loads(done.stdout)] == ["gate"]
