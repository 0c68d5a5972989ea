"""The bench of objects over time on invented tracks: it reads the tables and tells a runner."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from scripts.bench.seeing import tracks as seeing_tracks
from scripts.bench.seeing.options import Options

_HEAD = "Frame_Number Person_ID State BB_tl_0 BB_tl_1 BB_br_0 BB_br_1 abnormal_ped abnormal_gt"


def walk(chance: np.random.Generator, speed: float, *, is_wrong: bool) -> str:
    """Write a clip of three people who cross the picture; the last may run."""
    lines = [_HEAD]
    for person in range(3):
        runs = is_wrong and person == 2
        x, foot = chance.uniform(0, 200), chance.uniform(250, 400)
        for frame in range(2, 52):
            x += (3 if runs else 1) * speed * 100 / 25
            left, top = x + chance.normal(0, 1), foot - 100 + chance.normal(0, 1)
            box = f"{left:.0f} {top:.0f} {left + 40:.0f} {foot + chance.normal(0, 1):.0f}"
            lines.append(f"{frame} {person} 2 {box} {int(runs)} {int(is_wrong)}")
    return "\n".join(lines)


@pytest.fixture
def tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a zip as the published one is, of one camera."""
    chance = np.random.default_rng(5)
    path = tmp_path / "tracks.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(12):
            speed = chance.uniform(0.7, 1)
            name = f"train_txt/01_{number:03}.txt"
            archive.writestr(name, walk(chance, speed, is_wrong=False))
        for number in range(4):
            archive.writestr(f"test_txt/01_{number}.txt", walk(chance, 0.85, is_wrong=number > 1))
    monkeypatch.setattr(seeing_tracks, "TRACKS", path)
    return path


@pytest.mark.usefixtures("tracks")
def test_a_runner_among_walkers_is_told_by_the_motion() -> None:
    """Frames with the runner score higher than those without once they are seen."""
    figures = seeing_tracks.run(Options())
    assert figures["tracks_frames"].value == 4 * 50
    assert figures["tracks_motion_auc"].value > 0.85


def test_without_the_tracks_there_is_no_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The bench says where it looked."""
    monkeypatch.setattr(seeing_tracks, "TRACKS", tmp_path / "none.zip")
    assert seeing_tracks.run(Options()) == {}
    assert "none.zip" in capsys.readouterr().err
