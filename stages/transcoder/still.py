"""Chunks of pictures (MJPEG, snapshots): they pass undecoded, once their headers were looked at.

Only what would be seen is touched: a picture with privacy polygons has to be decoded and made
again; and one picture in two seconds is decoded small, to see whether the camera is frozen or dark.
"""

import io
import warnings
from typing import TYPE_CHECKING

import attrs
import av
import numpy as np
from PIL import Image

from media.frames.batch import DECODER_ERRORS, Frame, Tally, Unusable
from media.frames.finish import Finisher
from media.frames.jpeg_check import check_jpeg
from media.jpeg_header import END, Header
from media.look import LOOK_EVERY_S, look_at
from seda.messages import Look
from stages.transcoder.picks import pick

if TYPE_CHECKING:
    from media.cut.chunk import ChunkFacts, PictureSpan
    from media.frames.plan import Plan

_DRAFT_SIZE = (320, 180)
_LEAST_STEP_S = 0.001
_END_BYTES = 64
"""Some cameras fill up behind the end."""


class PictureTranscoder:
    """Passes the pictures of one chunk on."""

    def __init__(self, facts: "ChunkFacts", plan: "Plan", tally: Tally) -> None:
        self._facts = facts
        self._plan = plan
        self._tally = tally
        self._left_s = plan.limits.decode_s
        self.frames: list[Frame] = []
        self.looks: list[Look] = []

    def run(self, content: bytes | memoryview) -> None:
        """Fill `frames` and `looks`."""
        view = memoryview(content)
        marks = self._facts.marks
        picked = pick([mark.captured_s for mark in marks], self._plan.rate_per_s)
        self._tally.count("not_planned", len(marks) - len(picked))
        limit = self._plan.limits.frames_max
        for index in picked[:limit]:
            mark = marks[index]
            try:
                self._pass(view[mark.offset_bytes : mark.offset_bytes + mark.size_bytes], mark)
            except Unusable as unusable:
                self._tally.note(unusable)
        if len(picked) > limit:
            self._tally.count("frames_over_limit", len(picked) - limit)

    def _pass(self, jpeg: memoryview, mark: "PictureSpan") -> None:
        # libav decodes whatever scans follow a complete one; nobody else does.
        all_scans = bool(self._plan.privacy)
        header = check_jpeg(jpeg, self._plan.limits.pixels_max, all_scans=all_scans)
        self._spend(header)
        if not header.has_tables:
            raise Unusable(
                "jpeg_without_tables",
                "The camera sends pictures without Huffman tables, which browsers cannot show.",
            )
        captured_s = self._captured_s(mark)
        if self._plan.privacy:
            frame = self._hide(jpeg, captured_s)
        else:
            frame = self._as_it_is(jpeg, header, captured_s, mark.offset_bytes)
        if not self.looks or captured_s - self.looks[-1].captured_s >= LOOK_EVERY_S:
            self._look(frame)
        self.frames.append(attrs.evolve(frame, decode_s=header.decode_s))

    def _spend(self, header: Header) -> None:
        """Take the price of a picture from what a chunk may cost; a first one always passes."""
        if self.frames and header.decode_s > self._left_s:
            raise Unusable(
                "chunk_too_dear",
                f"A chunk's pictures take over {self._plan.limits.decode_s:g} s to decode"
                f" ({header.price} each), so that some are left out; choose baseline JPEG or a"
                " lower resolution in the camera.",
            )
        self._left_s -= header.decode_s

    def _as_it_is(self, jpeg: memoryview, header: Header, captured_s: float, offset: int) -> Frame:
        if END in bytes(jpeg[-_END_BYTES:]):
            return Frame(jpeg, header.width_px, header.height_px, captured_s, offset=offset)
        self._tally.count("jpeg_truncated")
        return Frame(bytes(jpeg) + END, header.width_px, header.height_px, captured_s)

    def _hide(self, jpeg: memoryview, captured_s: float) -> Frame:
        """Decode, black out, and encode again: there is no other way to hide a part."""
        decoder = av.CodecContext.create("mjpeg", "r")
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(self._plan.limits.pixels_max)}
        try:
            frames = [*decoder.decode(av.Packet(bytes(jpeg))), *decoder.decode(None)]
        except DECODER_ERRORS as error:
            raise _undecodable() from error
        if not frames:
            raise _undecodable()
        return Finisher(self._plan, None).finish(frames[0], captured_s)[0]

    def _look(self, frame: Frame) -> None:
        """Decode small, which leaves out most of the work; it also shows that decoding works."""
        try:
            with (
                warnings.catch_warnings(action="ignore"),  # of metadata, which nobody reads here
                Image.open(io.BytesIO(frame.jpeg), formats=("JPEG",)) as image,
            ):
                image.draft("L", _DRAFT_SIZE)
                luma = np.asarray(image.convert("L"))
        except (*DECODER_ERRORS, SyntaxError, Image.DecompressionBombError) as error:
            raise _undecodable() from error
        self.looks.append(look_at(luma, frame.captured_s))

    def _captured_s(self, mark: "PictureSpan") -> float:
        if self.frames and mark.captured_s <= self.frames[-1].captured_s:
            self._tally.count("time_repaired")
            return self.frames[-1].captured_s + _LEAST_STEP_S
        return mark.captured_s


def _undecodable() -> Unusable:
    return Unusable("jpeg_damaged", "A damaged picture that cannot be decoded was left out.")
