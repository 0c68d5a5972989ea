"""From a decoded frame to what people and the detector see.

One conversion by libav where it is needed (range, size, aspect, pixel format), then the planes go
straight to libjpeg-turbo: no trip through RGB. The small picture is averaged from the finished
luma, so that it shows what people see, turned and blacked out alike.
"""

from typing import TYPE_CHECKING

import attrs
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter
from PIL import Image

from media.frames import privacy
from media.frames.batch import Frame, Small
from media.frames.encode import Plane, encode_planes

if TYPE_CHECKING:
    from fractions import Fraction

    from av import VideoFrame
    from av.video.plane import VideoPlane

    from media.frames.plan import Plan

_READY = "yuvj420p"
_SAME_LAYOUT = "yuv420p"
_SIDE_MAX_PX = 16_384
_ASPECTS = (0.1, 10.0)
"""Beyond these a sample aspect ratio is damage, not a lens."""


@attrs.frozen
class Size:
    """Width and height."""

    width_px: int
    height_px: int


def shown_size(width_px: int, height_px: int, aspect: float, width_max_px: int) -> Size:
    """Return the size of the picture with square pixels, within the greatest width."""
    width = width_px * aspect
    height = float(height_px)
    scale = min(1.0, width_max_px / width, _SIDE_MAX_PX / height)
    if scale == 1.0 and aspect == 1.0:
        return Size(width_px, height_px)
    return Size(_even(width * scale), _even(height * scale))


class Finisher:
    """Finishes the frames of one stream."""

    def __init__(self, plan: "Plan", sample_aspect: "Fraction | None") -> None:
        aspect = float(sample_aspect) if sample_aspect else 1.0
        self._aspect = aspect if _ASPECTS[0] <= aspect <= _ASPECTS[1] else 1.0
        self._plan = plan
        self._reformatter = VideoReformatter()

    def finish(self, frame: "VideoFrame", captured_s: float) -> tuple[Frame, Plane]:
        """Return the frame as people see it, and its luma."""
        converted = self._convert(frame)
        planes = [_array(plane) for plane in converted.planes]
        if turns := round(frame.rotation / 90) % 4:
            planes = [np.ascontiguousarray(np.rot90(plane, turns)) for plane in planes]
        if self._plan.privacy:
            planes = [plane.copy() for plane in planes]
            privacy.black_out(planes, self._plan.privacy)
        luma = planes[0]
        jpeg = encode_planes(planes[0], planes[1], planes[2], quality=self._plan.quality)
        height_px, width_px = luma.shape
        small = shrink(luma, self._plan.small_width_px) if self._plan.small_width_px else None
        return Frame(jpeg, width_px, height_px, captured_s, small), luma

    def _convert(self, frame: "VideoFrame") -> "VideoFrame":
        size = shown_size(frame.width, frame.height, self._aspect, self._plan.width_max_px)
        source = _one_field(frame) if frame.interlaced_frame else frame
        is_full = _is_full_range(frame)
        layout = source.format.name
        has_size = (source.width, source.height) == (size.width_px, size.height_px)
        if has_size and (layout == _READY or (layout == _SAME_LAYOUT and is_full)):
            return source
        return self._reformatter.reformat(
            source,
            size.width_px,
            size.height_px,
            _READY,
            src_color_range=ColorRange.JPEG if is_full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
        )


def shrink(luma: Plane, width_px: int) -> Small:
    """Return a grey picture of at most this width, each pixel the mean of those that it covers."""
    image = Image.fromarray(luma)
    if image.width > width_px:
        factor, rest = divmod(image.width, width_px)
        if rest or image.height % factor:
            height_px = max(1, round(image.height * width_px / image.width))
            image = image.resize((width_px, height_px), Image.Resampling.BOX)
        else:
            image = image.reduce(factor)
    return Small(image.width, image.height, image.tobytes())


def _one_field(frame: "VideoFrame") -> "VideoFrame":
    """Return the upper field alone, at half the height: sharp where things move, and cheap.

    Weaving shows combs on everything that moves; a real deinterlacer needs the neighbours of each
    frame, which are not decoded where the plan takes a few frames a second.
    """
    if frame.format.name not in (_READY, _SAME_LAYOUT) or frame.height < 4:
        return frame
    field = type(frame)(frame.width, frame.height // 2, frame.format.name)
    for source, target in zip(frame.planes, field.planes, strict=True):
        lines = _array(source)[::2]
        rows = min(target.height, len(lines))
        _array(target)[:rows] = lines[:rows]
    return field


def _is_full_range(frame: "VideoFrame") -> bool:
    name = frame.format.name
    return frame.color_range == ColorRange.JPEG or name.startswith(("yuvj", "rgb", "bgr", "gbr"))


def _array(plane: "VideoPlane") -> Plane:
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)
