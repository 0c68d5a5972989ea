"""Which JPEGs of a camera pass."""

import contextlib
import io
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media.frames.batch import Unusable
from media.frames.jpeg_check import check_jpeg
from testing import data
from testing.films import media
from testing.needs import needs_data

LIMIT = 10_000_000


@needs_data
def test_dimensions_agree_with_a_decoder() -> None:
    """Whatever Pillow opens and a browser shows is read with the same size."""
    agreed = 0
    for path in data.files("malformed/jpeg/pillow", "malformed/jpeg/corkami"):
        content = path.read_bytes()
        try:
            header = check_jpeg(content, LIMIT)
            with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content)) as image:
                assert (header.width_px, header.height_px) == image.size, path.name
        except (Unusable, OSError, SyntaxError):
            continue
        agreed += 1
    assert agreed > 10


def test_what_browsers_cannot_show_is_refused() -> None:
    """Lossless and arithmetic JPEG have a name of their own."""
    for marker in (b"\xff\xc3", b"\xff\xc9"):
        with pytest.raises(Unusable) as refused:
            check_jpeg(media.jpeg().replace(b"\xff\xc0", marker, 1), LIMIT)
        assert refused.value.name == "jpeg_kind_unsupported"


def test_what_takes_too_long_to_decode_is_refused_in_words() -> None:
    """Thousands of scans are named, with the size and what to do (R24)."""
    with pytest.raises(Unusable, match="160x96 pixels in more than 64 scans") as refused:
        check_jpeg(media.scan_bomb(2000), LIMIT)
    assert refused.value.name == "picture_too_dear"
    assert "choose baseline JPEG" in refused.value.sentence


@given(st.binary(max_size=400), st.integers(0, 300))
def test_any_bytes_are_read_or_refused(junk: bytes, at: int) -> None:
    """Nothing but Unusable is raised."""
    for content in (junk, b"\xff\xd8" + junk, media.jpeg(0, 16, 16)[:at] + junk):
        header = None
        with contextlib.suppress(Unusable):
            header = check_jpeg(content, LIMIT)
        assert header is None or 0 < header.width_px * header.height_px <= LIMIT
