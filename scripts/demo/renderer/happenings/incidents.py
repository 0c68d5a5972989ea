"""When staged incidents happen, by seed alone, and what is to be seen of them.

Pure. A camera's incidents come one after the other with quiet in between, its kinds in shuffled
rounds, so that each kind comes about equally often and no order can be learned.
"""

from collections.abc import Iterator

import attrs
import numpy as np

from scripts.demo.renderer.bodies.actors import mesh_of
from scripts.demo.renderer.geometry import Floats, as_floats, hull
from scripts.demo.renderer.scene import PREPARED, Kind, Scene, Staging
from scripts.demo.renderer.trips import Trip

FIRST_S = (75.0, 200.0)  # a detector may learn for a minute before anything happens
QUIET_S = (100.0, 330.0)  # between the end of one and the start of the next
TRUTH_STEP_S = 0.5


@attrs.frozen(eq=False)
class Incident:
    """One staged incident of a camera."""

    camera: str
    kind: Kind
    staging: Staging

    @property
    def appears_s(self) -> float:
        """Say when the first of its actors enters the scene."""
        return min([self.staging.start_s, *(trip.start_s for trip in self.staging.trips)])


def plan_incidents(scene: Scene, seed: int, only: tuple[Kind, ...] = ()) -> Iterator[Incident]:
    """Return a scene's incidents in order, for ever."""
    kinds = [kind for kind in scene.stagers if (kind in only if only else kind not in PREPARED)]
    if not kinds:
        return
    rng = np.random.default_rng([seed, *scene.name.encode()])
    start_s = float(rng.uniform(*FIRST_S))
    while True:
        for place in rng.permutation(len(kinds)):
            kind = kinds[int(place)]
            staging = seen_part(scene.stagers[kind](start_s, rng), scene)
            yield Incident(scene.name, kind, staging)
            start_s = staging.end_s + float(rng.uniform(*QUIET_S))


def seen_part(staging: Staging, scene: Scene) -> Staging:
    """Shorten a staging to the time in which its subject is within the picture."""
    if staging.covers:
        return staging
    times = np.arange(staging.start_s, staging.end_s, TRUTH_STEP_S / 2).tolist()
    shown = [staging.trips[k] for k in staging.subjects]
    seen = [now_s for now_s in times if any(_is_in_view(trip, scene, now_s) for trip in shown)]
    if not seen:
        raise ValueError(f"{scene.name}: an incident is staged where the lens does not see it")
    return attrs.evolve(staging, start_s=seen[0], end_s=seen[-1] + TRUTH_STEP_S / 2)


def _is_in_view(trip: Trip, scene: Scene, now_s: float) -> bool:
    pose, lens = trip.pose_at(now_s), scene.lens
    column, row, depth = lens.project(as_floats([pose.x, pose.y, pose.lift + 0.5])).tolist()
    return bool(depth > 0.5 and 0 < column < lens.width_px and 0 < row < lens.height_px)


def outline_at(trip: Trip, scene: Scene, now_s: float) -> Floats | None:
    """Return the hull of a subject in the picture, as shares of its width and height."""
    lens, pose = scene.lens, trip.pose_at(now_s)
    seen = lens.project(mesh_of(trip.look, pose, 1.0).quads.reshape(-1, 3))
    if (seen[:, 2] < 0.5).any():
        return None
    size = as_floats([lens.width_px, lens.height_px])
    outline = hull(seen[::3, :2])
    if (outline.max(axis=0) < 0).any() or (outline.min(axis=0) > size).any():
        return None
    return as_floats(np.clip(outline / size, 0, 1))


def outlines(incident: Incident, scene: Scene) -> list[tuple[float, list[list[float]]]]:
    """Return where an incident is to be seen, at steps from its start to its end."""
    staging = incident.staging
    whole = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    steps = []
    for now_s in np.arange(staging.start_s, staging.end_s + 1e-6, TRUTH_STEP_S).tolist():
        if staging.covers:
            steps.append((round(now_s, 2), whole))
            continue
        shown = [staging.trips[k] for k in staging.subjects]
        # Where a thing was taken from, it is missing for as long as that is to be seen.
        lasts = shown[:1] if incident.kind in PREPARED else []
        present = [trip for trip in shown if trip in lasts or trip.start_s <= now_s <= trip.end_s]
        found = [o for trip in present if (o := outline_at(trip, scene, now_s)) is not None]
        if found:
            polygon = hull(np.concatenate(found)).round(4).tolist()
            steps.append((round(now_s, 2), polygon))
    return steps
