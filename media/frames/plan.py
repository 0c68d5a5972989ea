"""What the transcoder is told: how many frames, how large, how good, and its limits."""

import attrs

Polygon = tuple[tuple[float, float], ...]
"""Corners as shares of width and height, (0, 0) top left, of the picture as people see it."""


@attrs.frozen
class Limits:
    """What untrusted video may cost."""

    pixels_max: int = 4096 * 2304
    """Of one picture. 4K is 8.3 million; a decoder takes some 15 bytes a pixel."""
    frames_max: int = 600
    """Of one chunk."""
    decode_s: float = 1.0
    """Estimated, for all pictures of one chunk together: twenty of 4K, or ten in many scans."""
    time_s: float = 20.0
    """Of the processor for one chunk, however long it is. The controller's deadline is the firm
    limit, this one gives what is done."""


@attrs.frozen
class Plan:
    """How to transcode; from the configuration and from the overload ladder."""

    rate_per_s: float = 5.0
    """Frames a second at most; every chunk gives one at least."""
    width_max_px: int = 1920
    """Video that is wider is made smaller. MJPEG is not: to pass it on costs less."""
    quality: int = 80
    """Of the JPEGs made here, 1..100."""
    small_width_px: int = 320
    """Of the grey picture that the detector sees; 0 for none."""
    privacy: tuple[Polygon, ...] = ()
    """Blacked out before anyone sees or keeps anything."""
    limits: Limits = attrs.Factory(Limits)
