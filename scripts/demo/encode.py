"""Turning frames into what cameras send: JPEG files and H.264 in four containers.

One encoder feeds every client of a camera. It gives pieces; a piece that starts is one at which a
client may begin to read, after the header.
"""

import io
from fractions import Fraction
from typing import Any, cast

import attrs
import av
from PIL import Image

from scripts.demo.cameras import Format
from scripts.demo.renderer.paint import Bytes

KEYFRAME_EVERY_S = 1.5
TICKS_PER_S = 90_000
JPEG_QUALITY = 72
X264 = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "crf": "27",
    "threads": "1",
    "sc_threshold": "0",
}
CONTAINERS: dict[Format, tuple[str, dict[str, str]]] = {
    "mpegts": ("mpegts", {"mpegts_flags": "+pat_pmt_at_frames"}),
    "hls": ("mpegts", {"mpegts_flags": "+pat_pmt_at_frames"}),
    "fmp4": ("mp4", {"movflags": "+frag_keyframe+empty_moov+default_base_moof"}),
    "flv": ("flv", {"flvflags": "+no_duration_filesize"}),
}


@attrs.frozen
class Piece:
    """Some bytes of a stream, and the stream time of the frame that completed them."""

    data: bytes
    starts: bool
    at_s: float


def encode_jpeg(frame: Bytes) -> bytes:
    """Compress a frame as JPEG."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


class _Sink:
    """A file that can only be written to, as a socket: muxers then never seek back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


class VideoEncoder:
    """Encodes the frames of one camera into one container, from its first frame on."""

    def __init__(self, form: Format, size_px: tuple[int, int], rate_per_s: float) -> None:
        name, options = CONTAINERS[form]
        self._sink = _Sink()
        self._whole_fragments = form == "fmp4"
        self._container = av.open(
            cast("Any", self._sink),
            "w",
            format=name,
            options={"flush_packets": "1"},
            container_options=options,
        )
        rate = Fraction(rate_per_s).limit_denominator(100)
        self._stream = self._container.add_stream("libx264", rate=rate, options=dict(X264))
        self._stream.width, self._stream.height = size_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        self._stream.codec_context.gop_size = max(round(rate_per_s * KEYFRAME_EVERY_S), 1)
        self._stream.codec_context.open()
        self._container.start_encoding()
        self.header = self._sink.take()
        self._first_s: float | None = None

    def encode(self, frame: Bytes, at_s: float) -> Piece | None:
        """Encode one frame; none where the container still gathers."""
        if self._first_s is None:
            self._first_s = at_s
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="yuv420p")
        picture.pts = round((at_s - self._first_s) * TICKS_PER_S)
        picture.time_base = Fraction(1, TICKS_PER_S)
        starts = False
        for packet in self._stream.encode(picture):
            starts = starts or packet.is_keyframe
            self._container.mux(packet)
        data = self._sink.take()
        return Piece(data, starts or self._whole_fragments, at_s) if data else None

    def close(self) -> None:
        """Let go of the codec; what it still held is lost, as when a camera is unplugged."""
        self._container.close()
        self._sink.take()
