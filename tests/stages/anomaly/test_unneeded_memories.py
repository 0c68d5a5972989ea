"""Memories of cameras that are gone do not stay for ever."""

import os
from pathlib import Path

from stages.anomaly.memories import memory_path
from stages.anomaly.unneeded_memories import EVERY_S, KEPT_S, is_due, sweep

NOW_S = 1e9


def left(directory: Path, camera: str, age_s: float, suffix: str = ".memory") -> Path:
    """Leave a camera's file behind."""
    path = memory_path(directory, camera).with_suffix(suffix)
    path.write_bytes(b"")
    os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return path


def test_only_old_memories_of_removed_cameras_go(tmp_path: Path) -> None:
    """A configured camera keeps its memory however long it was silent; others keep it a month."""
    gate = left(tmp_path, "gate", 9 * KEPT_S)
    copy = left(tmp_path, "gate", 9 * KEPT_S, ".copy")
    old_copy = left(tmp_path, "dock", KEPT_S + 10, ".copy")
    fresh = left(tmp_path, "yard", KEPT_S - 10)
    old = left(tmp_path, "dock", KEPT_S + 10)
    aside = left(tmp_path, "roof", KEPT_S + 10, ".unusable")
    other = tmp_path / "else.txt"
    other.write_bytes(b"")
    os.utime(other, (0, 0))
    assert set(sweep(tmp_path, ["gate"], NOW_S)) == {old.name, old_copy.name, aside.name}
    assert {path for path in tmp_path.iterdir() if path.is_file()} == {gate, copy, fresh, other}


def test_without_any_camera_nothing_goes(tmp_path: Path) -> None:
    """An empty configuration is more likely a mistake than a wish."""
    old = left(tmp_path, "gate", 9 * KEPT_S)
    assert list(sweep(tmp_path, [], NOW_S)) == []
    assert old.exists()


def test_handlers_look_once_an_hour_together(tmp_path: Path) -> None:
    """Also where each call has a process of its own, and when the clock was set back."""
    times = (NOW_S, NOW_S + 1, NOW_S + EVERY_S, NOW_S + EVERY_S + 1, NOW_S)
    assert [is_due(tmp_path, now_s) for now_s in times] == [True, False, True, False, True]
