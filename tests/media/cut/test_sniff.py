"""What an answer is, from its type and first bytes."""

import pytest

from media.cut.pieces import Finding, Format
from media.cut.sniff import Sniffed, sniff
from testing.films import media


@pytest.mark.parametrize(
    ("content_type", "first", "form"),
    [
        ("multipart/x-mixed-replace;boundary=b", b"--b\r\n", Format.MJPEG),
        ("text/plain", b"--b\r\nContent-Type: image/jpeg", Format.MJPEG),
        ("application/octet-stream", media.jpeg(), Format.JPEG),
        ("video/x-motion-jpeg", media.jpeg(), Format.MJPEG),
        ("text/html", media.stream("mpegts", frames=5), Format.MPEG_TS),
        ("", media.stream("flv", frames=5), Format.FLV),
        ("video/mp2t", media.stream("fmp4", frames=5), Format.FMP4),
        ("text/plain", b"#EXTM3U\n", Format.HLS),
        ("application/vnd.apple.mpegurl", b"", Format.HLS),
    ],
)
def test_formats_are_told_apart(content_type: str, first: bytes, form: Format) -> None:
    """The bytes decide; the type helps where they do not."""
    found = sniff(content_type, first)
    assert isinstance(found, Sniffed)
    assert found.format is form


@pytest.mark.parametrize(
    ("content_type", "first", "name"),
    [
        ("text/html; charset=utf-8", b"  hello", "web_page"),
        ("image/jpeg", b"\n<!DOCTYPE html>", "web_page"),
        ("application/json", b'{"error": 1}', "not_video"),
        ("video/webm", b"\x1a\x45\xdf\xa3", "not_video"),
        ("application/octet-stream", b"whatever", "format_unknown"),
        ("", b"", "format_unknown"),
    ],
)
def test_what_is_no_video_gets_a_sentence(content_type: str, first: bytes, name: str) -> None:
    """A web page and its like are named, fatal for the connection."""
    found = sniff(content_type, first)
    assert isinstance(found, Finding)
    assert (found.name, found.is_fatal) == (name, True)
