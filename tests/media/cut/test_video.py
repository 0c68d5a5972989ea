"""MPEG-TS, fragmented MP4 and FLV: pieces that decode, wherever packets are cut."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.cut import keyframes
from media.cut.flv import FlvCutter
from media.cut.fmp4 import Fmp4Cutter
from media.cut.mpegts import PACKET_BYTES, MpegTsCutter
from media.cut.pieces import Cutter, Piece
from testing import data
from testing.films import media
from testing.needs import needs_data
from tests.media.cut import feeding

CUTTERS: dict[str, Callable[..., Cutter]] = {
    "mpegts": MpegTsCutter,
    "fmp4": Fmp4Cutter,
    "flv": FlvCutter,
}
COMBINATIONS = [
    ("mpegts", "libx264"),
    ("mpegts", "libx265"),
    ("mpegts", "mpeg4"),
    ("mpegts", "mpeg2video"),
    ("fmp4", "libx264"),
    ("fmp4", "libx265"),
    ("fmp4", "mpeg4"),
    ("flv", "libx264"),
    ("flv", "libx265"),
    ("flv", "flv"),
]


@pytest.mark.parametrize(("form", "codec"), COMBINATIONS)
def test_each_group_decodes_on_its_own(form: str, codec: str) -> None:
    """From any keyframe on, the head and the pieces decode to every frame (R19)."""
    cuts = feeding.every_way(CUTTERS[form], media.stream(form, codec=codec))
    assert feeding.names(cuts) == []
    (head,) = feeding.heads(cuts)
    pieces = feeding.pieces(cuts)
    keys = [number for number, piece in enumerate(pieces) if piece.is_key]
    assert len(keys) == 2
    second = head.data + b"".join(piece.data for piece in pieces[keys[1] :])
    assert media.decodable_frames(second, form) == 25
    times = [piece.stream_s for piece in pieces]
    assert times[keys[1]] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("form", list(CUTTERS))
@settings(max_examples=25)
@given(places=st.lists(st.integers(0, 30_000), max_size=10), begin=st.integers(0, 3000))
def test_borders_and_a_late_start_break_nothing(form: str, places: list[int], begin: int) -> None:
    """Packets end anywhere, and a stream may be entered anywhere (R18)."""
    stream = media.stream(form, frames=30, keyframe_every=10)
    whole = feeding.cut(CUTTERS[form](), [stream])
    assert feeding.cut(CUTTERS[form](), feeding.split(stream, places)) == whole
    entered = feeding.cut(CUTTERS[form](), [stream[begin:]])
    assert len(feeding.pieces(entered)) <= len(feeding.pieces(whole))


def test_keyframes_are_found_without_the_indicator() -> None:
    """Cheap encoders never set the random access indicator; the codec's own bytes tell."""
    packets = bytearray(media.stream("mpegts", frames=20, keyframe_every=10))
    for at in range(0, len(packets), PACKET_BYTES):
        if packets[at + 3] & 0x20 and packets[at + 4]:
            packets[at + 5] &= ~0x40 & 0xFF
    pieces = feeding.pieces(feeding.cut(MpegTsCutter(), [bytes(packets)]))
    assert [number for number, piece in enumerate(pieces) if piece.is_key] == [0, 10]


def test_lost_packets_cost_no_more_than_themselves() -> None:
    """Junk between packets is named and the stream goes on."""
    stream = media.stream("mpegts")
    at = PACKET_BYTES * 20
    cuts = feeding.every_way(MpegTsCutter, stream[:at] + b"\x00junk\x47" * 7 + stream[at:])
    assert "ts_sync_lost" in feeding.names(cuts)
    assert len(feeding.pieces(cuts)) == 50


def test_transport_stream_without_tables_ends_with_a_sentence() -> None:
    """Endless packets without a programme are given up, bounded."""
    cutter = MpegTsCutter()
    packets = (b"\x47\x1f\xff\x10" + bytes(184)) * 500
    found = [name for _ in range(60) for name in feeding.names(cutter.feed(packets))]
    assert found == ["no_video"]
    assert cutter.held_bytes < PACKET_BYTES


def test_scrambled_video_is_named() -> None:
    """Encrypted packets end with a sentence instead of grey pictures."""
    packets = bytearray(media.stream("mpegts", frames=5))
    for at in range(0, len(packets), PACKET_BYTES):
        if int.from_bytes(packets[at + 1 : at + 3]) & 0x1FFF == 0x100:
            packets[at + 3] |= 0x80
    assert feeding.names(feeding.cut(MpegTsCutter(), [bytes(packets)])) == ["encrypted"]


@pytest.mark.parametrize("form", list(CUTTERS))
def test_units_are_bounded(form: str) -> None:
    """A unit over its bound is passed over and named, and little is held."""
    cutter = CUTTERS[form](unit_bytes_max=400)
    cuts = [item for part in _parts(media.stream(form)) for item in cutter.feed(part)]
    assert "unit_too_large" in feeding.names(cuts)
    assert cutter.held_bytes < 2000


def test_a_recording_is_told_from_a_stream() -> None:
    """MP4 that is not fragmented ends with a sentence that says what to do."""
    cuts = feeding.cut(Fmp4Cutter(), [media.stream("mp4")])
    assert feeding.names(cuts) == ["mp4_not_fragmented"]


def test_a_recording_is_told_by_its_first_bytes() -> None:
    """Nobody waits for gigabytes of pictures to hear that their table only follows them."""
    start = media.stream("mp4")[:64]
    assert b"mdat" in start
    assert feeding.names(Fmp4Cutter().feed(start)) == ["mp4_not_fragmented"]


def test_fragments_before_their_head_are_passed_over() -> None:
    """Who joins a stream in its middle sees it from the next head on."""
    stream = media.stream("fmp4")
    fragments = stream[stream.index(b"moof") - 4 :]
    cuts = feeding.cut(Fmp4Cutter(), [fragments, stream])
    assert "mp4_not_fragmented" not in feeding.names(cuts)
    assert any(isinstance(item, Piece) for item in cuts)


@pytest.mark.parametrize(
    ("test", "key", "other"),
    [
        (keyframes.is_h264_key, b"\0\0\1\x09\xf0\0\0\1\x65", b"\0\0\1\x09\xf0\0\0\1\x41"),
        (keyframes.is_h265_key, b"\0\0\1\x46\1\0\0\1\x26\1", b"\0\0\1\x46\1\0\0\1\x02\1"),
        (keyframes.is_mpeg4_key, b"\0\0\1\xb6\x10", b"\0\0\1\xb6\x50"),
        (keyframes.is_mpeg2_key, b"\0\0\1\0\0\x08", b"\0\0\1\0\0\x10"),
    ],
)
def test_first_bytes_tell_keyframes(
    test: Callable[[bytes], bool | None], key: bytes, other: bytes
) -> None:
    """Key, not key, and not enough bytes to say."""
    assert test(key) is True
    assert test(other) is False
    assert test(key[:-2]) is None


@needs_data
@pytest.mark.parametrize("form", list(CUTTERS))
def test_malformed_files_never_raise(form: str) -> None:
    """Every malformed file, whole and in odd steps, leaves the cutter standing and small."""
    for path in data.files("malformed/video"):
        content = path.read_bytes()[: 256 * 1024]
        for step in (len(content) or 1, 997):
            cutter = CUTTERS[form]()
            for at in range(0, len(content), step):
                cutter.feed(content[at : at + step])
            assert cutter.held_bytes <= len(content)
            cutter.end()


def _parts(stream: bytes) -> list[bytes]:
    return feeding.split(stream, range(0, len(stream), 300))
