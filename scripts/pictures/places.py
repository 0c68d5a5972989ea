"""Frames as a spotter would see them, rendered from the demo's places."""

import numpy as np
from PIL import Image

from scripts.demo.cameras import CAMERAS, DemoCamera
from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.compose import Camera
from scripts.demo.renderer.happenings.incidents import Incident, outlines, plan_incidents
from scripts.demo.renderer.happenings.world import World
from scripts.demo.renderer.paint import Bytes
from seda.messages import Box
from testing.console.pictures import BANDS, Case, draw_heat, encode_jpeg

WALL_S = 1_760_000_000.0
STRIP_S = (-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
WORDS = {
    "running": "Faster than 99.9 % of what moved here in an hour, near the middle.",
    "wrong_way": "Moves to the left, which is unusual there: a vehicle, in the lower middle.",
    "object_left": "Something new has stayed for 41 seconds, at the right.",
    "fence_climbed": "A person moves where hardly anything moved in two days, at the upper left.",
    "camera_covered": "The whole picture changed suddenly (97 % of it).",
    "vehicle_where_none_goes": "A vehicle moves where nothing moved in a day, in the middle.",
    "lying_down": "A person lies where people walk, in the lower middle.",
    "crawling": "A person goes on the ground, in the middle.",
    "fight": "Stronger movement than usual, in the middle.",
    "intruder": "A person is where hardly anything has been in two days, at the upper left.",
    "loitering": "A person has stayed for two minutes, at the right.",
    "thing_taken": "Something that belongs to the usual view is missing, at the right.",
}
QUIET = "Nothing unusual for this camera. Most noticeable: a person walks as usual."


def rendered_cases(passes: int) -> tuple[Case, ...]:
    """Render what the demo cameras would show: incidents and what is ordinary, mixed."""
    by_camera = [_render(camera, passes, number) for number, camera in enumerate(CAMERAS)]
    return tuple(case for row in zip(*by_camera, strict=True) for case in row)


def _render(camera: DemoCamera, passes: int, number: int) -> tuple[Case, Case]:
    """Render something ordinary and an incident; how much of one differs from camera to camera."""
    plan = [next(plan_incidents(camera.scene, 3))]
    caption = Caption(camera.scene.title, WALL_S)
    renderer = Camera(camera.scene, World(camera.scene, 3, plan), caption, 3)
    renderer.backdrop.sketch()
    for _ in range(passes):
        if not renderer.backdrop.is_finished:
            renderer.backdrop.trace_once()
    usual = np.asarray(Image.fromarray(renderer.frame_at(1.0)).convert("L").convert("RGB"))
    [incident] = plan
    quiet_s = incident.appears_s - 20
    at_s, box = _moment(incident, camera)
    return (
        _case(renderer, camera, quiet_s, usual, None, 0.06 + 0.2 * (number % 3)),
        _case(renderer, camera, at_s, usual, (incident, box), 0.93 - 0.17 * (number % 3)),
    )


def _moment(incident: Incident, camera: DemoCamera) -> tuple[float, Box]:
    seen = outlines(incident, camera.scene)
    at_s, outline = seen[len(seen) // 2]
    xs, ys = [point[0] for point in outline], [point[1] for point in outline]
    label = incident.kind.replace("_", " ")
    return at_s, Box(min(xs), min(ys), max(xs), max(ys), label, 0.9)


def _case(  # everything that a case is made of
    renderer: Camera,
    camera: DemoCamera,
    at_s: float,
    usual: Bytes,
    staged: tuple[Incident, Box] | None,
    threat: float,
) -> Case:
    offsets = sorted((*STRIP_S, 0.0))
    shots = {by_s: encode_jpeg(renderer.frame_at(at_s + by_s)) for by_s in offsets}
    boxes = (staged[1],) if staged else ()
    return Case(
        camera=camera.name,
        instructions=camera.instructions,
        threat=threat,
        band=BANDS[min(3, int(threat * 4))],
        cause=staged[0].kind if staged else "nothing",
        words=WORDS[staged[0].kind] if staged else QUIET,
        boxes=boxes,
        frame=shots.pop(0.0),
        heat=draw_heat(boxes),
        usual=encode_jpeg(usual),
        strip=tuple(shots.items()),
    )
