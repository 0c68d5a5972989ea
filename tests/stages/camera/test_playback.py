"""HLS played over a connection that a test holds."""

import httpx
import pytest

from conf.schema import Camera
from media.cut import hls
from media.cut.pieces import Finding
from stages.camera.faults import CameraFault, Fault
from stages.camera.source.playback import Playback

LIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"


class Connection:
    """Has a list that moves on by one segment with each reading, three times."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def fetch(self, _: httpx.AsyncClient, resource: hls.Resource, bytes_max: int) -> bytes:
        """Note how much may come."""
        self.asked.append((resource.url.rpartition("/")[2], bytes_max))
        number = len(self.asked)
        if number > 5:
            raise CameraFault(Fault("gone", "It is gone."))
        return b"#EXT-X-MEDIA-SEQUENCE:%d\n%da.ts\n".join([LIST, b""]) % (number, number)

    async def feed_segment(self, data: bytes, *, is_continuous: bool) -> None:
        """Take it."""

    async def gap(self) -> None:
        """Take it."""

    async def note(self, finding: Finding) -> None:
        """Take it."""


async def test_a_list_may_hold_no_more_at_later_readings(autojump_clock: object) -> None:
    """A small one first and then one of many megabytes would hold up all other cameras."""
    del autojump_clock
    connection = Connection()
    camera = Camera("gate", "http://camera/live.m3u8")
    async with httpx.AsyncClient() as client:
        playback = Playback(camera, connection, client)
        with pytest.raises(CameraFault):
            await playback.run(LIST + b"0.ts", camera.url)
    lists = [bytes_max for name, bytes_max in connection.asked if name == "live.m3u8"]
    assert len(lists) > 1
    assert set(lists) == {hls.PLAYLIST_BYTES_MAX}
