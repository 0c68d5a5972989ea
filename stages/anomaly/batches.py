"""From a batch event to what the detector takes: pictures as views of the batch's payload. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from anomaly.types import Batch, Picture
from seda.messages import BatchFacts, FrameFacts

if TYPE_CHECKING:
    from anomaly.types import Bytes


class BatchError(ValueError):
    """A batch whose facts do not fit its payload: whoever made it is wrong."""


def read_batch(facts: BatchFacts, content: memoryview, born_s: float) -> Batch:
    """Return the pictures that the detector sees; a file that is played was born never."""
    pictures = tuple(_pictures(facts, content))
    return Batch(facts.camera, facts.epoch, facts.sequence, pictures, born_s or None)


def jpeg_of(facts: BatchFacts, index: int, content: memoryview) -> memoryview:
    """Return the JPEG of one frame, as people see it."""
    frame = facts.frames[index]
    return _part(facts, content, frame.offset, frame.size_bytes)


def _pictures(facts: BatchFacts, content: memoryview) -> Iterator[Picture]:
    for index, frame in enumerate(facts.frames):
        jpeg = jpeg_of(facts, index, content)
        if frame.small_width_px > 0 and frame.small_height_px > 0:
            yield Picture(frame.captured_s, _small(facts, frame, content), jpeg)
        else:
            yield Picture(frame.captured_s, bytes(jpeg))


def _small(facts: BatchFacts, frame: FrameFacts, content: memoryview) -> "Bytes":
    size_bytes = frame.small_width_px * frame.small_height_px
    grey = _part(facts, content, frame.small_offset, size_bytes)
    return np.frombuffer(grey, np.uint8).reshape(frame.small_height_px, frame.small_width_px)


def _part(facts: BatchFacts, content: memoryview, offset: int, size_bytes: int) -> memoryview:
    if offset < 0 or size_bytes <= 0 or offset + size_bytes > content.nbytes:
        raise BatchError(
            f'camera "{facts.camera}", chunk {facts.epoch}/{facts.sequence}: a picture of'
            f" {size_bytes} bytes at {offset} is not within the payload of {content.nbytes}"
        )
    return content[offset : offset + size_bytes]
