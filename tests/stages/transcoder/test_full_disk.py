"""The transcoder on a disk that is full: pictures go on, and the ring gives way."""

from pathlib import Path

from conf.schema import Camera, Settings, Transcoder
from media.pictures.files import PictureReader
from media.pictures.store import PictureWriter, Rules
from seda.messages import BatchFacts, CameraFact
from testing.faults.disks import SIZE_BYTES, fill, small_disk
from testing.films import media
from tests.media.pictures.test_store import NOW_S, batch
from tests.stages.transcoder import chunks
from tests.stages.transcoder.test_stage import context, handle

SETTINGS = Settings(
    transcoder=Transcoder(rate_per_s=25),
    camera=(Camera("gate", "hidden"),),
    disk_floor_bytes=0,
)


def test_pictures_go_on_where_the_ring_can_not_be_written(tmp_path: Path) -> None:
    """R19, R25: the detector and `live` get the chunk; what is not kept is counted and said."""
    facts, content = chunks.of_pictures([media.jpeg(number) for number in range(5)])
    where = context(tmp_path, SETTINGS)
    with small_disk(where.directory):
        filler = fill(where.directory)
        found = handle(facts, content, where)
        (fact,), (batch,) = found["camera_fact"], found["batch"]
        assert isinstance(fact, CameraFact)
        assert isinstance(batch, BatchFacts)
        assert len(batch.frames) == 5
        assert where.meter.figures().counts["disk_full"] == 1
        assert fact.picture is not None
        assert "disk is full" in fact.picture.sentences["pictures_not_kept"]
        filler.unlink()
        handle(facts, content, where)
        assert PictureReader(where.directory).newest("gate") is not None


def test_the_ring_gives_way_down_to_the_newest_picture(tmp_path: Path) -> None:
    """Below the floor it leaves the room to others; with room again it grows again."""
    size_bytes = 16 * SIZE_BYTES
    with small_disk(tmp_path, size_bytes):
        writer = PictureWriter(tmp_path, Rules(disk_floor_bytes=size_bytes))
        reader = PictureReader(tmp_path)
        writer.add(batch([0.0, 1.0, 2.0], size=40_000), NOW_S + 2)
        assert len(reader.between("gate", 0, NOW_S * 2)) == 3
        foreign = tmp_path / "foreign"
        foreign.write_bytes(bytes(size_bytes * 19 // 20 - 130_000))
        for number in range(1, 4):
            times_s = [number * 2.0 + 1, number * 2.0 + 2]
            writer.add(batch(times_s, sequence=number, size=40_000), NOW_S + times_s[1])
        [*older, newest] = reader.between("gate", 0, NOW_S * 2)
        assert newest.captured_s == NOW_S + 8
        assert len(older) <= 1
        foreign.unlink()
        writer.add(batch([9.0, 10.0], sequence=4, size=40_000), NOW_S + 10)
        assert len(reader.between("gate", 0, NOW_S * 2)) == len(older) + 3


def test_the_newest_picture_takes_the_place_of_older_ones(tmp_path: Path) -> None:
    """R25: a disk on which nothing is free shows people what there is now all the same."""
    with small_disk(tmp_path):
        writer, reader = PictureWriter(tmp_path), PictureReader(tmp_path)
        writer.add(batch([0.0, 1.0, 2.0]), NOW_S + 2)
        fill(tmp_path)
        added = writer.add(batch([3.0, 4.0], sequence=1), NOW_S + 4)
        assert added.refused is not None
        newest = reader.newest("gate")
        assert newest is not None
        assert newest.captured_s == NOW_S + 4
