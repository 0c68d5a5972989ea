"""HLS playlists and what to fetch next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.cut import hls
from media.cut.pieces import Finding

BASE = "http://camera/live/index.m3u8?token=1"


def media(first: int, count: int, *, tail: str = "") -> hls.Media:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    for number in range(first, first + count):
        lines += ["#EXTINF:2.000,", f"seg{number}.ts"]
    found = hls.read_playlist("\n".join([*lines, tail]), BASE)
    assert isinstance(found, hls.Media)
    return found


def test_a_live_playlist_is_read() -> None:
    """Relative names, maps, ranges and discontinuities."""
    text = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:12
#EXT-X-MAP:URI="init.mp4",BYTERANGE="700@0"
#EXTINF:3.9,title, with comma
#EXT-X-BYTERANGE:1000@700
video.mp4
#EXT-X-DISCONTINUITY
#EXTINF:4.0,
#EXT-X-BYTERANGE:500
video.mp4
#EXTINF:4.0,
/other/path.ts
"""
    found = hls.read_playlist(text, BASE)
    assert isinstance(found, hls.Media)
    first, second, third = found.segments
    assert first.resource.url == "http://camera/live/video.mp4"
    assert first.resource.byte_range is not None
    assert first.resource.byte_range.header == "bytes=700-1699"
    assert second.resource.byte_range == hls.ByteRange(500, 1700)
    assert (second.is_discontinuous, third.is_discontinuous) == (True, False)
    assert first.head == hls.Resource("http://camera/live/init.mp4", hls.ByteRange(700, 0))
    assert third.resource == hls.Resource("http://camera/other/path.ts")
    assert [segment.sequence for segment in found.segments] == [12, 13, 14]


def test_a_master_playlist_gives_the_variant_that_fits() -> None:
    """The best one up to 720 lines; the least where all are larger."""
    text = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,CODECS="avc1.4d401e,mp4a.40.2"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2500000,RESOLUTION=1280x720
mid.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=8000000,RESOLUTION=3840x2160
high.m3u8
"""
    found = hls.read_playlist(text, BASE)
    assert isinstance(found, hls.Master)
    assert found.choose().url == "http://camera/live/mid.m3u8"
    assert found.choose(height_px=100).url == "http://camera/live/low.m3u8"


def test_playing_starts_near_the_edge_and_goes_on_from_there() -> None:
    """A live stream is shown as it is now; a recording from its beginning."""
    step = hls.next_segments(media(10, 6), None)
    assert [segment.sequence for segment in step.segments] == [14, 15]
    step = hls.next_segments(media(11, 6), 15)
    assert [segment.sequence for segment in step.segments] == [16]
    recording = hls.next_segments(media(0, 6, tail="#EXT-X-ENDLIST"), None)
    assert len(recording.segments) == 6


def test_missed_segments_are_counted_and_a_restart_is_seen() -> None:
    """Segments that left the list before they were fetched are a gap; lower numbers a restart."""
    assert hls.next_segments(media(20, 3), 15).missed == 4
    assert hls.next_segments(media(0, 3), 15).is_restart
    assert hls.next_segments(media(13, 3), 15) == hls.Step(())


def in_one_file(first: int, count: int, sequence: int = 0) -> hls.Media:
    lines = [
        f"#EXTINF:1,\n#EXT-X-BYTERANGE:10@{10 * it}\na.ts" for it in range(first, first + count)
    ]
    head = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{sequence}\n"
    found = hls.read_playlist(head + "\n".join(lines), BASE)
    assert isinstance(found, hls.Media)
    return found


def test_a_list_that_forgets_to_count_is_counted_on() -> None:
    """Ffmpeg leaves the number at 0 where all segments are ranges of one file."""
    numbers = hls.Numbers()
    firsts = [numbers.correct(in_one_file(at, 3)).segments[0].sequence for at in (0, 0, 2, 3, 50)]
    assert firsts == [0, 0, 2, 3, 6]
    assert numbers.correct(in_one_file(60, 3, sequence=7)).segments[0].sequence == 7


def test_addresses_that_change_with_each_reading_are_no_new_segments() -> None:
    """A token in the address of a segment does not make it another one."""
    numbers = hls.Numbers()
    for token in "ab":
        text = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n0.ts?token={token}"
        found = hls.read_playlist(text, BASE)
        assert isinstance(found, hls.Media)
        assert numbers.correct(found) == found


def test_what_cannot_be_played_gets_a_sentence() -> None:
    """Encrypted, empty and foreign answers are named."""
    texts = {
        "hls_encrypted": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:2,\na.ts',
        "hls_not_a_playlist": "<html>",
        "hls_no_variant": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1",
        "hls_unreadable": "#EXTM3U\n#EXTINF:2,\nhttp://[::1/a.ts",
    }
    for name, text in texts.items():
        found = hls.read_playlist(text, BASE)
        assert isinstance(found, Finding)
        assert (found.name, found.is_fatal) == (name, True)


@pytest.mark.parametrize(
    "text",
    [
        "a.ts\n" * (hls.SEGMENTS_MAX + 1),
        "#\n" * (hls.LINES_MAX + 1),
        "#EXT-X-STREAM-INF:BANDWIDTH=1\na\n" * (hls.VARIANTS_MAX + 1),
        "a" * (hls.LINE_CHARS_MAX + 1),
        f'#EXT-X-MAP:URI="{"A" * hls.LINE_CHARS_MAX}"',
    ],
    ids=["segments", "lines", "variants", "address", "attribute"],
)
def test_what_a_playlist_may_cost_is_bounded(text: str) -> None:
    """All cameras of a process wait while one of them has its list read."""
    found = hls.read_playlist(f"#EXTM3U\n{text}", BASE)
    assert isinstance(found, Finding)
    assert (found.name, found.is_fatal) == ("hls_too_long", True)


def test_a_list_at_an_endless_address_is_not_joined_with_its_lines() -> None:
    """Each address in it would be as long; what the question mark begins is not part of them."""
    for path, is_read in (("a/" * hls.LINE_CHARS_MAX, False), ("?" + "a" * 10_000, True)):
        found = hls.read_playlist("#EXTM3U\na.ts", f"http://camera/{path}")
        assert isinstance(found, hls.Media) == is_read


def test_a_range_without_end_is_named() -> None:
    """A number with more digits than Python reads is the list's fault, not ours."""
    found = hls.read_playlist(f"#EXTM3U\n#EXT-X-BYTERANGE:{'9' * 6000}\na.ts", BASE)
    assert isinstance(found, Finding)
    assert found.name == "hls_too_long"


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    """Whatever a server sends in place of a playlist, there is an answer."""
    found = hls.read_playlist("#EXTM3U\n" + text, BASE)
    if isinstance(found, hls.Media):
        hls.next_segments(found, 3)
        assert 0 < hls.wait_s(found, has_changed=True) <= 30


@pytest.mark.parametrize("tag", ["#EXT-X-MAP:", "#EXT-X-KEY:", "#EXT-X-STREAM-INF:"])
@pytest.mark.parametrize("filler", ["A", "A=", 'A="', "A,", '"', "A-"])
def test_a_megabyte_of_attributes_is_read_once(tag: str, filler: str) -> None:
    """Not again from each of its letters, which would take an hour and all other cameras along."""
    text = "#EXTM3U\n" + tag + filler * (hls.PLAYLIST_BYTES_MAX // len(filler) - 20)
    hls.read_playlist(text, BASE)
