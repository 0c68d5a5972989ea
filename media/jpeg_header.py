"""Reads what a JPEG says of itself before anything is decoded: its segments, size and price. Pure.

There is one walk over the segments, for everybody who takes pictures from strangers: the
transcoder, the detector and the upload of test frames. A header is believed for nothing but
refusing: 304 bytes can claim 56321x7789 pixels, and a decoder would take memory for them.

**The price.** A progressive picture is sent in scans, each of which visits the blocks of the whole
picture again; 240 kB can hold thousands of them and take a decoder half a minute. Usual encoders
write 6 to 20. So the decoding time is estimated from the blocks and the scans before a decoder has
the file. Scans are counted by the two bytes that begin one, wherever they stand: inside a scan
those bytes are nothing else, so that no decoder, however it skips damage, finds more of them.

The fast decoder, simplejpeg, takes two thirds of Pillow's time, and writes beyond its memory when
it is asked to make a lossless JPEG smaller. So `is_plain` is said of a file alone whose every byte
up to the frame was seen, with nothing skipped: 8 bits, Huffman coded, by discrete cosines.
"""

import re
from collections.abc import Iterator

import attrs

START, END = b"\xff\xd8", b"\xff\xd9"
FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive; what browsers show."""
SCAN = 0xDA
SCANS_MAX = 64
"""Encoders write 20 at most; what a thumbnail or a profile holds by chance counts, too."""
BLOCK_VISIT_S = 120e-9
"""Of one block in one scan, at most: 20 to 120 ns were measured on one core, by content."""
DECODE_MAX_S = 1.0
"""Of one picture: 4096x2304 in 37 scans, four times as many as a usual progressive one has."""
_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_HUFFMAN = 0xC4
_BEFORE_FRAME = frozenset({_HUFFMAN, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})
_PROGRESSIVE = 0xC2
_BLOCK_PX = 8
_SEGMENTS_MAX = 256
_FRAME_BYTES = 8  # before the components
_SCAN_BEGINS = re.compile(rb"\xff\xda")


@attrs.frozen
class Segment:
    """One marker segment: the whole of it is `content[start:end]`."""

    marker: int
    start: int
    body: int
    """Behind the marker and the length."""
    end: int


@attrs.frozen
class Component:
    """How much of a picture one of its components has."""

    across: int
    down: int


@attrs.frozen
class Header:
    """What a JPEG claims to be."""

    kind: int
    """The frame's marker."""
    bits: int
    width_px: int
    height_px: int
    components: tuple[Component, ...]
    scans: int
    """At most; one where a decoder of the usual kind stops behind the first, 0 where none comes."""
    has_tables: bool
    """Brings its Huffman tables; some motion JPEG leaves them out."""
    is_plain: bool
    """As a camera would write it, to the byte."""

    @property
    def pixels(self) -> int:
        """Return the pixels that it claims."""
        return self.width_px * self.height_px

    @property
    def is_shown(self) -> bool:
        """Return whether every browser can show it."""
        return self.kind in FRAMES and self.bits == _BLOCK_PX

    @property
    def decode_s(self) -> float:
        """Return the time that decoding takes at most, about."""
        across = max(part.across for part in self.components)
        down = max(part.down for part in self.components)
        units = -(-self.width_px // (_BLOCK_PX * across)) * -(-self.height_px // (_BLOCK_PX * down))
        blocks = units * sum(part.across * part.down for part in self.components)
        return self.scans * blocks * BLOCK_VISIT_S

    @property
    def is_dear(self) -> bool:
        """Return whether it must not come to a decoder."""
        return self.scans > SCANS_MAX or self.decode_s > DECODE_MAX_S

    @property
    def price(self) -> str:
        """Say in words what is dear about it."""
        size = f"{self.width_px}x{self.height_px} pixels"
        if self.scans > SCANS_MAX:
            return f"{size} in more than {SCANS_MAX} scans"
        return f"{size} in {self.scans} scans, {self.decode_s:.1f} s of decoding"


def walk(content: bytes | memoryview) -> Iterator[Segment]:
    """Yield the segments up to the first scan's header; those of a damaged file end earlier."""
    at = len(START)
    for _ in range(_SEGMENTS_MAX):
        if at + 4 > len(content) or content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        if end < at + 4 or end > len(content):
            return
        yield Segment(marker, at, at + 4, end)
        if marker == SCAN:
            return
        at = end


def read_header(content: bytes | memoryview, *, all_scans: bool = False) -> Header | None:
    """Return the header; None where there is none, or not exactly one, or it says no size.

    `all_scans` counts what follows a first scan that is complete: libjpeg stops there, libav does
    not.
    """
    if bytes(content[: len(START)]) != START:
        return None
    segments = tuple(walk(content))
    frames = [segment for segment in segments if segment.marker in _FRAME_STARTS]
    if len(frames) != 1:
        return None
    frame = frames[0]
    body = bytes(content[frame.body : frame.end])
    parts = _components(body)
    height_px, width_px = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
    if not parts or not height_px * width_px:
        return None
    scans = 0
    if segments[-1].marker == SCAN:
        first = bytes(content[segments[-1].body : segments[-1].end])
        is_complete = frame.marker != _PROGRESSIVE and first[:1] == bytes([len(parts)])
        scans = 1 if is_complete and not all_scans else count_scans(content)
    return Header(
        kind=frame.marker,
        bits=body[0],
        width_px=width_px,
        height_px=height_px,
        components=parts,
        scans=scans,
        has_tables=any(segment.marker == _HUFFMAN for segment in segments),
        is_plain=_is_plain(segments, frame, body),
    )


def count_scans(content: bytes | memoryview) -> int:
    """Return how many scans a decoder can find at most; beyond the limit it is not counted on."""
    found = 0
    for _ in _SCAN_BEGINS.finditer(content):
        found += 1
        if found > SCANS_MAX:
            break
    return found


def _components(body: bytes) -> tuple[Component, ...]:
    """Return the components of a frame; none where it has none, or not what it says."""
    number = body[5] if len(body) >= _FRAME_BYTES - 2 else 0
    if len(body) < _FRAME_BYTES - 2 + 3 * number:
        return ()
    samplings = body[7 : 6 + 3 * number : 3]
    parts = tuple(Component(sampling >> 4, sampling & 0xF) for sampling in samplings)
    return parts if all(1 <= side <= 4 for it in parts for side in (it.across, it.down)) else ()


def _is_plain(segments: tuple[Segment, ...], frame: Segment, body: bytes) -> bool:
    """Return whether nothing was skipped up to the frame, and it is of the ordinary kind."""
    before = segments[: segments.index(frame)]
    starts = [segment.start for segment in (*before, frame)]
    ends = [len(START), *(segment.end for segment in before)]
    return (
        starts == ends
        and all(segment.marker in _BEFORE_FRAME for segment in before)
        and frame.marker in FRAMES
        and body[0] == _BLOCK_PX
        and body[5] in (1, 3)
        and len(body) == _FRAME_BYTES - 2 + 3 * body[5]
    )
