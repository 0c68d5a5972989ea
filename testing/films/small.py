"""Demo cameras at a fifth of their size, so that tests of machinery do not pay for the looks."""

import attrs

from scripts.demo.cameras import CAMERAS, DemoCamera

WIDTH_PX, HEIGHT_PX = 384, 216


def shrunk(camera: DemoCamera) -> DemoCamera:
    """Give a camera whose lens sees the same in fewer pixels."""
    lens = attrs.evolve(camera.scene.lens, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    return attrs.evolve(camera, scene=attrs.evolve(camera.scene, lens=lens))


SMALL = {camera.name: shrunk(camera) for camera in CAMERAS}
