"""The demo over real HTTP on loopback: every format is fetched and decoded (R17, R18, R20)."""

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import islice
from pathlib import Path

import av
import httpx
import pytest
import trio

from scripts.demo.cameras import PASSWORD, USERNAME, DemoCamera
from scripts.demo.encode import Piece
from scripts.demo.faults import plan_faults
from scripts.demo.feed import WATCHER_PIECES, Clock, Feed
from scripts.demo.run import Settings, run
from testing.faults.disks import fill, small_disk
from testing.films.small import HEIGHT_PX, SMALL, WIDTH_PX
from testing.waiting import PATIENCE_S


@asynccontextmanager
async def served(
    *names: str, begin_at_s: float = 0.0, truth: Path | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve some cameras and give a client of them."""
    cameras: Sequence[DemoCamera] = [SMALL[name] for name in names]
    async with trio.open_nursery() as nursery:
        port = await nursery.start(run, Settings(cameras, 0, begin_at_s=begin_at_s, truth=truth))
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=PATIENCE_S, trust_env=False) as client:
            yield client
        nursery.cancel_scope.cancel()


async def read_some(client: httpx.AsyncClient, path: str, size_bytes: int) -> tuple[str, bytes]:
    """Read the beginning of an endless answer, in a thread.

    An httpx.AsyncClient leaves its inner generators to the garbage collector when a reader stops
    half way, which trio rightly warns about.
    """

    def read() -> tuple[str, bytes]:
        data = b""
        with (
            httpx.Client(base_url=client.base_url, timeout=PATIENCE_S, trust_env=False) as reader,
            reader.stream("GET", path, auth=(USERNAME, PASSWORD)) as answer,
        ):
            assert answer.status_code == 200
            for part in answer.iter_bytes():
                data += part
                if len(data) > size_bytes:
                    break
            return answer.headers["content-type"], data

    return await trio.to_thread.run_sync(read)


def decoded(data: bytes) -> list[av.VideoFrame]:
    """Decode all the pictures in some bytes, the last perhaps cut."""
    frames: list[av.VideoFrame] = []
    with av.open(io.BytesIO(data), "r") as container, suppress(av.error.InvalidDataError):
        frames.extend(container.decode(video=0))
    return frames


def count_packets(data: bytes) -> int:
    """Count the coded pictures in some bytes."""
    with av.open(io.BytesIO(data), "r") as container:
        return sum(packet.size > 0 for packet in container.demux(video=0))


@pytest.mark.parametrize("name", ["street", "perimeter", "loading-dock"])
def test_video_streams_decode(name: str) -> None:
    """MPEG-TS, fragmented MP4 and FLV arrive as video of the camera's size (R17)."""

    async def main() -> None:
        async with served(name) as client:
            _, data = await read_some(client, SMALL[name].path, 90_000)
        frames = decoded(data)
        assert len(frames) >= 3
        assert (frames[0].width, frames[0].height) == (WIDTH_PX, HEIGHT_PX)

    trio.run(main)


@pytest.mark.parametrize(("name", "is_sized"), [("car-park", True), ("gate", False)])
def test_mjpeg_parts_are_whole_pictures(name: str, is_sized: bool) -> None:  # noqa: FBT001 - a case
    """Multipart JPEG comes with and without Content-Length; every part decodes."""

    async def main() -> None:
        async with served(name) as client:
            kind, data = await read_some(client, SMALL[name].path, 60_000)
        boundary = kind.partition("boundary=")[2].strip('"').encode()
        parts = data.split(b"--" + boundary + b"\r\n")[1:-1]
        assert len(parts) >= 2
        for part in parts:
            head, _, body = part.partition(b"\r\n\r\n")
            assert (b"Content-Length" in head) == is_sized
            picture = body.removesuffix(b"\r\n")
            if is_sized:
                assert f"Content-Length: {len(picture)}".encode() in head
            assert decoded(picture)[0].width == WIDTH_PX

    trio.run(main)


def test_a_snapshot_is_not_sent_twice() -> None:
    """A conditional request for the picture at hand is answered with 304."""

    async def main() -> None:
        async with served("corridor") as client:
            path = SMALL["corridor"].path
            first = await client.get(path)
            again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
            later = await client.get(
                path, headers={"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
            )
            head = await client.head(path)
        assert decoded(first.content)[0].width == WIDTH_PX
        assert "last-modified" in first.headers
        assert (again.status_code == 304 and not again.content) or again.headers[
            "etag"
        ] != first.headers["etag"]
        assert later.status_code == 200
        assert head.status_code == 200
        assert not head.content

    trio.run(main)


def test_hls_lists_segments_that_decode() -> None:
    """A live playlist names segments beside it; a segment that is gone is a 404."""

    async def main() -> None:
        async with served("walkway") as client:
            playlist = (await client.get("/walkway/index.m3u8")).text
            names = [line for line in playlist.splitlines() if not line.startswith("#")]
            segment = await client.get(f"/walkway/{names[-1]}")
            gone = await client.get("/walkway/99999.ts")
        assert playlist.startswith("#EXTM3U")
        assert "#EXT-X-ENDLIST" not in playlist
        # How many there are depends on how many of its pictures this machine has time for.
        assert len(decoded(segment.content)) == count_packets(segment.content) > 1
        assert gone.status_code == 404

    trio.run(main)


def test_one_camera_asks_for_a_password() -> None:
    """Without it, or with another, there is no picture."""

    async def main() -> None:
        async with served("gate") as client:
            without = await client.get("/gate.mjpg")
            wrong = await client.get("/gate.mjpg", auth=(USERNAME, "another"))
        assert without.status_code == wrong.status_code == 401
        assert without.headers["www-authenticate"].startswith("Basic")

    trio.run(main)


def test_other_addresses_and_methods_are_refused() -> None:
    """There is nothing else to find, and the list says what there is."""

    async def main() -> None:
        async with served("corridor") as client:
            assert (await client.get("/etc/passwd")).status_code == 404
            assert (await client.post("/corridor.jpg")).status_code == 405
            assert "/corridor.jpg" in (await client.get("/")).text
            assert '"kind":"begin"' in (await client.get("/truth.jsonl")).text

    trio.run(main)


def test_a_dropping_camera_hangs_up() -> None:
    """During a planned drop every connection ends without an answer."""
    first_drops = islice(plan_faults("loading-dock", "drop", 1), 50)
    drop = max(first_drops, key=lambda it: it.end_s - it.start_s)

    async def main() -> None:
        async with served("loading-dock", begin_at_s=drop.start_s + 0.1) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/loading-dock.flv")

    trio.run(main)


def test_a_frozen_camera_repeats_its_picture() -> None:
    """During a planned freeze the renderer's picture stays as it was."""
    freeze = next(plan_faults("gate", "freeze", 1))

    async def main() -> None:
        clock = Clock(trio.current_time(), 1e9)
        feed = Feed(SMALL["gate"], clock, 1, incidents=False)
        feed._make(freeze.start_s - 0.5, None)
        before = feed._renderer.last_frame
        feed._make(freeze.start_s + 0.5, None)
        assert feed._renderer.last_frame is before
        feed._make(freeze.end_s + 0.5, None)
        assert feed._renderer.last_frame is not before

    trio.run(main)


def test_a_watcher_that_does_not_read_is_dropped_and_others_are_not() -> None:
    """A slow client ends; who reads gets every piece."""

    async def main() -> None:
        feed = Feed(SMALL["street"], Clock(trio.current_time(), 1e9), 1, incidents=False)
        with feed.watched() as slow, feed.watched() as quick:
            for number in range(WATCHER_PIECES + 1):
                await feed._publish(Piece(b"x", starts=True, at_s=float(number)))
                assert (await quick.receive()).at_s == number
            assert len(feed._watchers) == 1
            assert len([piece async for piece in slow]) == WATCHER_PIECES

    trio.run(main)


def test_a_full_disk_ends_no_camera(tmp_path: Path) -> None:
    """The truth is written as far as it can be; the cameras go on."""

    async def main() -> None:
        async with served("corridor", truth=tmp_path / "truth.jsonl") as client:
            assert "/corridor.jpg" in (await client.get("/")).text

    with small_disk(tmp_path):
        fill(tmp_path)
        trio.run(main)
