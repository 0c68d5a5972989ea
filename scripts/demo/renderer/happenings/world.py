"""Who is where in one scene at a stream time: ordinary traffic and staged incidents together.

Pure: a world follows from its scene and its seed. It only looks forward; trips that are over are
forgotten, so hours of traffic take no more memory than a minute.
"""

from collections.abc import Iterable

import attrs

from scripts.demo.renderer.happenings.incidents import Incident
from scripts.demo.renderer.scene import Scene
from scripts.demo.renderer.trips import Pose, Trip

FORGET_S = 1.0
COVER_S = 0.7  # how long a cloth takes to fall over the lens, or to be pulled off


@attrs.frozen
class Actor:
    """A trip's subject at one moment."""

    trip: Trip
    pose: Pose


class World:
    """The actors of one scene, asked for at stream times that do not go back."""

    def __init__(self, scene: Scene, seed: int, incidents: Iterable[Incident]) -> None:
        self._incidents = iter(incidents)
        self._next_incident = next(self._incidents, None)
        self._stream = scene.ordinary(seed)
        self._next_trip = next(self._stream)
        self._trips: list[Trip] = []
        self._covers: list[tuple[float, float]] = []

    def actors_at(self, now_s: float) -> list[Actor]:
        """Return everyone who is in the scene now."""
        self._advance(now_s)
        return [
            Actor(trip, trip.pose_at(now_s))
            for trip in self._trips
            if trip.start_s <= now_s <= trip.end_s
        ]

    def cover_at(self, now_s: float) -> float:
        """Say how much of the lens a cloth covers, 0 to 1."""
        self._advance(now_s)
        parts = (min((now_s - a) / COVER_S, (b - now_s) / COVER_S, 1.0) for a, b in self._covers)
        return max([0.0, *parts])

    def _advance(self, now_s: float) -> None:
        self._trips = [trip for trip in self._trips if trip.end_s > now_s - FORGET_S]
        self._covers = [cover for cover in self._covers if cover[1] > now_s]
        while self._next_trip.start_s <= now_s:
            if self._next_trip.end_s > now_s - FORGET_S:
                self._trips.append(self._next_trip)
            self._next_trip = next(self._stream)
        while self._next_incident and self._next_incident.appears_s <= now_s:
            staging = self._next_incident.staging
            self._trips += staging.trips
            if staging.covers:
                self._covers.append((staging.start_s, staging.end_s))
            self._next_incident = next(self._incidents, None)
