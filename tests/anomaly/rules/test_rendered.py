"""Rules on rendered places with people and vehicles: broken by what is staged, not by the rest."""

from collections.abc import Iterator
from typing import cast

import attrs
import numpy as np
import pytest

from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory
from anomaly.seeing.pictures import shrink_picture
from anomaly.types import Batch, Bytes, Picture, ScoredFrame
from conf.schema import Rule
from scripts.demo.encode import encode_jpeg
from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.compose import Camera
from scripts.demo.renderer.happenings.incidents import Incident
from scripts.demo.renderer.happenings.world import World
from scripts.demo.renderer.scene import Kind
from testing.films.rendered import stage
from testing.films.small import SMALL
from tests.anomaly.judged import judge
from tests.anomaly.rules.painted import rules

RATE_PER_S, CHUNK_PICTURES = 5.0, 10
LEAD_S, TAIL_S = 30.0, 4.0  # of ordinary footage before the first actor comes, and after the last
Ground = tuple[tuple[float, float], ...]


def seen_from(scene: str, *metres: tuple[float, float]) -> Ground:
    """Give where places on the ground are in a camera's picture."""
    lens = SMALL[scene].scene.lens
    points = lens.project(np.array([(x, y, 0.0) for x, y in metres], np.float32))
    return tuple(
        (min(1.0, max(0.0, column / lens.width_px)), min(1.0, max(0.0, row / lens.height_px)))
        for column, row, _ in points.tolist()
    )


GRASS = seen_from("gate", (-14, 4), (-5.6, 4), (-5.6, 13), (-14, 13))
OUT_LANE = seen_from("gate", (-5, 3), (-1, 3), (-1, 34), (-5, 34))
CORRIDOR = seen_from("corridor", (-1.5, 2), (1.5, 2), (1.5, 16), (-1.5, 16))


@attrs.frozen
class Staged:
    """An incident, and the rule that it breaks."""

    scene: str
    kind: str
    rule: Rule
    says: str
    within_s: float  # of its begin


STAGED = (
    Staged(
        "gate", "fence_climbed",
        Rule(kind="line", name="the fence", line=seen_from("gate", (-20, 14), (-5.6, 14))),
        "crossed the line", 12.0,
    ),
    Staged(
        "gate", "loitering",
        Rule(kind="enter", name="off the grass", corners=GRASS, things="person"),
        "a person entered", 12.0,
    ),
    Staged(
        "gate", "wrong_way",
        Rule(
            kind="direction", name="out lane", corners=OUT_LANE, things="vehicle",
            arrow=seen_from("gate", (-2.6, 2), (-2.6, 24)),
        ),
        "a vehicle goes the forbidden way", 10.0,
    ),
    Staged(
        "corridor", "object_left",
        Rule(kind="stay", name="nothing stays", corners=CORRIDOR, longest_s=15.0),
        "has stayed for", 40.0,
    ),
)  # fmt: skip


def film(staged: Staged, incident: Incident, end_s: float) -> Iterator[Batch]:
    """Render a place from before an incident on, chunk by chunk."""
    scene = SMALL[staged.scene].scene
    camera = Camera(scene, World(scene, 7, [incident]), Caption(scene.title, 0.0), 7)
    camera.backdrop.sketch()
    count = int(end_s * RATE_PER_S) // CHUNK_PICTURES
    for sequence in range(count):
        times = [(sequence * CHUNK_PICTURES + n) / RATE_PER_S for n in range(CHUNK_PICTURES)]
        shown: list[Bytes] = [shrink_picture(encode_jpeg(camera.frame_at(at_s))) for at_s in times]
        pictures = (Picture(1e6 + at_s, one) for at_s, one in zip(times, shown, strict=True))
        yield Batch("gate", 1, sequence, tuple(pictures))


@pytest.mark.slow
@pytest.mark.parametrize("staged", STAGED, ids=lambda staged: staged.rule.kind)
def test_what_is_staged_breaks_its_rule_and_nothing_before_does(
    graph: MotionGraph, staged: Staged
) -> None:
    """With ordinary people and vehicles around it, on a camera that is half a minute old (R23)."""
    incident = stage(SMALL[staged.scene], 7, LEAD_S, cast("Kind", staged.kind), 1)
    start_s, settings = incident.staging.start_s, rules(staged.rule)
    memory = CameraMemory("gate")
    end_s = min(incident.staging.end_s, start_s + staged.within_s) + TAIL_S
    frames = [judge(batch, memory, graph, settings) for batch in film(staged, incident, end_s)]
    told = [one for one in frames if f'Rule "{staged.rule.name}": ' in one.evidence.words]
    assert [one for one in told if one.at_s - 1e6 < incident.appears_s] == []
    assert _first(told) - start_s <= staged.within_s
    assert any(staged.says in one.evidence.words for one in told)


def _first(told: list[ScoredFrame]) -> float:
    return min((one.at_s - 1e6 for one in told), default=float("inf"))
