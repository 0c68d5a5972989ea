"""Room on a disk: who gives way in which order, and what counts as full."""

import errno
from pathlib import Path

from seda.disk import measuring, room
from testing.faults.disks import SIZE_BYTES, fill, small_disk


def test_each_gives_way_before_the_next() -> None:
    """R25: the ring from the floor on, flagged evidence last; nobody where there is no floor."""
    assert room.ORDER == ("ring", "quarantine", "evidence", "flagged evidence")
    empty = room.Room(0, 100_000)
    assert [empty.missing_bytes(who, 1000) for who in room.ORDER] == [1000, 750, 500, 250]
    assert {empty.missing_bytes(who, 0) for who in room.ORDER} == {0}
    half = room.Room(600, 100_000)
    assert [half.missing_bytes(who, 1000) for who in room.ORDER] == [400, 150, 0, 0]


def test_a_small_disk_is_not_kept_empty() -> None:
    """A floor is a tenth of the disk at most, whatever the configuration wants."""
    assert room.Room(0, 1000).missing_bytes("ring", 10**9) == 100
    assert room.Room(100, 1000).missing_bytes("ring", 10**9) == 0


def test_what_is_missing_is_measured(tmp_path: Path) -> None:
    """Nothing while there is room, nor where nobody can tell."""
    with small_disk(tmp_path):
        assert measuring.missing_bytes(tmp_path, "ring", SIZE_BYTES) == 0
        fill(tmp_path)
        assert measuring.missing_bytes(tmp_path, "ring", SIZE_BYTES) == int(SIZE_BYTES * 0.1)
    assert measuring.missing_bytes(tmp_path / "nowhere", "ring", 2**50) == 0


def test_a_quota_counts_as_a_full_disk() -> None:
    """Other errors do not."""
    assert room.is_full(OSError(errno.ENOSPC, ""))
    assert room.is_full(OSError(errno.EDQUOT, ""))
    assert not room.is_full(OSError(errno.EIO, ""))
    assert not room.is_full(ValueError())
