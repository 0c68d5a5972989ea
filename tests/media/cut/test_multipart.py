"""MJPEG over multipart, as cameras really send it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.cut.multipart import MultipartCutter, read_boundary
from media.cut.pieces import Finding, Piece
from stages.camera.faults import Fault
from testing.films.media import jpeg
from tests.media.cut import feeding

PICTURES = [jpeg(number, 48, 32) for number in range(3)]


def multipart(
    pictures: list[bytes], delimiter: bytes = b"--frame", *, has_length: bool = True
) -> bytes:
    out = b""
    for picture in pictures:
        length = b"Content-Length: %d\r\n" % len(picture) if has_length else b""
        out += delimiter + b"\r\nContent-Type: image/jpeg\r\n" + length + b"\r\n"
        out += picture + b"\r\n"
    return out


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;boundary="frame"', b"frame"),
        ("multipart/x-mixed-replace; BOUNDARY='--frame' ; x=y", b"--frame"),
        ("multipart/x-mixed-replace; boundary=", None),
        ("multipart/x-mixed-replace", None),
    ],
)
def test_boundary_is_read_however_it_is_quoted(content_type: str, boundary: bytes | None) -> None:
    """Any quoting of the boundary is understood."""
    assert read_boundary(content_type) == boundary


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("declared", [b"frame", b"--frame", b"other", None])
def test_pictures_come_out_whatever_the_header_declared(
    declared: bytes | None,
    has_length: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """The boundary is the one in the stream, with and without Content-Length (R18)."""
    data = multipart(PICTURES, has_length=has_length)
    cuts = feeding.every_way(lambda: MultipartCutter(declared), data)
    assert [piece.data for piece in feeding.pieces(cuts)] == PICTURES
    assert feeding.names(cuts) == []


def test_a_first_read_may_hold_more_than_any_preamble() -> None:
    """Whole pictures may have come before the first look; only what precedes a boundary counts."""
    picture = PICTURES[0][:-2] + bytes(100_000) + PICTURES[0][-2:]
    cuts = MultipartCutter(None).feed(multipart([picture, picture]))
    assert [piece.data for piece in feeding.pieces(cuts)] == [picture, picture]


def test_what_a_part_lacks_is_known_from_its_length() -> None:
    """Nothing can become complete before so much has come: a reader may wait for it."""
    data = multipart(PICTURES)
    for at in range(len(data)):
        cutter = MultipartCutter(None)
        before = len(feeding.pieces(cutter.feed(data[:at])))
        lacking = cutter.lacks_bytes - 1
        assert len(feeding.pieces(cutter.feed(data[at : at + lacking]))) == 0, (at, before)
    begun = MultipartCutter(None)
    begun.feed(data[: data.index(PICTURES[0]) + 10])
    assert begun.lacks_bytes == len(PICTURES[0]) - 10


def test_boundary_without_dashes_is_accepted_when_declared() -> None:
    """Some cameras forget the dashes altogether."""
    cuts = feeding.every_way(lambda: MultipartCutter(b"cam"), multipart(PICTURES, b"cam"))
    assert [piece.data for piece in feeding.pieces(cuts)] == PICTURES


@pytest.mark.parametrize("has_length", [True, False])
def test_a_picture_is_there_with_its_last_byte(has_length: bool) -> None:  # noqa: FBT001
    """No picture waits for the boundary in front of the next one."""
    data = multipart(PICTURES[:1], has_length=has_length).removesuffix(b"\r\n")
    assert feeding.names(MultipartCutter(b"frame").feed(data)) == []
    assert len(feeding.pieces(MultipartCutter(b"frame").feed(data))) == 1
    assert feeding.pieces(MultipartCutter(b"frame").feed(data[:-1])) == []


def test_multipart_without_any_boundary_is_cut_by_pictures() -> None:
    """Pictures that follow each other bare are found, and the oddity is named."""
    cuts = feeding.every_way(MultipartCutter, b"".join(PICTURES))
    assert [piece.data for piece in feeding.pieces(cuts)] == PICTURES
    assert feeding.names(cuts) == ["boundary_missing"]


def test_a_thumbnail_does_not_end_a_picture() -> None:
    """An end marker inside a segment is not the picture's end."""
    thumbnail = PICTURES[0]
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2) + thumbnail
    picture = PICTURES[1][:2] + segment + PICTURES[1][2:]
    cuts = feeding.every_way(MultipartCutter, multipart([picture] * 2, has_length=False))
    assert [piece.data for piece in feeding.pieces(cuts)] == [picture] * 2


def test_false_lengths_lose_no_picture() -> None:
    """A camera that states wrong lengths is seen all the same, and it is counted."""
    data = multipart(PICTURES).replace(b"Content-Length: ", b"Content-Length: 1")
    short = multipart(PICTURES).replace(
        b"Content-Length: %d" % len(PICTURES[1]), b"Content-Length: %d" % (len(PICTURES[1]) - 9)
    )
    cuts = feeding.every_way(MultipartCutter, short)
    assert PICTURES[1] in [piece.data for piece in feeding.pieces(cuts)]
    assert "part_length_wrong" in feeding.names(cuts)
    assert feeding.cut(MultipartCutter(), [data])  # longer than true: waits, and never crashes


def test_parts_that_are_not_jpeg_are_named() -> None:
    """Text and sound between the pictures are passed over."""
    text = b"--frame\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello\r\n"
    bare = b"--frame\r\nContent-Type: audio/basic\r\n\r\n\x00\x01\x02\r\n"
    data = multipart(PICTURES[:1]) + text + bare + multipart(PICTURES[1:])
    cuts = feeding.every_way(MultipartCutter, data)
    assert [piece.data for piece in feeding.pieces(cuts)] == PICTURES
    assert feeding.names(cuts) == ["part_not_jpeg"] * 2


@pytest.mark.parametrize("claim", [b"1073741824", b"99999999999999999999999"])
def test_a_part_of_a_gigabyte_is_bounded(claim: bytes) -> None:
    """What a part claims is never waited for beyond the bound, and the next picture is seen."""
    cutter = MultipartCutter(b"frame", unit_bytes_max=20_000)
    start = b"--frame\r\nContent-Length: " + claim + b"\r\n\r\n\xff\xd8"
    findings = feeding.names(cutter.feed(start))
    for _ in range(50):
        findings += feeding.names(cutter.feed(b"\xff\xe1\xff\xff" + b"x" * 4000))
        assert cutter.held_bytes < 30_000
    assert "unit_too_large" in findings
    cuts = cutter.feed(b"\r\n" + multipart(PICTURES[:1]))
    assert [piece.data for piece in feeding.pieces(cuts)] == PICTURES[:1]


def test_headers_that_do_not_end_are_bounded() -> None:
    """Endless part headers are given up and named."""
    cutter = MultipartCutter(b"frame")
    cuts = cutter.feed(b"--frame\r\n" + b"X-Thing: value\r\n" * 1000)
    assert feeding.names(cuts) == ["part_headers_too_long"]
    assert cutter.held_bytes < 10_000
    assert feeding.pieces(cutter.feed(multipart(PICTURES[:1])))


def test_no_boundary_and_no_picture_is_fatal() -> None:
    """An endless answer that only claims to be multipart ends with a sentence."""
    cutter = MultipartCutter(b"frame")
    cuts = [item for _ in range(100) for item in cutter.feed(b"hello there " * 100)]
    assert feeding.names(cuts) == ["boundary_not_found"]
    assert cutter.held_bytes == 0


def test_capture_time_is_read_from_the_part() -> None:
    """X-Timestamp and Date headers give the wall time of capture (R19)."""
    stamped = b"--f\r\nX-Timestamp: 1700000000.25\r\n\r\n" + PICTURES[0] + b"\r\n"
    dated = b"--f\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\n" + PICTURES[0] + b"\r\n"
    odd = b"--f\r\nX-Timestamp: yesterday\r\n\r\n" + PICTURES[0] + b"\r\n"
    cuts = feeding.every_way(MultipartCutter, stamped + dated + odd)
    stamps = [piece.stamp_s for piece in feeding.pieces(cuts)]
    assert stamps == [1700000000.25, 1700000000.0, None]


def test_a_picture_cut_off_by_the_end_is_kept_and_named() -> None:
    """What came of the last picture before the connection ended is not lost in silence."""
    data = multipart(PICTURES[:2]).removesuffix(b"\r\n")[:-40]
    cuts = feeding.every_way(MultipartCutter, data)
    assert feeding.names(cuts) == ["jpeg_truncated"]
    assert len(feeding.pieces(cuts)) == 2


@given(st.binary(max_size=600), st.lists(st.integers(0, 2000), max_size=8))
def test_whatever_comes_before_pictures_are_found_again(junk: bytes, places: list[int]) -> None:
    """Arbitrary bytes between parts and arbitrary packet borders break nothing (R18)."""
    data = multipart(PICTURES[:2]) + junk + b"\r\n" + multipart(PICTURES[2:] * 2)
    cuts = feeding.cut(MultipartCutter(b"frame"), feeding.split(data, places))
    found = [piece.data for piece in feeding.pieces(cuts)]
    assert found[:2] == PICTURES[:2]
    assert found[-1] == PICTURES[2]


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_noise_is_bounded_and_never_raises(parts: list[bytes]) -> None:
    """No bytes make the cutter raise or hold more than its bound."""
    cutter = MultipartCutter(None, unit_bytes_max=500)
    for part in parts:
        assert all(isinstance(item, Piece) or item for item in cutter.feed(b"--a\n" + part))
        assert cutter.held_bytes < 70_000
    cutter.end()


class Counting(bytearray):
    """Counts the bytes that it is searched for."""

    searched_bytes = 0

    def find(self, needle: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]  # the two that are used
        """Search as ever."""
        until = len(self) if end is None else min(end, len(self))
        found = super().find(needle, start, until)
        self.searched_bytes += (found if found >= 0 else until) - start
        return found


def test_boundary_lines_that_do_not_end_are_searched_once() -> None:
    """Not to the end of all that came for each of them, which would hold up other cameras."""
    cutter = MultipartCutter()
    cutter.feed(b"--b\r\n")
    buffer = cutter._buffer = Counting()
    content = b"--b" * 20_000
    cutter.feed(content)
    assert buffer.searched_bytes < 200 * len(content)


def test_what_a_camera_says_of_itself_commands_no_terminal() -> None:
    """Words end up in logs, tables and terminals of people."""
    stream = (
        b"--x\r\nContent-Type: a\x1b]0;b\x07\x9b31m\r\nContent-Length: 4\r\n\r\nabcd\r\n--x\r\n"
    )
    cutter = MultipartCutter(b"--x")
    words = [it.sentence for it in cutter.feed(stream) + cutter.end() if isinstance(it, Finding)]
    words.append(Fault("any", "The answer is \x1b[2J.").sentence)
    assert any("a?]0;b" in it for it in words)
    assert all(it.isprintable() for it in words)
