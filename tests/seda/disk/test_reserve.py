"""Reserved room: taken while there is plenty, given back step by step when nothing else is free."""

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from seda.disk.reserve import Reserve
from testing.faults.disks import fill, small_disk

SIZE_BYTES, STEP_BYTES = 64 * 1024, 8 * 1024


def write(path: Path) -> None:
    """Write a block more, which a full disk refuses."""
    with path.open("ab", buffering=0) as file:
        file.write(b"x" * 4096)


def take_all(folder: Path, number: int) -> None:
    """Be somebody else, who takes what is free."""
    place = folder / f"others-{number}"
    with suppress(OSError):
        place.mkdir()
        fill(place)


def reserve_of(folder: Path) -> Reserve:
    return Reserve(folder / "reserve", SIZE_BYTES, STEP_BYTES)


def test_what_must_be_written_takes_from_the_reserve(tmp_path: Path) -> None:
    """R25: although somebody else takes whatever is free at any moment."""
    with small_disk(tmp_path):
        reserve = reserve_of(tmp_path)
        reserve.fill()
        written = tmp_path / "written"
        for number in range(SIZE_BYTES // STEP_BYTES):
            take_all(tmp_path, number)
            reserve.insist(lambda: write(written))
        assert written.stat().st_size == 4096 * SIZE_BYTES // STEP_BYTES
        take_all(tmp_path, -1)
        assert not reserve.has_room
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            reserve.insist(lambda: write(written))


def test_the_reserve_is_made_whole_when_there_is_room(tmp_path: Path) -> None:
    """By who begins anew, too; and it never takes what would fill the disk."""
    with small_disk(tmp_path):
        reserve = reserve_of(tmp_path)
        reserve.fill()
        filler = fill(tmp_path)
        reserve.insist(lambda: write(tmp_path / "written"))
        again = reserve_of(tmp_path)
        again.fill()
        assert (tmp_path / "reserve").stat().st_size < SIZE_BYTES
        filler.unlink()
        again.fill()
        assert (tmp_path / "reserve").stat().st_blocks * 512 >= SIZE_BYTES


def test_what_others_gave_up_goes_into_the_reserve(tmp_path: Path) -> None:
    """However little else is free, and as much as is left of it."""
    with small_disk(tmp_path):
        reserve = reserve_of(tmp_path)
        reserve.fill()
        given_up = tmp_path / "given-up"
        given_up.write_bytes(bytes(5 * STEP_BYTES))
        fill(tmp_path)
        for _ in range(4):
            reserve.release()
            take_all(tmp_path, reserve.held_bytes)
        assert not reserve.is_whole
        given_up.unlink()
        reserve.grow(10**9)
        assert reserve.held_bytes == SIZE_BYTES
        assert reserve.is_whole


def test_other_errors_release_nothing(tmp_path: Path) -> None:
    """A reserve is of no use against them."""
    reserve = reserve_of(tmp_path)
    reserve.fill()

    def break_down() -> None:
        raise OSError(errno.EIO, "the disk is broken")

    with pytest.raises(OSError, match="broken"):
        reserve.insist(break_down)
    assert (tmp_path / "reserve").stat().st_size == SIZE_BYTES
