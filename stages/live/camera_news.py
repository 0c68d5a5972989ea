"""What assignment is told of cameras' states, so that each frame can say how its camera is. Pure.

Every change is told at once. A camera that is not live is told again now and then, because an
assignment stage that was restarted takes every camera for live.
"""

from collections.abc import Iterable, Iterator

from seda.decisions import CameraStateFact
from spotter_web.views import Tile
from stages.live.now import Now

REPEAT_S = 20.0


class CameraNews:
    """What was told of each camera."""

    def __init__(self) -> None:
        self._told: dict[str, CameraStateFact] = {}
        self._repeat_s = 0.0

    def look(self, tiles: Iterable[Tile], now: Now) -> Iterator[CameraStateFact]:
        """Yield what is to be told now."""
        is_repeat = now.monotonic_s >= self._repeat_s
        if is_repeat:
            self._repeat_s = now.monotonic_s + REPEAT_S
        for tile in tiles:
            fact = CameraStateFact(tile.camera, tile.state, tile.since_s, tile.same_since_s)
            if fact != self._told.get(tile.camera) or (is_repeat and fact.state != "live"):
                self._told[tile.camera] = fact
                yield fact
