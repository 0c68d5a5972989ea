"""What the journal keeps of a frame beside what the policy reads, and words for bands. Pure."""

from functools import lru_cache

import attrs
import msgspec

from seda.decisions import Band
from seda.messages import ScoredFacts
from stages.assignment.happenings import Frame

BORDERS: tuple[tuple[float, Band], ...] = (
    (0.75, "alarming"),
    (0.5, "unusual"),
    (0.25, "noticeable"),
    (0.0, "ordinary"),
)
"""From which threat on a frame is in a band, as the detector has it; what is worst first."""
TOP_THREAT = BORDERS[0][0]
_REMEMBERED = 4096
_ENCODER = msgspec.msgpack.Encoder()


@attrs.frozen
class Kept:
    """Facts for people; carried through the policy unread."""

    facts: ScoredFacts
    sha256: str
    """Of the picture."""


_DECODER = msgspec.msgpack.Decoder(Kept)


def encode_kept(kept: Kept) -> bytes:
    """Write it as a frame's header."""
    return _ENCODER.encode(kept)


def kept_of(frame: Frame) -> Kept:
    """Read a frame's header."""
    return _decode(frame.header)


@lru_cache(_REMEMBERED)
def _decode(header: bytes) -> Kept:
    return _DECODER.decode(header)


def band_of(threat: float) -> Band:
    """Return the word for a threat."""
    return next(band for border, band in BORDERS if threat >= border)
