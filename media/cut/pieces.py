"""What cutters give: pieces, heads, gaps and findings. No parsing lives here.

A cutter is fed whatever arrived and returns what became complete by it. It holds at most one
unfinished unit, whose size is bounded, and never raises on what a camera sends: what is wrong comes
out as a finding, in order, between the pieces.
"""

from enum import StrEnum
from typing import Protocol, TypeAlias

import attrs

UNIT_BYTES_MAX = 8 * 1024 * 1024
"""One picture, access unit or fragment. A 4K intra frame is 3 MB, 2 s of 16 Mbit/s are 4 MB."""


class Format(StrEnum):
    """How a camera's video is wrapped."""

    MJPEG = "mjpeg"
    JPEG = "jpeg"
    MPEG_TS = "mpegts"
    FMP4 = "fmp4"
    FLV = "flv"
    HLS = "hls"


_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), 8232, 8233), "?")


def plain(words: str) -> str:
    """Return words without what a terminal takes for commands: part of them are a camera's."""
    return words.translate(_CONTROLS)


@attrs.frozen
class Piece:
    """The least that a chunk is made of: a picture, an access unit or a fragment."""

    data: bytes
    is_key: bool
    """Decoding can start here, given the head."""
    stream_s: float | None = None
    """The stream's own time, unwrapped; only differences mean anything."""
    stamp_s: float | None = None
    """Wall time of capture as the camera wrote it beside the picture, unchecked."""


@attrs.frozen
class Head:
    """What has to stand in front of the pieces that follow, so that they decode on their own."""

    data: bytes


@attrs.frozen
class Gap:
    """What follows does not continue what came before."""


@attrs.frozen
class Finding:
    """Something in the stream to count under a name, and, if it is wrong, a sentence to act on."""

    name: str
    sentence: str = attrs.field(converter=plain)
    """Empty where nobody has to act."""
    is_fatal: bool = False
    """Nothing more will come of this connection."""
    count: int = 1


Cut: TypeAlias = Piece | Head | Gap | Finding


class Cutter(Protocol):
    """The shape of every cutter."""

    def feed(self, data: bytes | memoryview) -> list[Cut]:
        """Return what became complete by these bytes, which are copied: they may change later."""

    def end(self) -> list[Cut]:
        """Return what the stream's end completes."""

    @property
    def held_bytes(self) -> int:
        """Bytes kept until something becomes complete."""

    @property
    def lacks_bytes(self) -> int:
        """Bytes without which surely nothing becomes complete; 1 where that is not known."""
