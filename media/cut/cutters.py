"""Which cutter belongs to which format."""

from media.cut.flv import FlvCutter
from media.cut.fmp4 import Fmp4Cutter
from media.cut.jpeg import JpegCutter
from media.cut.mpegts import MpegTsCutter
from media.cut.multipart import MultipartCutter
from media.cut.pieces import Cutter, Format
from media.cut.sniff import Sniffed


def make_cutter(sniffed: Sniffed) -> Cutter:
    """Return a fresh cutter for a stream of this format."""
    match sniffed.format:
        case Format.MJPEG:
            return MultipartCutter(sniffed.boundary)
        case Format.JPEG:
            return JpegCutter()
        case Format.MPEG_TS:
            return MpegTsCutter()
        case Format.FMP4:
            return Fmp4Cutter()
        case Format.FLV:
            return FlvCutter()
        case Format.HLS:
            raise ValueError("a playlist is not cut: its segments are")
