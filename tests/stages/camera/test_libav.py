"""Files and folders replayed through libav, and what is wrong with them."""

import itertools
import random
from pathlib import Path

import attrs
import pytest

from conf.schema import Camera
from media.cut.pieces import Format
from media.frames.plan import Plan
from stages.camera.faults import Fault
from stages.camera.source.happenings import ChunkReady, Connected, Happening, Lost
from stages.camera.source.libav import Passing, watch_blocking
from stages.transcoder.transcode import transcode
from testing import data
from testing.films import media
from testing.needs import needs_data
from tests.stages.camera.watching import connected, of


@attrs.define
class InventedClock:
    """Time that passes only when somebody sleeps."""

    now_s: float = 1000.0

    def monotonic_s(self) -> float:
        """Return the invented time."""
        return self.now_s

    def wall_s(self) -> float:
        """Return the invented time as wall time."""
        return 1.7e9 + self.now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds


def replay(path: Path, clock: InventedClock, replay: str = "real_time") -> list[Happening]:
    counter = itertools.count(1)
    passing = Passing(clock, random.Random(1), lambda: next(counter), clock.sleep)
    camera = Camera("film", path.as_uri(), replay=replay)  # type: ignore[arg-type]  # one of two words
    return list(watch_blocking(camera, passing))


def first_fault(camera: Camera, clock: InventedClock) -> Fault:
    """Return why the first try at a camera ended."""
    counter = itertools.count(1)
    passing = Passing(clock, random.Random(1), lambda: next(counter), clock.sleep)
    happenings = watch_blocking(camera, passing)
    return next(item.fault for item in happenings if isinstance(item, Lost))


def frames(found: list[Happening]) -> int:
    plan = Plan(rate_per_s=1000.0)
    parts = [(item.chunk.facts, b"".join(item.chunk.parts)) for item in of(ChunkReady, found)]
    return sum(len(transcode(facts, content, plan).frames) for facts, content in parts)


@pytest.mark.parametrize(
    ("muxer", "codec"),
    [(muxer, codec) for muxer in ("mp4", "matroska") for codec in ("libx264", "libx265", "mpeg4")]
    + [("avi", "libx264"), ("avi", "mpeg4")],
)
def test_files_become_chunks_like_any_others(muxer: str, codec: str, tmp_path: Path) -> None:
    """Whatever a file's container, its chunks are MPEG-TS that decodes on its own."""
    path = tmp_path / f"film.{muxer}"
    path.write_bytes(media.stream(muxer, codec=codec, frames=100))
    found = replay(path, InventedClock())
    assert connected(found).format is Format.MPEG_TS
    assert frames(found) == 100


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_film_that_is_to_be_turned_is_turned(codec: str, tmp_path: Path) -> None:
    """Phones and body cameras film on their side and say so; MPEG-TS could not."""
    path = tmp_path / "film.mp4"
    media.turn(media.stream("mp4", codec=codec, frames=50), path)
    found = replay(path, InventedClock(), "fast")
    assert frames(found) == 50
    facts, content = next(
        (item.chunk.facts, b"".join(item.chunk.parts)) for item in of(ChunkReady, found)
    )
    shown = transcode(facts, content, Plan()).frames[0]
    assert (shown.width_px, shown.height_px) == (96, 160)


def test_a_film_whose_times_go_back_is_played_to_its_end(tmp_path: Path) -> None:
    """Two recordings in one file, as recorders write them: the second continues the first."""
    path = tmp_path / "film.ts"
    path.write_bytes(media.stream("mpegts", frames=50) + media.stream("mpegts", frames=50))
    clock = InventedClock()
    found = replay(path, clock)
    assert [item.fault.name for item in of(Lost, found)] == ["ended"]
    assert frames(found) == 100
    assert clock.now_s - 1000 == pytest.approx(4.0, abs=0.1)


def test_replay_takes_the_time_of_the_film(tmp_path: Path) -> None:
    """In real time four seconds take four; fast they take none, with the same capture times."""
    path = tmp_path / "film.mp4"
    path.write_bytes(media.stream("mp4", frames=100))
    starts = []
    for how, seconds in (("real_time", 4.0), ("fast", 0.0)):
        clock = InventedClock()
        found = replay(path, clock, how)
        assert clock.now_s - 1000 == pytest.approx(seconds, abs=0.1)
        starts.append([item.chunk.facts.captured_s for item in of(ChunkReady, found)])
    assert starts[0] == pytest.approx(starts[1], abs=0.1)
    assert starts[0][1] - starts[0][0] == pytest.approx(2.0, abs=0.1)


def test_a_folder_is_played_file_by_file(tmp_path: Path) -> None:
    """Each file is an epoch of its own; one that is broken does not stop the others."""
    for number in range(2):
        (tmp_path / f"{number}.mp4").write_bytes(media.stream("mp4", frames=50))
    (tmp_path / "1-broken.mp4").write_bytes(b"nothing of use")
    (tmp_path / "notes.txt").write_text("no film")
    found = replay(tmp_path, InventedClock(), "fast")
    assert [item.fault.name for item in of(Lost, found)] == ["ended", "not_video", "ended"]
    assert frames(found) == 100


def test_motion_jpeg_in_avi_is_passed_on_as_pictures(tmp_path: Path) -> None:
    """Its pictures stay as they are, with the tables that AVI leaves out."""
    path = tmp_path / "film.avi"
    path.write_bytes(media.stream("avi", codec="mjpeg", frames=20))
    found = replay(path, InventedClock())
    assert connected(found).format is Format.MJPEG
    assert frames(found) == 20


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("path", data.files("video"), ids=lambda path: path.name)
def test_every_video_of_the_data_is_replayed(path: Path) -> None:
    """Real recordings, odd codecs among them, give frames; a text gives a fault."""
    found = replay(path, InventedClock(), "fast")
    if path.suffix in (".avi", ".mp4"):
        assert of(Connected, found)
        assert of(ChunkReady, found)
        assert of(Lost, found)[0].fault.name == "ended"
    else:
        assert of(Lost, found)[0].fault.name == "not_video"


@pytest.mark.parametrize("url", ["file:///nowhere/at/all.mp4", "rtsp://127.0.0.1:9/live"])
def test_what_is_not_there_has_a_name(url: str) -> None:
    """A missing file and a port where nothing listens."""
    clock = InventedClock()
    passing = Passing(clock, random.Random(1), lambda: 1, clock.sleep)
    happenings = watch_blocking(Camera("gate", url), passing)
    lost = next(item for item in happenings if isinstance(item, Lost))
    assert lost.fault.name in ("file_missing", "connection_refused")


def test_a_playlist_in_a_file_opens_nothing(tmp_path: Path) -> None:
    """A file that names other files or addresses is no video here."""
    secret = tmp_path / "secret.ts"
    secret.write_bytes(media.stream("mpegts", frames=10))
    for name, text in (
        ("list.mp4", f"#EXTM3U\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n"),
        ("concat.mp4", f"ffconcat version 1.0\nfile {secret}\n"),
    ):
        path = tmp_path / name
        path.write_text(text)
        assert of(Lost, replay(path, InventedClock()))[0].fault.name == "not_video"
