"""Frames of the demo's scenes: incidents, ordinary ones that stand out, and quite ordinary ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
from PIL import Image

from anomaly.features import MotionGraph
from anomaly.types import ScoredFrame
from scripts.bench.report import progress
from scripts.demo.files import START_WALL_S
from scripts.demo.renderer.backdrop import Backdrop
from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.compose import Camera
from scripts.demo.renderer.happenings.incidents import Incident
from scripts.demo.renderer.happenings.world import World
from scripts.demo.renderer.scene import PREPARED, Kind
from scripts.words.frames import Shown, Viewer, choose, spread, stream_s
from scripts.words.truth import at_place, look_around
from seda.messages import Band
from testing.films.rendered import BY_NAME, Studio, stage, staged_kinds

RATE_PER_S = 5.0
SETTLED_S = 420.0
"""Ordinary frames are taken from then on."""
LOUD, PLAIN = 5, 3
"""Ordinary frames of a scene that stand out, and that do not."""


@attrs.frozen
class Plan:
    """Which films are judged."""

    films: Path
    seed: int
    seconds: float
    numbers: tuple[int, ...] = (0,)
    """Of the incidents of each kind."""


def show_demo(plan: Plan, turn: int = 0) -> list[Shown]:
    """Return the frames of every scene."""
    graph = MotionGraph()
    return [one for scene in BY_NAME for one in show_scene(scene, plan, graph, turn)]


def show_scene(scene: str, plan: Plan, graph: MotionGraph, turn: int) -> Iterator[Shown]:
    """Judge a scene's ordinary film, and each incident on a copy of the camera after it."""
    studio, viewer = Studio(scene, plan.films), Viewer(graph)
    film = studio.ordinary(plan.seed, plan.seconds, RATE_PER_S)
    settled = [one for one in viewer.watch(film) if stream_s(one) > SETTLED_S]
    loud = choose([one for one in settled if one.band is not Band.ORDINARY], LOUD, turn)
    yield from _show(scene, plan, [*loud, *spread(settled, PLAIN, turn)], "ordinary", None)
    for kind in staged_kinds(scene):
        for number in plan.numbers if kind not in PREPARED else ():
            staged = studio.staged(plan.seed, plan.seconds, RATE_PER_S, kind, number)
            scored = list(viewer.copied().watch(staged.film))
            about = [one for one in scored if staged.start_s <= stream_s(one) <= staged.end_s]
            best = choose(about, 1, turn) or choose(about, 1)
            incident = stage(BY_NAME[scene], plan.seed, plan.seconds, kind, number)
            yield from _show(scene, plan, best, _spell(kind), incident)
    progress(f"words: {scene} is judged")


def _spell(kind: Kind) -> str:
    return kind.replace("_", " ")


def _show(
    scene: str, plan: Plan, frames: Sequence[ScoredFrame], what: str, incident: Incident | None
) -> Iterator[Shown]:
    """Render the frames once more as people would see them, with who is at the strongest place."""
    place = BY_NAME[scene].scene
    world = World(place, plan.seed, [incident] if incident else [])
    camera = Camera(place, world, Caption(place.title, START_WALL_S), plan.seed)
    camera.backdrop = Backdrop(place)
    camera.backdrop.trace_once()
    for one in sorted(frames, key=lambda frame: frame.at_s):
        now_s, mark = stream_s(one), one.evidence.mark
        picture = Image.fromarray(camera.frame_at(now_s))
        present = list(look_around(world.actors_at(now_s), place, now_s))
        there = ", ".join(map(str, at_place(present, mark.x, mark.y))) or "nobody"
        yield Shown(scene, now_s, one, picture, f"{what}; at the mark: {there}")
