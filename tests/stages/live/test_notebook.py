"""What survives a restart of `live`."""

from pathlib import Path

import pytest

from seda.decisions import Incident
from stages.live import notebook
from stages.live.camera_notes import CameraNote
from stages.live.notebook import Notes
from stages.transcoder.stillness import Still
from tests.fakes.disks import fill, small_disk

INCIDENT = Incident("offline/gate/1", "gate", "camera offline", "Away.", 1e9)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """All of it, and nothing else is left beside it."""
    camera = CameraNote("frozen", 1e9, 3, Still(b"\x00\xff", 1e9 - 20))
    notes = Notes((INCIDENT,), (INCIDENT,), is_in_service=True, run="r", cameras={"gate": camera})
    notebook.write(tmp_path, Notes())
    notebook.write(tmp_path, notes)
    assert notebook.read(tmp_path) == notes
    assert [path.name for path in tmp_path.iterdir()] == [notebook.FILE]


def test_without_a_notebook_nothing_is_known(tmp_path: Path) -> None:
    """Nor with one that cannot be read: the stage serves all the same."""
    assert notebook.read(tmp_path) == Notes()
    for content in (b"", b"{", b'{"open": 3}', b"\xff"):
        (tmp_path / notebook.FILE).write_bytes(content)
        assert notebook.read(tmp_path) == Notes()


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
        assert notebook.read(tmp_path) == Notes()
        assert {path.name for path in tmp_path.iterdir()} == {notebook.FILE, filler.name}
        filler.unlink()
        notebook.write(tmp_path, notes)
        assert notebook.read(tmp_path) == notes
