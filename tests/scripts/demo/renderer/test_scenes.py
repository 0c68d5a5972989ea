"""What happens in the scenes: ordinary traffic that keeps its rules, incidents that can be seen."""

import itertools
from typing import get_args

import numpy as np
import pytest

from scripts.demo.cameras import CAMERAS
from scripts.demo.renderer.bodies.vehicles import PROFILES
from scripts.demo.renderer.happenings.incidents import outlines, plan_incidents
from scripts.demo.renderer.happenings.world import World
from scripts.demo.renderer.scene import PREPARED, Kind, Scene
from scripts.demo.renderer.scenes import gate, street
from scripts.demo.renderer.trips import Trip

SCENES = [camera.scene for camera in CAMERAS]
each_scene = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
HOUR_S = 3600.0


def trips_until(scene: Scene, seed: int, until_s: float) -> list[Trip]:
    """Take a scene's ordinary trips up to a time."""
    return list(itertools.takewhile(lambda trip: trip.start_s < until_s, scene.ordinary(seed)))


@each_scene
def test_traffic_follows_from_the_seed_alone(scene: Scene) -> None:
    """The same seed gives the same people, another gives others."""
    first, second, other = (trips_until(scene, seed, 300) for seed in (3, 3, 4))
    assert [(t.look, t.start_s) for t in first] == [(t.look, t.start_s) for t in second]
    assert [t.start_s for t in first] != [t.start_s for t in other]


@each_scene
def test_an_hour_of_traffic_is_in_order_and_never_repeats(scene: Scene) -> None:
    """Trips come by their start, and no two moments show the same people in the same places."""
    trips = trips_until(scene, 1, HOUR_S)
    starts = [trip.start_s for trip in trips]
    assert starts == sorted(starts)
    world, pictures = World(scene, 1, ()), []
    for now_s in np.arange(0, HOUR_S, 30).tolist():
        actors = (a for a in world.actors_at(now_s) if a.pose.speed > 0.3)
        pictures.append(
            tuple((a.trip.look, round(a.pose.x, 1), round(a.pose.y, 1)) for a in actors)
        )
    moving = [picture for picture in pictures if picture]
    assert len(moving) > 20
    assert len(set(moving)) == len(moving)


@each_scene
def test_a_scene_neither_empties_nor_crowds(scene: Scene) -> None:
    """Over an hour somebody is often there, and never more than a picture holds."""
    world = World(scene, 2, ())
    counts = [len(world.actors_at(now_s)) for now_s in np.arange(0, HOUR_S, 20).tolist()]
    assert max(counts) < 70
    assert sum(count > 0 for count in counts) > 0.4 * len(counts)


@each_scene
def test_ordinary_people_do_not_run_or_lie(scene: Scene) -> None:
    """What is ordinary holds none of what is staged."""
    for trip in trips_until(scene, 5, 900):
        if trip.look.kind == "person":
            assert not trip.actions
            speed = np.diff(trip.track[:, 5]) / np.maximum(np.diff(trip.track[:, 0]), 1e-3)
            assert speed.max() < 2.2


CASES = [(scene, kind) for scene in SCENES for kind in scene.stagers]


@pytest.mark.parametrize(("scene", "kind"), CASES, ids=lambda part: getattr(part, "name", part))
def test_every_incident_is_to_be_seen_while_it_lasts(scene: Scene, kind: Kind) -> None:
    """The truth has an outline inside the picture for most of each incident's time."""
    for incident in itertools.islice(plan_incidents(scene, 7, (kind,)), 3):
        found, staging = outlines(incident, scene), incident.staging
        assert incident.appears_s <= staging.start_s < staging.end_s
        assert len(found) >= 0.6 * (staging.end_s - staging.start_s) / 0.5
        for at_s, polygon in found:
            assert staging.start_s - 0.01 <= at_s <= staging.end_s + 0.01
            assert np.asarray(polygon).min() >= 0
            assert np.asarray(polygon).max() <= 1


def test_together_the_scenes_stage_every_kind() -> None:
    """No kind of incident is missing from the demo."""
    assert {kind for scene in SCENES for kind in scene.stagers} == set(get_args(Kind))


@each_scene
def test_incidents_leave_quiet_between_them(scene: Scene) -> None:
    """One ends well before the next begins, and a minute is left to learn in."""
    plan = list(itertools.islice(plan_incidents(scene, 11), 12))
    assert plan[0].staging.start_s > 60
    for before, after in itertools.pairwise(plan):
        assert after.staging.start_s - before.staging.end_s >= 100
    unprepared = sorted(set(scene.stagers) - PREPARED)
    kinds = [incident.kind for incident in plan[: len(unprepared)]]
    assert sorted(kinds) == unprepared


def test_no_vehicle_passes_a_closed_barrier() -> None:
    """At the gate who is under the arm is under a raised arm."""
    world, seen = World(gate.SCENE, 3, ()), 0
    for now_s in np.arange(0, 900, 0.5).tolist():
        actors = world.actors_at(now_s)
        arms = {
            a.trip.track[0, 1] > 0: a.pose.lift for a in actors if a.trip.look.kind == "barrier"
        }
        for actor in actors:
            is_car = actor.trip.look.kind in (*PROFILES, "truck")
            if is_car and abs(actor.pose.y - gate.GATE_Y - 0.5) < 1.0:
                seen += 1
                assert arms[actor.pose.x > 0] > 0.5
    assert seen > 20


def test_cars_give_way_at_the_zebra() -> None:
    """On the street nobody drives over the stripes while somebody walks on them."""
    world, crossed = World(street.SCENE, 3, ()), 0
    for now_s in np.arange(0, 1200, 0.5).tolist():
        actors = world.actors_at(now_s)
        walkers = [
            a
            for a in actors
            if a.trip.look.kind == "person"
            and abs(a.pose.x) < 3
            and abs(a.pose.y - street.ZEBRA_Y) < 2
        ]
        drivers = [
            a
            for a in actors
            if a.trip.look.kind in PROFILES and abs(a.pose.y - street.ZEBRA_Y) < 1.5
        ]
        crossed += len(walkers)
        assert not (walkers and drivers), now_s
    assert crossed > 50
