"""The camera memory's file survives crashes and refuses what is not its own."""

import mmap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly.memory_file import (
    FILE_BYTES,
    PAYLOAD_BYTES,
    SLOT_BYTES,
    Chunk,
    ChunkIsLate,
    MemoryFile,
    MemoryFileError,
)


def make(camera: str = "gate", buffer: bytearray | None = None) -> tuple[MemoryFile, bytearray]:
    """Give a file over a buffer of its own."""
    buffer = bytearray(FILE_BYTES) if buffer is None else buffer
    return MemoryFile(buffer, camera), buffer


def test_new_file_holds_nothing() -> None:
    """A camera without a memory starts without one, and that is no error."""
    assert make()[0].read(Chunk(1, 0)) is None


def test_state_of_the_chunk_before_is_read() -> None:
    """A chunk starts from the state after the one before it."""
    file, _ = make()
    file.write(Chunk(1, 0), b"zero")
    file.write(Chunk(1, 1), b"one")
    assert file.read(Chunk(1, 2)) == b"one"
    assert file.read(Chunk(2, 0)) == b"one"


@given(st.integers(1, 30))
def test_repeated_chunk_starts_where_the_first_try_did(count: int) -> None:
    """A repeat of chunk n sees the state after n-1 although n was already written (R24)."""
    file, _ = make()
    for number in range(count):
        file.write(Chunk(1, number), b"first %d" % number)
    repeated = Chunk(1, count - 1)
    expected = b"first %d" % (count - 2) if count > 1 else None
    assert file.read(repeated) == expected
    file.write(repeated, b"again")
    assert file.read(repeated) == expected
    assert file.read(Chunk(1, count)) == b"again"


@given(st.integers(2, 30))
def test_late_chunk_is_told_from_damage(count: int) -> None:
    """Of a chunk before the last two nobody knows the state; the file itself is well."""
    file, _ = make()
    for number in range(count):
        file.write(Chunk(1, number), b"state %d" % number)
    with pytest.raises(ChunkIsLate, match=r'"gate".*older'):
        file.read(Chunk(1, count - 2))
    oldest, newest = file.oldest(), file.newest()
    assert oldest is not None
    assert newest is not None
    assert (oldest.payload, newest.payload) == (
        b"state %d" % (count - 2), b"state %d" % (count - 1),
    )  # fmt: skip


def test_revision_lies_between_two_chunks() -> None:
    """What changes the state between two chunks is read by the next, and survives its repeat."""
    file, _ = make()
    file.write(Chunk(1, 3), b"judged")
    file.write(Chunk(1, 3, 1), b"taught")
    assert file.read(Chunk(1, 4)) == b"taught"
    file.write(Chunk(1, 4), b"judged again")
    assert file.read(Chunk(1, 4)) == b"taught"


@settings(max_examples=40)
@given(st.integers(0, 300))
def test_crash_in_a_write_loses_that_write_only(cut: int) -> None:
    """However far a write came, the state before it is whole (R24)."""
    file, buffer = make()
    file.write(Chunk(1, 0), b"a" * 100)
    before = bytes(buffer)
    file.write(Chunk(1, 1), b"b" * 100)
    after = bytes(buffer)
    changed = [place for place in range(len(after)) if after[place] != before[place]]
    changed.sort(key=lambda place: place % SLOT_BYTES < 8)  # the first bytes are written last
    torn = bytearray(before)
    for place in changed[:cut]:
        torn[place] = after[place]
    whole = len(changed[:cut]) == len(changed)
    assert make(buffer=torn)[0].read(Chunk(1, 2)) == (b"b" if whole else b"a") * 100


def test_crash_in_the_first_write_means_a_new_camera() -> None:
    """A payload without its first bytes was never finished."""
    file, buffer = make()
    file.write(Chunk(1, 0), b"a")
    buffer[SLOT_BYTES : SLOT_BYTES + 8] = bytes(8)
    buffer[0:8] = bytes(8)
    assert make(buffer=buffer)[0].read(Chunk(1, 1)) is None


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda b: b.__setitem__(slice(8, 12), b"\x07\0\0\0"), "version 7"),
        (lambda b: b.__setitem__(200, b[200] ^ 1), "no whole state"),
    ],
)
def test_damage_is_named(damage: object, message: str) -> None:
    """Another version or a flipped bit is an error that names the camera, not a blank memory."""
    file, buffer = make()
    file.write(Chunk(1, 0), b"a" * 100)
    if bytes(buffer[:8]) == bytes(8):  # the first write went to the second slot
        buffer[:SLOT_BYTES], buffer[SLOT_BYTES:] = buffer[SLOT_BYTES:], bytes(SLOT_BYTES)
    damage(buffer)  # type: ignore[operator]  # a callable from the table above
    with pytest.raises(MemoryFileError, match=rf'"gate".*{message}'):
        make(buffer=buffer)[0].read(Chunk(1, 1))


def test_other_camera_and_short_file_are_refused() -> None:
    """A memory is never used for another camera, and a truncated file never read."""
    file, buffer = make("gate")
    file.write(Chunk(1, 0), b"a")
    with pytest.raises(MemoryFileError, match=r'"yard".*belongs to camera "gate"'):
        make("yard", buffer)[0].read(Chunk(1, 1))
    with pytest.raises(MemoryFileError, match="truncated"):
        MemoryFile(bytearray(1000), "gate")


def test_state_that_is_too_large_is_refused() -> None:
    """A camera's memory stays within its bound."""
    with pytest.raises(MemoryFileError, match="does not fit"):
        make()[0].write(Chunk(1, 0), bytes(PAYLOAD_BYTES + 1))


def test_mapped_file_keeps_its_state(tmp_path: Path) -> None:
    """Another process that maps the file sees the state."""
    path = tmp_path / "gate.memory"
    path.write_bytes(bytes(FILE_BYTES))
    with path.open("r+b") as opened, mmap.mmap(opened.fileno(), FILE_BYTES) as mapped:
        file = MemoryFile(mapped, "gate")
        file.write(Chunk(3, 4), b"state")
        file.close()
    assert make(buffer=bytearray(path.read_bytes()))[0].read(Chunk(3, 5)) == b"state"


def test_cleared_file_is_blank() -> None:
    """After clearing, the camera learns anew."""
    file, _ = make()
    file.write(Chunk(1, 0), b"a")
    file.clear()
    assert file.read(Chunk(1, 1)) is None


def test_a_state_goes_beside_the_one_that_its_chunk_started_from() -> None:
    """Whoever names the slot gets what a search would find; another slot is never overwritten."""
    file, buffer = make()
    for number in range(4):
        found = file.find(Chunk(1, number))
        file.write(Chunk(1, number), b"%d" % number, beside=found.index if found else None)
        state = file.find(Chunk(1, number + 1))
        assert state is not None
        assert (state.payload, state.index) == (b"%d" % number, number % 2)
    searching, _ = make(buffer=buffer)
    searching.write(Chunk(1, 4), b"4")
    assert searching.read(Chunk(1, 4)) == b"3"
    assert searching.read(Chunk(1, 5)) == b"4"


def test_a_damaged_newest_state_leaves_the_one_before_it() -> None:
    """The other slot is looked at where the newer one claims what its checksum denies."""
    file, buffer = make()
    file.write(Chunk(1, 0), b"zero")
    file.write(Chunk(1, 1), b"one!")
    buffer[buffer.index(b"one!")] ^= 1
    assert make(buffer=buffer)[0].read(Chunk(1, 2)) == b"zero"
