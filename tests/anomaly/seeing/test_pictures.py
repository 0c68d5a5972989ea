"""Whatever a camera calls a JPEG becomes a small picture or a clear error."""

import numpy as np
import pytest

from anomaly.seeing.pictures import CELL_PX, PictureError, shrink_picture, small_size
from testing.data import DATA
from tests.anomaly.street import draw_ground, encode_jpeg


@pytest.mark.parametrize("size", [(360, 240), (1280, 720), (240, 360), (1, 1), (4000, 10)])
def test_any_size_becomes_whole_cells(size: tuple[int, int]) -> None:
    """The small picture's sides are multiples of a cell, whatever the camera sends."""
    width, height = small_size(*size)
    assert width % CELL_PX == 0
    assert height % CELL_PX == 0
    assert width * height <= 25_000


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_grey_colour_and_cmyk(mode: str) -> None:
    """The three kinds of JPEG give nearly the same small picture."""
    ground = draw_ground().repeat(2, 0).repeat(2, 1)
    small = shrink_picture(encode_jpeg(ground, mode, quality=95))
    assert small.shape == (120, 180)
    assert np.abs(small.astype(int) - draw_ground()).mean() < 4


def test_one_pixel_picture() -> None:
    """A picture of one pixel is small, not a crash."""
    small = shrink_picture(encode_jpeg(np.full((1, 1), 77, np.uint8)))
    assert abs(int(small.mean()) - 77) < 3


def test_truncated_jpeg_is_named() -> None:
    """Half a JPEG is an error, never half a picture."""
    content = encode_jpeg(draw_ground())
    with pytest.raises(PictureError, match=r"damaged|not a JPEG"):
        shrink_picture(content[: len(content) // 2])


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"GIF89a" + bytes(100), bytes(1000)])
def test_other_bytes_are_refused(content: bytes) -> None:
    """What is no JPEG is refused."""
    with pytest.raises(PictureError, match="not a JPEG"):
        shrink_picture(content)


def test_small_pictures_must_be_grey_bytes() -> None:
    """An array of another kind is refused with what it is."""
    with pytest.raises(PictureError, match="float64"):
        shrink_picture(np.zeros((4, 4)))  # type: ignore[arg-type]  # that is the test


def test_malformed_files_never_crash() -> None:
    """Every malformed JPEG at hand gives a picture or a PictureError, nothing else."""
    folder = DATA / "malformed" / "jpeg"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set SEDA_DATA to test with malformed files")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    refused = 0
    for path in files:
        try:
            assert shrink_picture(path.read_bytes()).size
        except PictureError:
            refused += 1
    assert 0 < refused <= len(files)
