"""Where JPEGs end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.cut.jpeg import JpegCutter
from testing import data
from testing.films import media
from testing.needs import needs_data
from tests.media.cut import feeding


@needs_data
def test_every_sound_picture_of_the_data_is_found_whole() -> None:
    """Baseline, progressive, with thumbnails and odd segments: the end is found exactly."""
    for path in data.files("malformed/jpeg/pillow"):
        content = path.read_bytes()
        is_several = b"MPF\0" in content
        if is_several or path.suffix != ".jpg" or not content.endswith(b"\xff\xd9"):
            continue
        cuts = feeding.cut(JpegCutter(), [content, content])
        assert [piece.data for piece in feeding.pieces(cuts)] == [content] * 2, path.name


@needs_data
def test_malformed_pictures_leave_the_cutter_standing() -> None:
    """Whatever a file holds, a picture that follows it is found."""
    good = media.jpeg()
    for path in data.files("malformed/jpeg"):
        content = path.read_bytes()[:200_000]
        cutter = JpegCutter(unit_bytes_max=max(len(content), 64_000) + 1)
        cutter.feed(content)
        cutter.feed(bytes(130_000))  # longer than any segment can claim to be
        assert cutter.held_bytes <= 400_000
        cutter.feed(good)


@pytest.mark.parametrize(
    "filler", [b"\xff", b"\xff\x01", b"\xff\xfe\x00\x00", b"\xff\xc2\x00\x02\xff\xda\x00\x02"]
)
def test_walking_markers_is_bounded(filler: bytes) -> None:
    """Millions of markers cost one search, not a walk through each."""
    cutter = JpegCutter()
    assert cutter.feed(b"\xff\xd8" + filler * 200_000 + b"\xff\xd9")
    assert cutter.held_bytes < 10


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_noise_is_bounded(parts: list[bytes]) -> None:
    """No bytes make the cutter raise or hold more than its bound."""
    cutter = JpegCutter(unit_bytes_max=1000)
    for part in parts:
        cutter.feed(b"\xff\xd8" + part)
        assert cutter.held_bytes <= 1000
    cutter.end()
