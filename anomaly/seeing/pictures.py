"""From a JPEG, or an already small grey picture, to the small picture that the detector sees."""

import io
import math
import warnings

import numpy as np
from PIL import Image

from anomaly.seeing.jpeg import decode_grey
from anomaly.types import Bytes
from media.jpeg_header import Header, read_header

SMALL_AREA_PX = 180 * 120  # people of 8 to 34 px height can be told apart at this size
CELL_PX = 4
CONTRAST = 32.0  # grey levels that count as one, as in the network
LARGEST_AREA_PX = 64_000_000  # a file of 300 bytes can claim three gigapixels
_LONGEST_RATIO = 8.0
_BLANK_LEVELS = 1.5  # deviation: less is a sensor's noise, or not even that


class PictureError(Exception):
    """A picture that cannot be used."""


def shrink_picture(content: bytes | Bytes) -> Bytes:
    """Return the small grey picture; its sides are multiples of a cell."""
    if not isinstance(content, bytes):
        _check_grey(content)
        return _fit(content, small_size(content.shape[1], content.shape[0]))
    header = _check(content)
    whole = header.width_px, header.height_px
    size = small_size(*whole)
    if header.is_plain:
        decoded = decode_grey(content, _least(whole, size))
        if decoded is not None:
            return _fit(decoded, size)
    image = open_jpeg(content)
    return _fit(np.asarray(_decode(image, size)), size)


def enlarge_picture(content: bytes | Bytes) -> Bytes:
    """Return the grey picture in as much detail as things are looked at closely.

    It is as large as it is, or two to four times as wide as the small picture.
    """
    if not isinstance(content, bytes):
        return content
    header = _check(content)
    whole = header.width_px, header.height_px
    width, height = small_size(*whole)
    size = min(whole[0], 2 * width), min(whole[1], 2 * height)
    if header.is_plain:
        decoded = decode_grey(content, _least(whole, size))
        if decoded is not None:
            return decoded
    return np.asarray(_decode(open_jpeg(content), size))


def is_blank(picture: Bytes) -> bool:
    """Say whether a picture shows nothing at all: it is of one grey, but for noise."""
    return float(picture[::3, ::3].std()) < _BLANK_LEVELS  # a ninth of the pixels says as well


def _least(whole: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Return the smallest eighth, quarter, half or whole of a picture that is large enough."""
    share = min(whole[0] // size[0], whole[1] // size[1])
    factor = next(factor for factor in (8, 4, 2, 1) if factor <= max(1, share))
    return -(-whole[0] // factor), -(-whole[1] // factor)


def _fit(picture: Bytes, size: tuple[int, int]) -> Bytes:
    if size == (picture.shape[1], picture.shape[0]):
        return picture
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def small_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Return width and height of the small picture for one of this size."""
    ratio = min(max(width_px / height_px, 1 / _LONGEST_RATIO), _LONGEST_RATIO)
    width = math.sqrt(SMALL_AREA_PX * ratio)
    return _whole_cells(width), _whole_cells(width / ratio)


def _whole_cells(side: float) -> int:
    return max(1, round(side / CELL_PX)) * CELL_PX


def open_jpeg(content: bytes) -> Image.Image:
    """Read the header alone; refuse what would take too long to decode, or too much memory."""
    _check(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata, and of sizes that were checked
            return Image.open(io.BytesIO(content), formats=["JPEG"])
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError(f"not a JPEG that can be read ({error})") from error


def _check(content: bytes) -> Header:
    header = read_header(content)
    if header is None or not header.scans:
        raise PictureError("not a JPEG that can be read (it has no readable header)")
    if header.is_dear or header.pixels > LARGEST_AREA_PX:
        raise PictureError(f"a JPEG that takes too long to decode ({header.price})")
    return header


def _decode(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    try:
        image.draft("L", size)
        image.load()
        return image if image.mode == "L" else image.convert("L")
    except (OSError, SyntaxError, ValueError, IndexError) as error:
        raise PictureError(f"a damaged JPEG ({error})") from error


def _check_grey(content: Bytes) -> None:
    if content.ndim != 2 or content.dtype != np.uint8 or not content.size:
        raise PictureError(
            f"a small picture must be grey bytes, rows by columns; got {content.dtype}"
            f" of shape {content.shape}"
        )
