"""Things on made ways, and one rule that watches them."""

import attrs

from anomaly.rules.placing import place_rules
from anomaly.rules.records import Record
from anomaly.rules.telling import Breach
from anomaly.rules.things import Glance, Thing
from anomaly.rules.watch import begin_watch
from conf.schema import Camera, Rule

SIZE = 200.0, 100.0
STEP_S = 0.25
LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


@attrs.frozen
class Walk:
    """A thing of 8 by 20 pixels whose foot goes straight on."""

    x: float
    y: float = 50.0
    vx: float = 0.0  # pixels a second
    vy: float = 0.0
    number: int = 1
    what: str = "person"
    born_s: float = -100.0
    end_s: float = 1e9
    scale: float = 1.0

    def at(self, at_s: float) -> Thing:
        """Give where it is."""
        x, y = self.x + self.vx * at_s, self.y + self.vy * at_s + 0.5
        wide, high = 4 * self.scale, 20 * self.scale
        box = (x - wide, y - high, x + wide, y)
        return Thing(self.number, 0, at_s, box, self.what, age_s=at_s - self.born_s)


class Scene:
    """Time that goes on in steps, seen by one rule."""

    def __init__(self, rule: Rule, **camera: object) -> None:
        self.rules = place_rules(Camera("gate", "hidden", rule=(rule,), **camera))  # type: ignore[arg-type]  # a test's own
        (self.placed,) = (*self.rules.tracked.values(), *self.rules.labels.values())
        self.records: list[Record] = []
        self.at_s = 0.0

    def go_on(self, seconds: float, *walks: Walk) -> list[Breach]:
        """Watch things for a while; give what broke the rule."""
        found: list[Breach] = []
        for _ in range(round(seconds / STEP_S)):
            self.at_s += STEP_S
            watch = begin_watch(self.rules, self.placed, self.records, self.at_s, SIZE)
            things = [walk.at(self.at_s) for walk in walks if self.at_s <= walk.end_s]
            found += watch.look(Glance(self.at_s, 0, things))
        return found
