"""Plays HLS over a connection: which segments come next, and what is done about those that went."""

from typing import Protocol

import httpx
import trio

from conf.schema import Camera
from media.cut import hls
from media.cut.pieces import UNIT_BYTES_MAX, Finding
from stages.camera.faults import CameraFault, Fault, of_finding
from stages.camera.source.patience import silent

MISSED = "hls_segments_missed"


class Connection(Protocol):
    """Where segments come from and go to."""

    async def fetch(
        self, client: httpx.AsyncClient, resource: hls.Resource, bytes_max: int
    ) -> bytes:
        """Return the whole of what is at an address."""

    async def feed_segment(self, data: bytes, *, is_continuous: bool) -> None:
        """Take the bytes of a segment."""

    async def gap(self) -> None:
        """Take in that something is missing here."""

    async def note(self, finding: Finding) -> None:
        """Tell people of something."""


class Playback:
    """Plays an HLS playlist: reads it again and again and feeds what is new."""

    def __init__(self, camera: Camera, connection: Connection, client: httpx.AsyncClient) -> None:
        self._camera = camera
        self._connection = connection
        self._client = client
        self._numbers = hls.Numbers()
        self._played: int | None = None
        self._head: hls.Resource | None = None
        self._url = ""

    async def run(self, text: bytes, url: str) -> None:
        """Play until the list ends or nothing new comes for too long."""
        self._url = url
        playlist = await self._choose(self._parse(text))
        changed_s = trio.current_time()
        while True:
            step = hls.next_segments(playlist, self._played)
            if step.segments:
                changed_s = trio.current_time()
                await self._play(step)
            if playlist.is_ended:
                return
            limit_s = self._camera.timeouts.silence_s + 3 * playlist.target_s
            if trio.current_time() - changed_s > limit_s:
                raise CameraFault(silent(limit_s))
            await trio.sleep(hls.wait_s(playlist, has_changed=bool(step.segments)))
            playlist = self._media(self._parse(await self._fetch_list()))

    def _parse(self, text: bytes) -> hls.Media | hls.Master:
        found = hls.read_playlist(text.decode("utf-8", "replace"), self._url)
        if isinstance(found, Finding):
            raise CameraFault(of_finding(found))
        return found

    async def _choose(self, found: hls.Media | hls.Master) -> hls.Media:
        if isinstance(found, hls.Master):
            self._url = found.choose(self._camera.height_px).url
            found = self._parse(await self._fetch_list())
        return self._media(found)

    def _media(self, found: hls.Media | hls.Master) -> hls.Media:
        if isinstance(found, hls.Master):
            words = "An HLS variant leads to another list of variants."
            raise CameraFault(Fault("hls_nested", words, "address"))
        return self._numbers.correct(found)

    async def _play(self, step: hls.Step) -> None:
        is_continuous = not step.missed and not step.is_restart
        if step.missed:
            words = "HLS segments were gone before they could be fetched; is the network too slow?"
            await self._connection.note(Finding(MISSED, words, count=step.missed))
        for segment in step.segments:
            try:
                head = await self._new_head(segment)
                data = await self._fetch(segment.resource)
            except CameraFault as lost:
                if lost.fault.name != "not_found":
                    raise
                await self._pass_over(segment)
                continue
            is_continuous &= not segment.is_discontinuous
            await self._connection.feed_segment(head + data, is_continuous=is_continuous)
            is_continuous = True
            self._played = segment.sequence

    async def _new_head(self, segment: hls.Segment) -> bytes:
        if segment.head is None or segment.head == self._head:
            return b""
        head = await self._fetch(segment.head)
        self._head = segment.head
        return head

    async def _pass_over(self, segment: hls.Segment) -> None:
        """Start afresh behind a segment that is gone."""
        words = "An HLS segment that the list names is gone; seda starts afresh behind it."
        await self._connection.note(Finding(MISSED, words))
        await self._connection.gap()
        self._head = None
        self._played = segment.sequence

    async def _fetch_list(self) -> bytes:
        """Fetch no more than the first reading may have: all cameras wait while it is read."""
        list_ = hls.Resource(self._url)
        return await self._connection.fetch(self._client, list_, hls.PLAYLIST_BYTES_MAX)

    async def _fetch(self, resource: hls.Resource) -> bytes:
        return await self._connection.fetch(self._client, resource, 2 * UNIT_BYTES_MAX)
