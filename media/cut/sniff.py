"""Tells how a camera's answer is wrapped, from its content type and first bytes.

The bytes decide wherever they can, because content types are set carelessly.
"""

import attrs

from media.cut.multipart import read_boundary
from media.cut.pieces import Finding, Format

ENOUGH_BYTES = 2 * 188 + 1
"""Two packets of MPEG-TS and a byte: the longest sign of any format."""

_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"sidx", b"emsg", b"free", b"prft"})
_TYPES = {
    "video/mp2t": Format.MPEG_TS,
    "video/mp4": Format.FMP4,
    "video/iso.segment": Format.FMP4,
    "video/x-flv": Format.FLV,
    "video/flv": Format.FLV,
    "image/jpeg": Format.JPEG,
    "image/jpg": Format.JPEG,
    "application/vnd.apple.mpegurl": Format.HLS,
    "application/x-mpegurl": Format.HLS,
    "audio/mpegurl": Format.HLS,
    "audio/x-mpegurl": Format.HLS,
    "video/x-motion-jpeg": Format.MJPEG,
    "video/x-jpeg": Format.MJPEG,
}
_OTHERS = (
    (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (b"RIFF", "AVI or WAV"),
    (b"OggS", "Ogg"),
    (b"\x89PNG", "PNG pictures"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP file"),
    (b"{", "JSON"),
    (b"RTSP/", "RTSP"),
)


@attrs.frozen
class Sniffed:
    """What the answer is."""

    format: Format
    boundary: bytes | None = None


def sniff(content_type: str, first: bytes) -> Sniffed | Finding:
    """Return the format, or why this is not video that can be used."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        return Sniffed(Format.MJPEG, read_boundary(content_type))
    found = _by_bytes(first) or _not_video(kind, first) or _TYPES.get(kind)
    if isinstance(found, Finding):
        return found
    if found is Format.JPEG and _TYPES.get(kind) is Format.MJPEG:
        found = Format.MJPEG
    if found is None:
        return Finding(
            "format_unknown",
            f"The camera's answer ({kind or 'without a content type'}) is no video that seda knows;"
            " check the URL, or set the camera's format.",
            is_fatal=True,
        )
    return Sniffed(found)


def _by_bytes(first: bytes) -> Format | None:
    if first.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if first.startswith(b"FLV\x01"):
        return Format.FLV
    if first[4:8] in _BOXES:
        return Format.FMP4
    if first.removeprefix(b"\xef\xbb\xbf").startswith(b"#EXTM3U"):
        return Format.HLS
    if first.lstrip(b"\r\n").startswith(b"--") and b"\n" in first:
        return Format.MJPEG
    is_packet = first[:1] == b"\x47" and (len(first) <= 188 or first[188] == 0x47)
    return Format.MPEG_TS if is_packet else None


def _not_video(kind: str, first: bytes) -> Finding | None:
    text = first.lstrip(b"\xef\xbb\xbf \t\r\n")[:256].lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<script")) or "html" in kind:
        return Finding(
            "web_page",
            "The camera answers with a web page instead of video; the URL is probably that of its"
            " settings or sign-in page. Its manual names the URL of the stream.",
            is_fatal=True,
        )
    for sign, what in _OTHERS:
        if first.startswith(sign):
            return Finding(
                "not_video", f"The camera answers with {what}, which is no stream.", True
            )
    return None
