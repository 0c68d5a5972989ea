"""What survives a restart of `live`."""

from pathlib import Path

import pytest

from media.stillness import Still
from seda.decisions import Incident
from seda.disk.small_files import ASIDE
from stages.live import notebook
from stages.live.cameras.notes import CameraNote
from stages.live.notebook import Notes
from testing.faults.corruption import damaged
from testing.faults.disks import fill, small_disk

INCIDENT = Incident("offline/gate/1", "gate", "camera offline", "Away.", 1e9)


def fail(what: str) -> None:
    """Nothing is to be counted."""
    raise AssertionError(what)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """All of it, and nothing else is left beside it."""
    camera = CameraNote("frozen", 1e9, 3, Still(b"\x00\xff", 1e9 - 20))
    notes = Notes((INCIDENT,), (INCIDENT,), is_in_service=True, run="r", cameras={"gate": camera})
    notebook.write(tmp_path, Notes())
    notebook.write(tmp_path, notes)
    assert notebook.read(tmp_path, fail) == notes
    assert [path.name for path in tmp_path.iterdir()] == [notebook.FILE]


def test_without_a_notebook_nothing_is_known(tmp_path: Path) -> None:
    """That is how every first start is, and nothing to speak of."""
    assert notebook.read(tmp_path, fail) == Notes()


def test_a_damaged_notebook_is_set_aside_and_counted(tmp_path: Path) -> None:
    """Whichever bit has flipped and wherever it is cut: the stage serves all the same."""
    path, counted = tmp_path / notebook.FILE, list[str]()
    camera = CameraNote("frozen", 1e9, 3, Still(b"\x00\xff", 1e9 - 20))
    notebook.write(tmp_path, Notes((INCIDENT,), run="r", cameras={"gäte": camera}))
    content = path.read_bytes()
    for number, wrong in enumerate(damaged(content), 1):
        path.write_bytes(wrong)
        assert notebook.read(tmp_path, counted.append) == Notes()
        assert (tmp_path / f"{notebook.FILE}{ASIDE}").read_bytes() == wrong
        assert counted == ["unreadable_files"] * number


def test_how_cameras_were_is_known_in_the_same_run_alone() -> None:
    """At the next start nobody has looked at them yet; what is an incident stays one."""
    camera = CameraNote("live", 1e9, 3)
    notes = Notes((INCIDENT,), run="one", cameras={"gate": camera})
    assert notes.in_run("one") == notes
    for run in ("two", ""):
        assert notes.in_run(run) == Notes((INCIDENT,), run=run)
    assert Notes(cameras={"gate": camera}).in_run("") == Notes(), "written by nobody's process"


def test_a_full_disk_keeps_the_old_notes_and_nothing_half(tmp_path: Path) -> None:
    """What was not written is written when there is room."""
    with small_disk(tmp_path):
        notebook.write(tmp_path, Notes())
        filler = fill(tmp_path)
        notes = Notes(run="r" * 8192)
        with pytest.raises(OSError, match="No space"):
            notebook.write(tmp_path, notes)
        assert notebook.read(tmp_path, list[str]().append) == Notes()
        assert {path.name for path in tmp_path.iterdir()} == {notebook.FILE, filler.name}
        filler.unlink()
        notebook.write(tmp_path, notes)
        assert notebook.read(tmp_path, list[str]().append) == notes
