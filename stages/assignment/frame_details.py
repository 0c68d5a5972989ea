"""What the journal keeps of a frame beside what the policy reads. Pure."""

from functools import lru_cache

import attrs
import msgspec

from seda.messages import ScoredFacts
from stages.assignment.policy.happenings import Frame

_REMEMBERED = 4096
_ENCODER = msgspec.msgpack.Encoder()


@attrs.frozen
class FrameDetails:
    """Facts for people; carried through the policy unread."""

    facts: ScoredFacts
    sha256: str
    """Of the picture."""


_DECODER = msgspec.msgpack.Decoder(FrameDetails)


def encode_details(details: FrameDetails) -> bytes:
    """Write it as a frame's header."""
    return _ENCODER.encode(details)


def details_of(frame: Frame) -> FrameDetails:
    """Read a frame's header."""
    return _decode(frame.header)


@lru_cache(_REMEMBERED)
def _decode(header: bytes) -> FrameDetails:
    return _DECODER.decode(header)
