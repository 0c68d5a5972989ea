"""The picture store."""

import os
import select
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from media.frames.batch import Batch, Frame
from media.pictures.files import PictureReader, folder_name
from media.pictures.store import PictureWriter, Rules
from testing.children import fork
from testing.films import media

NOW_S = 1_700_000_000.0
PICTURE = media.jpeg()


def batch(times_s: list[float], camera: str = "gate", sequence: int = 0, size: int = 0) -> Batch:
    content = PICTURE + bytes(size)
    frames = tuple(Frame(content, 160, 96, NOW_S + time_s) for time_s in times_s)
    return Batch(camera, 1, sequence, frames, {}, {})


def test_the_newest_and_the_last_minute_are_kept(tmp_path: Path) -> None:
    """A ring of a minute, two a second at most, and always the newest."""
    writer, reader = PictureWriter(tmp_path), PictureReader(tmp_path)
    for sequence in range(100):
        begin = sequence * 2.0
        writer.add(batch([begin + n / 10 for n in range(20)], sequence=sequence), NOW_S + begin + 2)
    pictures = reader.between("gate", 0, NOW_S * 2)
    assert 100 <= len(pictures) <= 130
    assert pictures[0].captured_s >= NOW_S + 200 - 61
    newest = reader.newest("gate")
    assert newest is not None
    assert newest.captured_s == NOW_S + 199.9
    assert newest.path.read_bytes() == PICTURE


def test_batches_that_come_late_or_twice_change_nothing_new(tmp_path: Path) -> None:
    """An older batch never becomes the newest picture, a repeated one is there once."""
    writer, reader = PictureWriter(tmp_path), PictureReader(tmp_path)
    for times, sequence in (([4.0, 5.0], 2), ([2.0, 3.0], 1), ([4.0, 5.0], 2)):
        writer.add(batch(times, sequence=sequence), NOW_S + 6)
    newest = reader.newest("gate")
    assert newest is not None
    assert newest.captured_s == NOW_S + 5
    assert len(reader.between("gate", 0, NOW_S * 2)) == 4


def test_pictures_of_a_time_to_come_give_way_to_the_next(tmp_path: Path) -> None:
    """They were written while the clock was ahead; the wall shows what is there now."""
    writer = PictureWriter(tmp_path)
    writer.add(batch([8200.0, 8201.0]), NOW_S + 8201)
    writer.add(batch([1000.0, 1001.0], sequence=1), NOW_S + 1001)
    newest = PictureReader(tmp_path).newest("gate")
    assert newest is not None
    assert newest.captured_s == NOW_S + 1001
    assert len(PictureReader(tmp_path).between("gate", 0.0, NOW_S * 2)) == 2


def test_the_ring_is_bounded_in_bytes(tmp_path: Path) -> None:
    """Large pictures shorten the ring; one that is larger than all of it is still the newest."""
    writer = PictureWriter(tmp_path, Rules(bytes_max=50_000))
    for sequence in range(20):
        writer.add(batch([float(sequence)], sequence=sequence, size=10_000), NOW_S + sequence)
    held = sum(path.stat().st_size for path in tmp_path.rglob("*.jpg"))
    assert 20_000 < held <= 50_000
    writer.add(batch([30.0], sequence=30, size=90_000), NOW_S + 30)
    assert len(list(tmp_path.rglob("*.jpg"))) == 1


def test_what_was_left_behind_is_swept(tmp_path: Path) -> None:
    """Half files of a dead writer, old pictures and cameras that are no more disappear."""
    writer = PictureWriter(tmp_path)
    writer.add(batch([0.0, 1.0]), NOW_S)
    writer.add(batch([0.0], camera="gone"), NOW_S)
    folder = tmp_path / folder_name("gate")
    fresh, dead = folder / ".half-1-x.jpg", folder / ".half-2-x.jpg"
    for path in (fresh, dead):
        path.write_bytes(b"half")
    os.utime(dead, (time.time() - 3600,) * 2)
    writer.sweep(["gate"], time.time())
    assert fresh.exists()
    assert not dead.exists()
    assert not (tmp_path / folder_name("gone")).exists()
    assert len(list(folder.glob("0*.jpg"))) == 1


def test_readers_never_see_half_a_picture(tmp_path: Path) -> None:
    """While one process writes, another reads whole pictures only."""
    writer, reader = PictureWriter(tmp_path), PictureReader(tmp_path)
    told, stop = os.pipe()

    def write() -> int:
        os.close(stop)
        sequence = 0
        while not select.select([told], [], [], 0)[0]:
            writer.add(batch([sequence / 10], sequence=sequence, size=200_000), NOW_S)
            sequence += 1
        return 0

    child = fork(write)
    seen = 0
    while seen < 300:
        assert os.waitpid(child, os.WNOHANG)[0] == 0, "it ended"
        newest = reader.newest("gate")
        if newest is not None:
            try:
                content = newest.path.read_bytes()
            except FileNotFoundError:
                continue
            assert len(content) == len(PICTURE) + 200_000
            seen += 1
    os.close(stop)
    assert os.waitpid(child, 0)[1] == 0
    os.close(told)
    assert not list(tmp_path.rglob(".half-*"))


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_name_of_a_camera_has_a_folder_of_its_own(one: str, other: str) -> None:
    """No name leaves the directory or meets another's."""
    names = [folder_name(name) for name in (one, other, "..", "a/b")]
    assert all("/" not in name and len(name.encode()) <= 255 for name in names)
    assert (names[0] == names[1]) == (one == other)
