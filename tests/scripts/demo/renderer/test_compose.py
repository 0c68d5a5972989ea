"""Frames: who is painted where, what light and cloths do to them."""

import itertools

import attrs
import numpy as np
import pytest

from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.compose import Camera
from scripts.demo.renderer.happenings.incidents import Incident, outlines, plan_incidents
from scripts.demo.renderer.happenings.world import World
from scripts.demo.renderer.paint import Bytes
from scripts.demo.renderer.scene import Scene, Sensor
from scripts.demo.renderer.trips import Look, Trip, walk
from testing.films.small import HEIGHT_PX, SMALL, WIDTH_PX


def camera_of(scene: Scene, seed: int = 1, incidents: list[Incident] | None = None) -> Camera:
    """Make a camera whose place was traced once."""
    camera = Camera(scene, World(scene, seed, incidents or ()), Caption(scene.title, 1e9), seed)
    camera.backdrop.trace_once()
    return camera


def still(scene: Scene) -> Scene:
    """Give a scene with steady light, no noise and nobody but one far off."""
    nobody = Trip(Look("person", 1), walk(1e9, [(0, 500), (1, 500)], 1.0))
    weather = attrs.evolve(scene.weather, clouds=0.0, drift=0.0)
    return attrs.evolve(
        scene, weather=weather, sensor=attrs.evolve(scene.sensor, noise=0.0),
        ordinary=lambda _: itertools.repeat(nobody),
    )  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_every_scene_renders_the_same_from_the_same_seed(name: str) -> None:
    """Whole pictures follow from the seed, and they are pictures."""
    scene = SMALL[name].scene
    first, second = (camera_of(scene).frame_at(30.0) for _ in range(2))
    assert first.shape == (HEIGHT_PX, WIDTH_PX, 3)
    assert (first == second).all()
    assert first.std() > 10


def test_a_subject_changes_the_picture_where_the_truth_says() -> None:
    """Inside the outline the picture differs from the empty place, far from it it does not."""
    scene = still(SMALL["walkway"].scene)
    incident = next(plan_incidents(scene, 2, ("running",)))
    middle_s = (incident.staging.start_s + incident.staging.end_s) / 2
    empty = camera_of(scene).frame_at(middle_s).astype(int)
    taken = camera_of(scene, incidents=[incident]).frame_at(middle_s).astype(int)
    changed = np.argwhere(np.abs(taken - empty).max(axis=2) > 12)
    polygon = np.asarray(min(outlines(incident, scene), key=lambda o: abs(o[0] - middle_s))[1])
    left, top = polygon.min(axis=0) * [WIDTH_PX, HEIGHT_PX]
    right, bottom = polygon.max(axis=0) * [WIDTH_PX, HEIGHT_PX]
    assert len(changed) > 20
    reach = bottom - top  # a shadow is no longer than this under this sun
    assert changed[:, 1].min() > left - 1.5 * reach - 4
    assert changed[:, 1].max() < right + 1.5 * reach + 4
    assert changed[:, 0].min() > top - reach
    assert changed[:, 0].max() < bottom + 8


def test_a_cloth_hides_the_scene_and_lets_go_again() -> None:
    """While covered the picture is dark; before and after it is not."""
    scene = SMALL["corridor"].scene
    incident = next(plan_incidents(scene, 2, ("camera_covered",)))
    camera = camera_of(scene, incidents=[incident])
    start_s, end_s = incident.staging.start_s, incident.staging.end_s
    before, during, after = (
        brightness(camera.frame_at(at_s))
        for at_s in (start_s - 1, (start_s + end_s) / 2, end_s + 1)
    )
    assert during < 0.4 * before
    assert after > 0.8 * before


def brightness(frame: Bytes) -> float:
    """Give the mean below the caption."""
    return float(frame[40:].mean())


def test_sensor_noise_differs_from_frame_to_frame() -> None:
    """A still scene is never the same picture twice, as with a real sensor."""
    scene = attrs.evolve(still(SMALL["perimeter"].scene), sensor=Sensor(noise=6.0, grey=True))
    camera = camera_of(scene)
    first, second = camera.frame_at(10.0), camera.frame_at(10.2)
    assert 3 < np.abs(first.astype(int) - second)[40:].mean() < 12


def test_a_fence_is_seen_through_and_seen() -> None:
    """Far wire, thinner than a pixel, hides a part of what is behind it."""
    camera = camera_of(SMALL["perimeter"].scene)
    camera.backdrop.trace_once()
    veil = camera.backdrop.veil
    assert ((veil > 0.1) & (veil < 0.9)).sum() > 200
