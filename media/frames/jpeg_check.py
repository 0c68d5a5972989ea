"""Which JPEGs of a camera pass: those that every browser shows and no decoder is long busy with."""

from media.frames.batch import Unusable
from media.jpeg_header import START, Header, read_header


def check_jpeg(jpeg: bytes | memoryview, pixels_max: int, *, all_scans: bool = False) -> Header:
    """Return the header, or raise Unusable with the reason why the picture is refused."""
    if bytes(jpeg[: len(START)]) != START:
        raise Unusable("jpeg_not_jpeg", "The camera sends something that is no JPEG picture.")
    header = read_header(jpeg, all_scans=all_scans)
    if header is None:
        raise _damaged()
    if not header.is_shown:
        raise Unusable(
            "jpeg_kind_unsupported",
            "The camera sends a kind of JPEG that browsers cannot show (lossless, arithmetic or"
            " more than 8 bits); choose baseline JPEG in the camera.",
        )
    if header.pixels > pixels_max:
        raise Unusable(
            "picture_too_large",
            f"A picture claims {header.width_px}x{header.height_px} pixels, more than {pixels_max}"
            " in all; lower the camera's resolution.",
        )
    if header.is_dear:
        raise Unusable(
            "picture_too_dear",
            f"A picture takes too long to decode ({header.price}) and was left out; choose"
            " baseline JPEG in the camera.",
        )
    if not header.scans:
        raise _damaged()
    return header


def _damaged() -> Unusable:
    return Unusable("jpeg_damaged", "A JPEG picture without a readable header was left out.")
