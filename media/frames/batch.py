"""What the transcoder gives: frames, and what it found."""

from collections.abc import Mapping

import attrs
import av.error

from seda.messages import Look

DECODER_ERRORS = (
    av.error.FFmpegError,
    OSError,
    ArithmeticError,
    BufferError,
    LookupError,
    MemoryError,
    ValueError,
)
"""What the Python faces of libav and Pillow raise on damaged input. Not only errors of their own
kind: a stream that appears in the middle of a container is an IndexError."""


class Unusable(Exception):
    """A picture or chunk that cannot be used: a name to count under, a sentence to act on."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.sentence = sentence


@attrs.frozen
class Small:
    """The grey picture for the detector, rows from the top."""

    width_px: int
    height_px: int
    grey: bytes


@attrs.frozen
class Frame:
    """One frame of a batch."""

    jpeg: bytes | memoryview
    width_px: int
    height_px: int
    captured_s: float
    """Wall time; strictly increasing within a batch."""
    small: Small | None = None
    """None for MJPEG, which passes undecoded."""
    offset: int | None = None
    """Where the JPEG lies in the chunk, if it is the chunk's own, untouched."""
    decode_s: float = 0.0
    """What decoding the JPEG takes at most, about; nobody has to where there is a small picture."""


@attrs.frozen
class Batch:
    """The frames of a chunk, and everything that was odd on the way."""

    camera: str
    epoch: int
    sequence: int
    frames: tuple[Frame, ...]
    counts: Mapping[str, int]
    """Outcomes by name; `frames` and `not_planned` among them."""
    sentences: Mapping[str, str]
    """What an operator should know, by the name it is counted under."""
    looks: tuple[Look, ...] = ()
    """Facts about the picture for `live`: one for each chunk or two seconds."""


class Tally:
    """Collects outcomes while a chunk is transcoded."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.sentences: dict[str, str] = {}

    def count(self, name: str, number: int = 1) -> None:
        """Count an outcome that needs no words."""
        self.counts[name] = self.counts.get(name, 0) + number

    def note(self, unusable: Unusable) -> None:
        """Count an outcome that somebody should read about."""
        self.count(unusable.name)
        self.sentences.setdefault(unusable.name, unusable.sentence)
