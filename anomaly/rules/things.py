"""What rules look at: things in one picture, in pixels of the small picture.  Pure."""

import attrs

from anomaly.rules.geometry import Corners
from anomaly.seeing.pictures import CELL_PX
from conf.schema import Point

_SURE_OF_KIND = 0.6  # of what the network says of a track
_PEOPLE = 3  # walker, rider, skater are its first kinds; then vehicles, and shapes
_PERSON_RATIO = 1.5  # of width to height at most
_VEHICLE_RATIO = 1.6  # of height to width at most, seen from the front
_VEHICLE_AREA_PX = 8.0 * CELL_PX**2  # at least: in less, nothing has a shape
_LEAST_HEIGHT_PX = float(CELL_PX)


@attrs.frozen
class Thing:
    """One thing in one picture."""

    number: int  # of its track; zero where there is none
    picture: int  # in its chunk
    at_s: float
    box: Corners
    what: str  # person, vehicle or thing; of a labelled box its label
    stood_s: float = 0.0  # how long it has stood there already; zero where nobody knows
    age_s: float = 0.0  # of its track
    began: Point | None = None  # where its foot was before it was seen surely

    @property
    def foot(self) -> tuple[float, float]:
        """Where it stands; never on the edge of a picture, which belongs to no place."""
        return (self.box[0] + self.box[2]) / 2, self.box[3] - 0.5

    @property
    def height(self) -> float:
        """Of its box, never zero."""
        return max(self.box[3] - self.box[1], _LEAST_HEIGHT_PX)


@attrs.frozen
class Glance:
    """The things of one picture."""

    at_s: float
    picture: int
    things: list[Thing]
    hidden: frozenset[int] = frozenset()  # tracks that go on though they are not seen


def name_kind(weights: list[float], box: Corners) -> str:
    """Say what a track is by the weights of its kinds; what its shape speaks against is a thing."""
    sure = _SURE_OF_KIND * sum(weights)
    wide, tall = box[2] - box[0], box[3] - box[1]
    if max(weights) - min(weights) < 1e-6:  # of what leaps nothing is known
        return "thing"
    if sum(weights[:_PEOPLE]) > sure:
        return "person" if wide <= _PERSON_RATIO * tall else "thing"
    is_vehicle = tall <= _VEHICLE_RATIO * wide and wide * tall >= _VEHICLE_AREA_PX
    return "vehicle" if weights[_PEOPLE] > sure and is_vehicle else "thing"
