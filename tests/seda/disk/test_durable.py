"""What is brought to the disk: contents, and the names of files and directories."""

import os
import stat
from pathlib import Path

import pytest

from seda.disk import durable
from testing.faults.disks import fill, small_disk


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the paths that are synced, in order."""
    paths: list[str] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        paths.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    return paths


def test_a_replaced_file_is_whole_at_any_time(tmp_path: Path, synced: list[str]) -> None:
    """First its content, then, when it has its name, the name; for this user alone."""
    path = tmp_path / "file"
    for content in (b"old", b"new"):
        durable.replace_file(path, content)
        assert path.read_bytes() == content
    assert synced == [f"{path}.new", str(tmp_path)] * 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_directory_is_named_all_the_way_up(tmp_path: Path, synced: list[str]) -> None:
    """Also one that is there, because who made it may have died before it was synced."""
    durable.make_directory(tmp_path / "a" / "b")
    assert synced == [str(tmp_path), str(tmp_path / "a")]
    durable.make_directory(tmp_path / "a" / "b")
    assert synced[2:] == [str(tmp_path / "a")]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_a_directory_above_that_may_not_be_read_is_its_owners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service's own directory may lie in one that only root reads."""

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(durable, "sync_directory", refuse)
    durable.make_directory(tmp_path / "a")
    assert (tmp_path / "a").is_dir()


def test_a_full_disk_keeps_the_old_file_and_nothing_half(tmp_path: Path) -> None:
    """What was written of the new one would be what fills the disk."""
    with small_disk(tmp_path):
        durable.replace_file(tmp_path / "file", b"old")
        filler = fill(tmp_path)
        with pytest.raises(OSError, match="No space"):
            durable.replace_file(tmp_path / "file", b"n" * 8192)
        assert (tmp_path / "file").read_bytes() == b"old"
        assert {path.name for path in tmp_path.iterdir()} == {"file", filler.name}
