"""`transcode(chunk, plan) -> batch`: the whole of the stage's work, without a socket or a file.

Whatever a camera sends, a batch comes back: with the frames that could be made, and every outcome
counted under a name. What a decoder does beyond raising (crash, hang, take memory) is for the
process around this to bear.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from media.cut.pieces import Format
from media.frames.batch import DECODER_ERRORS, Batch, Tally, Unusable
from stages.transcoder.still import PictureTranscoder
from stages.transcoder.video import VideoTranscoder

if TYPE_CHECKING:
    from media.cut.chunk import ChunkFacts
    from media.frames.plan import Plan


def transcode(
    facts: "ChunkFacts",
    content: bytes | memoryview,
    plan: "Plan",
    now_s: Callable[[], float] = time.process_time,
) -> Batch:
    """Return the frames of a chunk, given its facts and its bytes; its time is the processor's."""
    tally = Tally()
    worker = (
        PictureTranscoder(facts, plan, tally)
        if facts.format is Format.MJPEG
        else VideoTranscoder(facts, plan, tally, now_s)
    )
    try:
        worker.run(content)
    except Unusable as unusable:
        tally.note(unusable)
    except DECODER_ERRORS as error:
        words = f"A chunk was damaged in an unusual way ({type(error).__name__})."
        tally.note(Unusable("decoder_failed", words))
    tally.count("frames", len(worker.frames))
    if not worker.frames:
        tally.count("chunks_without_frames")
    return Batch(
        facts.camera,
        facts.epoch,
        facts.sequence,
        tuple(worker.frames),
        tally.counts,
        tally.sentences,
        tuple(worker.looks),
    )
