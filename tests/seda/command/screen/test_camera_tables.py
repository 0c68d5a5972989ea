"""How cameras are shown to people."""

import io

import attrs
import pytest
from rich.console import Console

from seda.command.screen.camera_tables import cameras_table
from seda.overview import CameraView

LIVE = CameraView(
    camera="gate",
    state="live",
    state_for_s=75.0,
    why="",
    picture_age_s=0.8,
    frames_per_s=4.96,
    width_px=1920,
    height_px=1080,
    format="mjpeg",
    authentication="digest",
    is_trusted_by_hand=False,
    clock_offset_s=None,
    retry_in_s=None,
    last_error="",
    remarks={},
    tries=3,
    reconnects=2,
    chunks=30,
    chunks_dropped=0,
    frames={"frames": 150},
    entered={"live": 1},
    times_s={"live": 75.0},
)
AWAY = attrs.evolve(
    LIVE,
    camera="yard",
    state="offline",
    why="Nobody answers at this address.",
    picture_age_s=None,
    frames_per_s=None,
    width_px=None,
    height_px=None,
    format="",
    retry_in_s=12.3,
)


def _shown(*cameras: CameraView, width: int = 120, at_most: int | None = None) -> str:
    text = io.StringIO()
    Console(file=text, width=width).print(cameras_table(cameras, at_most))
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_camera_is_one_line_in_which_nothing_is_cut(width: int) -> None:
    """On the narrowest of usual terminals, too."""
    lines = _shown(attrs.evolve(LIVE, camera="loading-dock-north-east"), width=width).splitlines()
    assert lines[1].split() == [
        *("camera", "state", "for", "newest", "frames/s", "size", "format", "back")
    ]
    assert lines[2].split() == [
        *("loading-dock-north-east", "live", "75", "s", "0.8", "s", "5.0", "1920x1080"),
        *("mjpeg", "2"),
    ]


def test_who_needs_somebody_comes_first_and_says_why() -> None:
    """What is not known is a question mark."""
    lines = _shown(LIVE, AWAY).splitlines()
    assert lines[0] == "cameras: 1 live, 1 offline"
    assert lines[2].split() == ["yard", "offline", "75", "s", "?", "?", "?", "?", "2"]
    assert lines[3].startswith("gate ")
    assert lines[4] == "yard: Nobody answers at this address. Next try in 12 s."


def test_what_finds_no_room_is_counted() -> None:
    """Nobody is left out in silence."""
    many = [attrs.evolve(LIVE, camera=f"camera-{number}") for number in range(30)]
    shown = _shown(*many, AWAY, at_most=5)
    assert "yard" in shown
    assert "and more: 26 live" in shown


def test_remarks_and_a_certificate_trusted_by_hand_are_told() -> None:
    """Both are for somebody to know, though pictures come."""
    shown = _shown(
        attrs.evolve(LIVE, remarks={"rare": "Keyframes are rare."}, is_trusted_by_hand=True)
    )
    assert "gate: Keyframes are rare." in shown
    assert "gate: its certificate is accepted because the configuration names it" in shown
