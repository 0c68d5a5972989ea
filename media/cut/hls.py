"""Reads HLS playlists (RFC 8216) and says which segments to fetch next.

Live playlists are read again and again; what connects two readings is the media sequence number.
Playback begins close to the live edge, because what an operator sees should be now. A reading that
starts behind what was expected lost segments (a gap); one that starts before what was already
played, or by far behind it, comes from a server that began anew.
"""

import re
from urllib.parse import urljoin

import attrs

from media.cut.pieces import Finding

PLAYLIST_BYTES_MAX = 1024 * 1024
SEGMENTS_MAX = 10_000
"""Many hours of segments; a live playlist has three to ten."""
LINES_MAX = 4 * SEGMENTS_MAX
VARIANTS_MAX = 200
LINE_CHARS_MAX = 4096
"""Signed addresses take one or two thousand."""
BASE_CHARS_MAX = 1024
"""Of the list's own address, which each address in it is joined with."""
_START_SEGMENTS = 2
"""How far from the live edge to begin: the newest may still be being written by cheap servers."""
_ATTRIBUTE = re.compile(r'(?<![A-Z0-9-])([A-Z0-9-]++)=("[^"]*"|[^",]*)')
"""Begun only where a name begins, and never given back: a megabyte of letters is read once."""


@attrs.frozen
class ByteRange:
    """A part of a resource."""

    length_bytes: int
    offset_bytes: int

    @property
    def header(self) -> str:
        """The value of the Range header that asks for it."""
        return f"bytes={self.offset_bytes}-{self.offset_bytes + self.length_bytes - 1}"


@attrs.frozen
class Resource:
    """Something to fetch."""

    url: str
    byte_range: ByteRange | None = None


@attrs.frozen
class Segment:
    """One stretch of video in a playlist."""

    sequence: int
    resource: Resource
    duration_s: float
    is_discontinuous: bool = False
    """Does not continue the segment before."""
    head: Resource | None = None
    """EXT-X-MAP: the init segment that stands before it."""


@attrs.frozen
class Media:
    """A playlist of segments."""

    segments: tuple[Segment, ...]
    target_s: float
    is_ended: bool


@attrs.frozen
class Variant:
    """One of several qualities of the same video."""

    url: str
    bits_per_s: int
    height_px: int | None


@attrs.frozen
class Master:
    """A playlist of variants."""

    variants: tuple[Variant, ...]

    def choose(self, height_px: int = 720) -> Variant:
        """Return the best variant not above this height; unknown heights are taken to fit."""
        fitting = [v for v in self.variants if v.height_px is None or v.height_px <= height_px]
        if fitting:
            return max(fitting, key=lambda variant: variant.bits_per_s)
        return min(self.variants, key=lambda variant: variant.bits_per_s)


@attrs.frozen
class Step:
    """What to fetch after one reading of a live playlist."""

    segments: tuple[Segment, ...]
    missed: int = 0
    """Segments that left the playlist before they were fetched."""
    is_restart: bool = False
    """The server counts anew; nothing continues what came before."""


def read_playlist(text: str, base_url: str) -> Media | Master | Finding:
    """Return what a playlist says, or why it cannot be used."""
    lines = [line.strip() for line in text.splitlines()]
    if not lines or not lines[0].lstrip("\ufeff").startswith("#EXTM3U"):
        return _finding("hls_not_a_playlist", "The camera's answer is not an HLS playlist.")
    base_url = base_url.partition("?")[0].partition("#")[0]
    if excess := _excess(lines, base_url):
        return _finding("hls_too_long", f"The playlist has {excess}.")
    try:
        if any(line.startswith("#EXT-X-STREAM-INF") for line in lines):
            return _read_master(lines, base_url)
        return _MediaReader(base_url).read(lines[1:])
    except ValueError:  # an address that is none, a number of thousands of digits
        words = "The HLS playlist holds an address or a number that cannot be read."
        return _finding("hls_unreadable", words)


def _excess(lines: list[str], base_url: str) -> str:
    """Return what is too much to read while all other cameras wait; empty if nothing is."""
    if len(lines) > LINES_MAX:
        return f"over {LINES_MAX} lines"
    if max(map(len, lines)) > LINE_CHARS_MAX:
        return f"a line of over {LINE_CHARS_MAX} characters"
    if len(base_url) > BASE_CHARS_MAX:
        return f"an address of over {BASE_CHARS_MAX} characters"
    return ""


class Numbers:
    """Numbers segments on where a server forgets to; ffmpeg does when all lie in one file.

    Only byte ranges are compared: other addresses may hold a token that changes with each reading.
    """

    def __init__(self) -> None:
        self._before: Media | None = None
        self._shift = 0

    def correct(self, found: Media) -> Media:
        """Return the playlist with numbers that grow as its segments move on."""
        before, self._before = self._before, found
        if before is not None:
            self._shift = self._shift + moved if (moved := _moved(before, found)) >= 0 else 0
        if not self._shift:
            return found
        numbered = (attrs.evolve(it, sequence=it.sequence + self._shift) for it in found.segments)
        return attrs.evolve(found, segments=tuple(numbered))


def _moved(before: Media, found: Media) -> int:
    """Return by how many segments a list moved on without saying so, -1 if it counts itself."""
    if not before.segments or not found.segments:
        return -1
    first, last = before.segments[0], found.segments[0]
    is_file = last.resource.byte_range and first.resource.url == last.resource.url
    if not is_file or first.sequence != last.sequence:
        return -1
    known = [it.resource for it in before.segments]
    return known.index(last.resource) if last.resource in known else len(known)


def next_segments(playlist: Media, played: int | None) -> Step:
    """Return what to fetch, given the number of the last segment that was played."""
    segments = playlist.segments
    if not segments:
        return Step(())
    if played is None:
        return Step(segments if playlist.is_ended else segments[-_START_SEGMENTS:])
    first, last = segments[0].sequence, segments[-1].sequence
    is_restart = last < played or first > played + SEGMENTS_MAX
    if is_restart:
        return Step(segments[-_START_SEGMENTS:], is_restart=True)
    fresh = tuple(segment for segment in segments if segment.sequence > played)
    return Step(fresh, missed=max(0, first - played - 1))


def wait_s(playlist: Media, *, has_changed: bool) -> float:
    """Return how long to wait before reading again (RFC 8216, 6.3.4)."""
    target_s = min(max(playlist.target_s, 0.5), 30.0)
    return target_s if has_changed else target_s / 2


class _MediaReader:
    """Reads a media playlist line by line; tags apply to the segment whose URI comes next."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._segments: list[Segment] = []
        self._sequence = 0
        self._target_s = 2.0
        self._is_ended = False
        self._is_discontinuous = False
        self._duration_s = 0.0
        self._head: Resource | None = None
        self._range: tuple[int, int | None] | None = None
        self._range_end: dict[str, int] = {}
        self._finding: Finding | None = None

    def read(self, lines: list[str]) -> Media | Finding:
        for line in lines:
            if line.startswith("#"):
                self._take_tag(line)
            elif line:
                self._take_uri(line)
            if self._finding is not None:
                return self._finding
        return Media(tuple(self._segments), self._target_s, self._is_ended)

    def _take_tag(self, line: str) -> None:
        name, _, value = line.partition(":")
        match name:
            case "#EXTINF":
                self._duration_s = _number(value.partition(",")[0])
            case "#EXT-X-MEDIA-SEQUENCE":
                self._sequence = int(_number(value))
            case "#EXT-X-TARGETDURATION":
                self._target_s = _number(value)
            case "#EXT-X-DISCONTINUITY":
                self._is_discontinuous = True
            case "#EXT-X-ENDLIST":
                self._is_ended = True
            case "#EXT-X-BYTERANGE":
                self._range = _range(value)
            case "#EXT-X-MAP":
                self._take_map(_attributes(value))
            case "#EXT-X-KEY":
                self._take_key(_attributes(value))

    def _take_map(self, attributes: dict[str, str]) -> None:
        uri = attributes.get("URI", "")
        length, offset = _range(attributes.get("BYTERANGE", "")) or (0, None)
        byte_range = ByteRange(length, offset or 0) if length else None
        self._head = Resource(urljoin(self._base_url, uri), byte_range)

    def _take_key(self, attributes: dict[str, str]) -> None:
        if attributes.get("METHOD", "NONE") != "NONE":
            self._finding = _finding(
                "hls_encrypted", "The HLS segments are encrypted, which seda cannot read."
            )

    def _take_uri(self, line: str) -> None:
        if len(self._segments) >= SEGMENTS_MAX:
            self._finding = _finding(
                "hls_too_long", f"The playlist has over {SEGMENTS_MAX} segments."
            )
            return
        resource = Resource(urljoin(self._base_url, line), self._byte_range(line))
        sequence = self._sequence + len(self._segments)
        self._segments.append(
            Segment(sequence, resource, self._duration_s, self._is_discontinuous, self._head)
        )
        self._is_discontinuous = False
        self._range = None

    def _byte_range(self, uri: str) -> ByteRange | None:
        """Without an offset a range begins where the last one of the same resource ended."""
        if self._range is None:
            return None
        length, offset = self._range
        begin = self._range_end.get(uri, 0) if offset is None else offset
        self._range_end[uri] = begin + length
        return ByteRange(length, begin)


def _read_master(lines: list[str], base_url: str) -> Master | Finding:
    variants: list[Variant] = []
    attributes: dict[str, str] | None = None
    for line in lines:
        if len(variants) > VARIANTS_MAX:
            break
        if line.startswith("#EXT-X-STREAM-INF:"):
            attributes = _attributes(line.partition(":")[2])
        elif line and not line.startswith("#") and attributes is not None:
            height = attributes.get("RESOLUTION", "").partition("x")[2]
            bits_per_s = int(_number(attributes.get("BANDWIDTH", "0")))
            height_px = int(height) if height.isdecimal() and len(height) < 6 else None
            variants.append(Variant(urljoin(base_url, line), bits_per_s, height_px))
            attributes = None
    if len(variants) > VARIANTS_MAX:
        return _finding("hls_too_long", f"The playlist has over {VARIANTS_MAX} variants.")
    if not variants:
        return _finding("hls_no_variant", "The HLS master playlist names no variant.")
    return Master(tuple(variants))


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def _range(text: str) -> tuple[int, int | None] | None:
    length, _, offset = text.partition("@")
    if not length.isdecimal():
        return None
    return int(length), int(offset) if offset.isdecimal() else None


def _number(text: str) -> float:
    """Return a number of a playlist; anything else, or one beyond reason, counts as 0."""
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{0,9})?)\s*", text, re.ASCII)
    return float(match[1]) if match else 0.0


def _finding(name: str, sentence: str) -> Finding:
    return Finding(name, sentence, is_fatal=True)
