"""The demo cameras: which scene is served where, in which format, and what a spotter is told.

Pure. The list is what a default configuration is made from.
"""

from typing import Literal

import attrs

from scripts.demo.faults import FaultKind
from scripts.demo.renderer.scene import Scene
from scripts.demo.renderer.scenes import (
    car_park,
    corridor,
    gate,
    loading_dock,
    perimeter,
    street,
    walkway,
)

Format = Literal["mjpeg", "mjpeg-unsized", "jpeg", "mpegts", "fmp4", "flv", "hls"]

# Public on purpose: what they guard is made up, and a reader of the demo should see them work.
USERNAME, PASSWORD = "demo", "only-a-demo"
PORT = 8090


@attrs.frozen
class DemoCamera:
    """One camera as it is served."""

    scene: Scene
    path: str
    format: Format
    rate_per_s: float
    instructions: str
    fault: FaultKind | None = None
    needs_password: bool = False

    @property
    def name(self) -> str:
        """Return the camera's name, which is its scene's."""
        return self.scene.name


CAMERAS = (
    DemoCamera(
        car_park.SCENE, "/car-park.mjpg", "mjpeg", 5.0,
        "Customers park and walk to the shop. Traffic goes left to right. Raise anyone on the "
        "ground or running between cars. Duty manager: extension 201.",
    ),
    DemoCamera(
        corridor.SCENE, "/corridor.jpg", "jpeg", 2.0,
        "Staff and visitors only. Luggage that nobody stands beside is suspicious after half a "
        "minute. Ward desk: extension 214.",
    ),
    DemoCamera(
        gate.SCENE, "/gate.mjpg", "mjpeg-unsized", 5.0,
        "Vehicles stop at the barrier, walkers keep to the path. Nobody crosses the fence. Guard "
        "house: extension 230.",
        fault="freeze", needs_password=True,
    ),
    DemoCamera(
        street.SCENE, "/street.ts", "mpegts", 5.0,
        "Public street. Cars keep to the right and off the pavement. Call "
        "112 for anyone lying down.",
    ),
    DemoCamera(
        perimeter.SCENE, "/perimeter.mp4", "fmp4", 5.0,
        "Infrared at night. Foxes and the patrol in hi-vis are normal; anyone else at the fence "
        "is not. Patrol: channel 4.",
    ),
    DemoCamera(
        loading_dock.SCENE, "/loading-dock.flv", "flv", 5.0,
        "Lorries, forklifts and people in hi-vis only. Private cars and unattended luggage "
        "are to be reported. Yard foreman: extension 250.",
        fault="drop",
    ),
    DemoCamera(
        walkway.SCENE, "/walkway/index.m3u8", "hls", 5.0,
        "Pedestrians and their dogs. Nothing on wheels belongs here. Campus "
        "security: extension 270.",
    ),
)  # fmt: skip


@attrs.frozen
class CameraEntry:
    """What a configuration needs to know about a camera."""

    name: str
    url: str
    format: Format
    instructions: str
    username: str | None = None
    password: str | None = attrs.field(default=None, repr=False)


def list_cameras(port: int = PORT, names: tuple[str, ...] = ()) -> tuple[CameraEntry, ...]:
    """Describe the cameras served on a port, all or those named."""
    return tuple(
        CameraEntry(
            camera.name, f"http://127.0.0.1:{port}{camera.path}", camera.format,
            camera.instructions,
            USERNAME if camera.needs_password else None,
            PASSWORD if camera.needs_password else None,
        )
        for camera in chosen(names)
    )  # fmt: skip


def chosen(names: tuple[str, ...]) -> tuple[DemoCamera, ...]:
    """Return the cameras of these names, all of them where none are named."""
    known = {camera.name: camera for camera in CAMERAS}
    for name in names:
        if name not in known:
            raise ValueError(f'there is no demo camera "{name}"; known are {", ".join(known)}')
    return tuple(known[name] for name in names) if names else CAMERAS
