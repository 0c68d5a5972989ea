"""Reading files of ours that may have become anything."""

import contextlib
import errno
import os
from pathlib import Path

import attrs
import msgspec
import pytest

from seda.disk import small_files
from seda.disk.small_files import ASIDE, SMALL_BYTES, Unreadable
from testing.faults.corruption import damaged


@attrs.frozen
class Note:
    """Something of every type that a file of ours has."""

    name: str
    count: int
    at_s: float
    picture: bytes
    next: "Note | None" = None


NOTE = Note("gäte", 3, 1.5e9, b"\x00\xff", Note("yard", -1, 0.25, b""))


def unreadable(path: Path) -> Unreadable:
    """Return why a file cannot be read."""
    with pytest.raises(Unreadable) as caught:
        small_files.read(path, Note)
    return caught.value


def test_no_damage_raises_anything_but_unreadable(tmp_path: Path) -> None:
    """Each flipped bit, each cut, zeros and nesting without end: a value or the one error."""
    path = tmp_path / "note"
    for encode, read in (
        (msgspec.json.encode, small_files.read),
        (msgspec.msgpack.encode, small_files.read_msgpack),
    ):
        refused = 0
        for content in damaged(encode(NOTE)):
            path.write_bytes(content)
            with contextlib.suppress(Unreadable):
                assert isinstance(read(path, Note), Note)
                continue
            refused += 1
        assert refused > len(encode(NOTE)), "every cut at least"
        path.write_bytes(encode(NOTE))
        assert read(path, Note) == NOTE


def test_a_text_that_is_no_utf_8_is_unreadable(tmp_path: Path) -> None:
    """The decoder raises another kind of error for it than for everything else."""
    path = tmp_path / "note"
    path.write_bytes(msgspec.json.encode(NOTE).replace(b"yard", b"y\xe1rd"))
    with pytest.raises(Unreadable, match=f"{path} cannot be read: it holds no Note"):
        small_files.read(path, Note)


def test_no_file_is_none(tmp_path: Path) -> None:
    """Nor one below what is no directory."""
    (tmp_path / "file").touch()
    assert small_files.read(tmp_path / "note", Note) is None
    assert small_files.read(tmp_path / "file" / "note", Note) is None


def test_what_can_not_be_opened_is_unreadable_and_stays(tmp_path: Path) -> None:
    """A directory in its place, or a system without descriptors, is no damage of the content."""
    (tmp_path / "note").mkdir()
    words = f"{tmp_path}/note cannot be read: {os.strerror(errno.EISDIR)}"
    assert small_files.set_aside(unreadable(tmp_path / "note")) == words
    assert (tmp_path / "note").is_dir()


def test_a_file_without_end_is_not_read_whole(tmp_path: Path) -> None:
    """Whatever has grown there, the reader's memory is bounded."""
    path = tmp_path / "note"
    path.touch()
    os.truncate(path, SMALL_BYTES + 1)
    with pytest.raises(Unreadable, match="more than"):
        small_files.read(path, Note)


def test_what_can_not_be_used_is_moved_aside_and_named(tmp_path: Path) -> None:
    """The next one replaces it, so that they do not fill the disk."""
    path = tmp_path / "note"
    for content in (b"{", b"\xff"):
        path.write_bytes(content)
        assert f"it was moved to {path}{ASIDE}" in small_files.set_aside(unreadable(path))
        assert [it.name for it in tmp_path.iterdir()] == [f"note{ASIDE}"]
        assert (tmp_path / f"note{ASIDE}").read_bytes() == content


def test_what_can_not_be_moved_is_named_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that may not write there goes on."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    path = tmp_path / "note"
    path.write_bytes(b"{")
    monkeypatch.setattr(Path, "replace", refuse)
    assert "cannot be moved" in small_files.set_aside(unreadable(path))
    assert path.exists()
