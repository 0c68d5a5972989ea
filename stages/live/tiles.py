"""The tiles of the wall, made of what was gathered. Pure."""

from collections.abc import Iterable, Mapping

import attrs

from anomaly.bands import band_of
from conf.schema import Camera
from seda.decisions import WaitingFact
from seda.messages import CameraFact
from seda.overview import CameraState, CameraView
from spotter_web.views import Tile
from stages.live.fault_finder import FaultFinder
from stages.live.metrics.gathering import HeardScore
from stages.live.now import Now
from stages.live.ranks import MAINTENANCE, rank

SCORE_SHOWN_S = 30.0
"""An older score says nothing of what is there now."""
WHY_S = 10.0
"""So often a sentence is renewed that only counts seconds."""
_NEVER_HEARD = "Nothing has been heard of it yet."


@attrs.frozen
class _Shown:
    tile: Tile
    at_s: float


class Tiles:
    """Every camera's tile."""

    def __init__(self, fault_finder: FaultFinder, now: Now) -> None:
        self._fault_finder = fault_finder
        self._began_wall_s = now.wall_s
        self._since: dict[str, tuple[CameraState, float]] = {}
        self._pictured_s: dict[str, float] = {}
        self._shown: dict[str, _Shown] = {}

    def note(self, fact: CameraFact) -> None:
        """Take in when a camera's newest picture was taken."""
        if fact.picture and fact.picture.looks:
            captured_s = fact.picture.looks[-1].captured_s
            self._pictured_s[fact.camera] = max(
                captured_s, self._pictured_s.get(fact.camera, captured_s)
            )

    @property
    def all(self) -> tuple[Tile, ...]:
        """Return the tiles as they were made last, the worst first."""
        tiles = (shown.tile for shown in self._shown.values())
        return tuple(sorted(tiles, key=lambda tile: (tile.rank, tile.camera)))

    def renew(self, views: Iterable[CameraView], alarms: Mapping[str, str], now: Now) -> list[Tile]:
        """Make all tiles anew; return those that changed."""
        by_name = {view.camera: view for view in views}
        names = dict.fromkeys([*self._fault_finder.cameras, *by_name])
        changed = []
        for name in names:
            tile = self._tile(name, by_name.get(name), alarms.get(name), now)
            if self._is_news(tile, now):
                self._shown[name] = _Shown(tile, now.monotonic_s)
                changed.append(tile)
        return changed

    def _is_news(self, tile: Tile, now: Now) -> bool:
        before = self._shown.get(tile.camera)
        if before is None or now.monotonic_s - before.at_s >= WHY_S:
            return before is None or before.tile != tile
        return attrs.evolve(tile, why=before.tile.why) != before.tile

    def _tile(self, name: str, view: CameraView | None, alarm: str | None, now: Now) -> Tile:
        gathering = self._fault_finder.gathering
        settings: Camera | None = self._fault_finder.cameras.get(name)
        score = _fresh(gathering.scores.get(name), now)
        waiting: WaitingFact | None = gathering.waiting.get(name)
        frames = waiting.frames + bool(waiting.joined) if waiting else 0
        maintenance = self._fault_finder.maintenance(name, now)
        state: CameraState = view.state if view else "connecting"
        bands = (
            str(score.facts.band) if score else None,
            band_of(waiting.worst) if waiting and frames else None,
        )
        return Tile(
            camera=name,
            state=state,
            since_s=self._since_s(name, view, now),
            why=view.why if view else _NEVER_HEARD,
            pictured_s=self._pictured_s.get(name),
            threat=score.facts.threat if score else None,
            band=score.facts.band if score else None,
            is_learning=bool(score and score.facts.is_learning),
            words=score.facts.words if score else "",
            waiting=frames,
            maintenance=maintenance,
            instructions=settings.instructions if settings else "",
            review=waiting.review if waiting else 0,
            same_since_s=view.same_since_s if view else None,
            rank=MAINTENANCE if maintenance else rank(alarm, bands, state, frames),
        )

    def _since_s(self, name: str, view: CameraView | None, now: Now) -> float:
        """Return when its state began; said once, because clocks that differ would seem to move."""
        if view is None:
            return self._began_wall_s
        known = self._since.get(name)
        if known is None or known[0] != view.state:
            known = self._since[name] = (view.state, now.wall_s - view.state_for_s)
        return known[1]


def _fresh(score: HeardScore | None, now: Now) -> HeardScore | None:
    is_fresh = score is not None and now.monotonic_s - score.at_s < SCORE_SHOWN_S
    return score if is_fresh else None
