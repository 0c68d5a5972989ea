"""What has to be known of a camera at once when `live` is replaced, and no more. Pure.

The stages repeat what they know within seconds, but that a picture is frozen shows only after a
while of looking at it, and since when a camera is away nobody repeats. So state, beginning and the
picture that does not change are noted. Counters begin anew, as Prometheus expects them to.
"""

import attrs

from media.stillness import Still
from seda.overview import CameraState


@attrs.frozen
class CameraNote:
    """One camera; another one only when its state changes, or its connection."""

    state: CameraState
    since_s: float
    """Wall time."""
    epoch: int
    """Of the newest connection that showed a picture; -1 where none has."""
    still: Still | None = None
    """The picture that is frozen."""
