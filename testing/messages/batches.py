"""Batches as the transcoder makes them."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seda.codec import encode_body
from seda.messages import BatchFacts, Event, FrameFacts, Payload

CHUNK_PICTURES = 10
INTERVAL_S = 0.1


def make_batch(
    camera: str,
    sequence: int,
    jpegs: Sequence[bytes],
    smalls: Sequence[NDArray[np.uint8]] = (),
    epoch: int = 1,
) -> tuple[Event, bytes]:
    """Give a batch's event and the content of its payload."""
    content, frames = bytearray(), []
    for number, jpeg in enumerate(jpegs):
        height_px, width_px = np.asarray(Image.open(io.BytesIO(jpeg))).shape[:2]
        offset = len(content)
        content += jpeg
        small = smalls[number] if smalls else np.empty((0, 0), np.uint8)
        at_s = 1e6 + (sequence * len(jpegs) + number) * INTERVAL_S
        frames.append(
            FrameFacts(
                at_s, width_px, height_px, offset, len(jpeg),
                len(content), small.shape[1], small.shape[0],
            )
        )  # fmt: skip
        content += small.tobytes()
    facts = BatchFacts(camera, epoch, sequence, tuple(frames))
    event = Event(
        f"{camera}-{epoch}-{sequence}",
        "batch",
        camera,
        encode_body(facts),
        (Payload("memory", len(content)),),
    )
    return event, bytes(content)
