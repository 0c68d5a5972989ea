"""One connection over HTTP, whatever the camera answers with: a stream, snapshots, or HLS."""

from collections.abc import AsyncIterator

import httpx
import trio

from conf.addresses import split_credentials
from conf.schema import Camera
from media.cut import hls
from media.cut.pieces import UNIT_BYTES_MAX, Finding, Format
from media.cut.sniff import ENOUGH_BYTES, Sniffed, sniff
from media.cut.stamps import read_http_date
from stages.camera.faults import CameraFault, Fault, of_finding
from stages.camera.origins import may_lead
from stages.camera.source.assembly import Assembly
from stages.camera.source.client import (
    AutomaticAuth,
    Reader,
    body,
    make_client,
    origin,
    request,
)
from stages.camera.source.errors import faults
from stages.camera.source.happenings import ChunkReady, Clock, Connected, Emit, Noted
from stages.camera.source.intake import Intake
from stages.camera.source.patience import Patience, Watchdog, silent, too_slow
from stages.camera.source.playback import Playback
from stages.camera.source.settings import chunk_rules


class Connection:
    """One try: from the request to whatever ends it. `run` returns or raises CameraFault."""

    def __init__(
        self, camera: Camera, epoch: int, clock: Clock, emit: Emit, intake: Intake
    ) -> None:
        self._camera = camera
        self._epoch = epoch
        self._clock = clock
        self._emit = emit
        self._intake = intake
        self._url = split_credentials(camera.url).url
        self._assembly: Assembly | None = None
        self.live_since_s: float | None = None
        """Monotonic time of the first bytes of video."""

    async def run(self) -> None:
        """Follow the camera until the connection ends."""
        with faults(self._camera):
            async with make_client(self._camera) as client:
                try:
                    await self._follow(client)
                finally:
                    await self._end()

    async def _follow(self, client: httpx.AsyncClient) -> None:
        validators: dict[str, str] = {}
        picture = b""
        async with (
            request(client, self._camera, self._url) as response,
            body(response) as parts,
        ):
            reader = Reader(response, parts, self._intake)
            first = await self._first_bytes(reader)
            sniffed = self._sniff(response, first)
            await self._announce(client, response, sniffed)
            if sniffed.format is Format.HLS:
                text = await self._read_on(reader, first, hls.PLAYLIST_BYTES_MAX)
            elif sniffed.format is Format.JPEG:
                picture = await self._read_on(reader, first, UNIT_BYTES_MAX)
                await self._feed_whole(picture)
                validators = _validators(response)
            else:
                await self._stream(reader, first)
                return
        if sniffed.format is Format.JPEG:
            await self._poll(client, picture, validators)
        else:
            await Playback(self._camera, self, client).run(text, str(response.url))

    async def _first_bytes(self, reader: Reader) -> bytes:
        """Return enough to tell the format, or what there is."""
        first = b""
        limit_s = self._camera.timeouts.answer_s
        with trio.move_on_after(limit_s) as patience:
            while part := await reader.read():
                first += part
                if len(first) >= ENOUGH_BYTES or first.startswith(b"--"):
                    break
        if patience.cancelled_caught:
            raise CameraFault(too_slow(len(first), limit_s))
        if not first:
            raise CameraFault(Fault("empty_answer", "The camera's answer is empty.", "busy"))
        return first

    def _sniff(self, response: httpx.Response, first: bytes) -> Sniffed:
        if response.headers.get("content-encoding", "identity") != "identity":
            words = "The camera compresses its answer, though it was asked not to."
            raise CameraFault(Fault("compressed", words, "address"))
        content_type = response.headers.get("content-type", "")
        found = sniff(content_type, first)
        if self._camera.format is not None:
            boundary = found.boundary if isinstance(found, Sniffed) else None
            return Sniffed(Format(self._camera.format), boundary)
        if isinstance(found, Finding):
            raise CameraFault(of_finding(found))
        return found

    async def _announce(
        self, client: httpx.AsyncClient, response: httpx.Response, sniffed: Sniffed
    ) -> None:
        self.live_since_s = self._clock.monotonic_s()
        date = read_http_date(response.headers.get("date", "").encode("latin-1", "replace"))
        offset_s = None if date is None else date - self._clock.wall_s()
        scheme = client.auth.scheme if isinstance(client.auth, AutomaticAuth) else "none"
        if sniffed.format is not Format.HLS:
            self.begin(sniffed)
        await self._emit(Connected(self._epoch, sniffed.format, scheme, offset_s))

    def begin(self, sniffed: Sniffed) -> None:
        """Make ready for bytes of this format."""
        self._assembly = Assembly(
            self._camera.name, self._epoch, sniffed, chunk_rules(self._camera)
        )

    async def _stream(self, reader: Reader, first: bytes) -> None:
        """Feed what comes until nothing does any more."""
        watchdog = Watchdog(self._camera.timeouts.piece_s, self._clock.monotonic_s())
        silence_s = self._camera.timeouts.silence_s
        part: bytes | memoryview | None = first
        while part:
            # One scope whose deadline moves: a scope for each read would cost as much as the read.
            with trio.CancelScope() as silence:
                await self._follow_on(reader, part, watchdog, Patience(silence, silence_s))
                return
            part = reader.read_nowait()  # less than was waited for is no silence
        raise CameraFault(silent(silence_s))

    async def _follow_on(
        self,
        reader: Reader,
        part: bytes | memoryview,
        watchdog: Watchdog,
        patience: Patience,
    ) -> None:
        assembly = self._ready
        while part:
            now_s = self._clock.monotonic_s()
            if found := assembly.feed(part, now_s, self._clock.wall_s()):
                patience.suspend()
                await self._emit_all(found)
            watchdog.check(assembly.pieces, now_s)
            patience.renew()
            part = await reader.read(assembly.lacks_bytes, assembly.spare_s)

    @property
    def _ready(self) -> Assembly:
        assert self._assembly is not None  # noqa: S101 - made before anything is fed
        return self._assembly

    async def _feed(self, data: bytes) -> None:
        now_s, wall_s = self._clock.monotonic_s(), self._clock.wall_s()
        await self._emit_all(self._ready.feed(data, now_s, wall_s))

    async def _feed_whole(self, picture: bytes) -> None:
        now_s, wall_s = self._clock.monotonic_s(), self._clock.wall_s()
        await self._emit_all(self._ready.feed_whole(picture, now_s, wall_s))

    async def feed_segment(self, data: bytes, *, is_continuous: bool) -> None:
        """Feed an HLS segment, whole."""
        if not is_continuous:
            await self.gap()
        if self._assembly is None:
            found = sniff("", data)
            if isinstance(found, Finding):
                raise CameraFault(of_finding(found))
            self.begin(found)
        await self._feed(data)

    async def gap(self) -> None:
        """Say that what follows does not continue."""
        if self._assembly is not None:
            now_s, wall_s = self._clock.monotonic_s(), self._clock.wall_s()
            await self._emit_all(self._assembly.gap(now_s, wall_s))

    async def note(self, finding: Finding) -> None:
        """Pass a finding on."""
        await self._emit(Noted(finding))

    async def _emit_all(self, happenings: list[ChunkReady | Noted]) -> None:
        for happening in happenings:
            await self._emit(happening)

    async def _end(self) -> None:
        """Give the last chunk away."""
        if self._assembly is None:
            return
        now_s, wall_s = self._clock.monotonic_s(), self._clock.wall_s()
        try:
            rest = self._assembly.end(now_s, wall_s)
        except CameraFault:
            return  # whatever ended the connection says more than its last bytes
        await self._emit_all(rest)

    async def _poll(
        self, client: httpx.AsyncClient, picture: bytes, validators: dict[str, str]
    ) -> None:
        """Ask for a picture each period; one that did not change is not sent again (304).

        It is given on all the same: that is what the camera shows now, and for long means frozen.
        """
        due_s = trio.current_time()
        while True:
            due_s = max(due_s + self._camera.snapshot_every_s, trio.current_time())
            await trio.sleep_until(due_s)
            async with request(client, self._camera, self._url, validators) as response:
                if response.status_code == httpx.codes.NOT_MODIFIED:
                    await self.note(Finding("not_modified", ""))
                else:
                    async with body(response) as parts:
                        picture = await self._rest(response, parts, UNIT_BYTES_MAX)
                    self._sniff(response, picture[:ENOUGH_BYTES])  # its sign-in page, by now
                    validators = _validators(response)
                await self._feed_whole(picture)

    async def _rest(
        self, response: httpx.Response, parts: AsyncIterator[bytes], bytes_max: int
    ) -> bytes:
        return await self._read_on(Reader(response, parts, self._intake), b"", bytes_max)

    async def _read_on(self, reader: Reader, first: bytes, bytes_max: int) -> bytes:
        """Return a whole body, bounded in bytes and in time."""
        whole = bytearray(first)
        with trio.fail_after(self._camera.timeouts.piece_s):
            while part := await reader.read():
                whole += part
                if len(whole) > bytes_max:
                    words = f"The camera's answer is larger than {bytes_max // 2**20} MB."
                    raise CameraFault(Fault("answer_too_large", words, "address"))
        return bytes(whole)

    async def fetch(
        self, client: httpx.AsyncClient, resource: hls.Resource, bytes_max: int
    ) -> bytes:
        """Return a resource of the camera itself, whole."""
        there = origin(httpx.URL(resource.url))
        if not may_lead(origin(httpx.URL(self._url)), there):
            words = f"The HLS playlist names segments elsewhere ({there})."
            raise CameraFault(Fault("hls_elsewhere", words, "address"))
        headers = {"Range": resource.byte_range.header} if resource.byte_range else {}
        async with (
            request(client, self._camera, resource.url, headers) as response,
            body(response) as parts,
        ):
            return await self._rest(response, parts, bytes_max)


def _validators(response: httpx.Response) -> dict[str, str]:
    """Return the headers that ask for the picture only if it changed."""
    pairs = (("if-none-match", "etag"), ("if-modified-since", "last-modified"))
    headers = response.headers
    return {asked: headers[given] for asked, given in pairs if given in headers}
