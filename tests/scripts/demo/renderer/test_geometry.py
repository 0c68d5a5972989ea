"""The lens and the plane geometry."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scripts.demo.renderer.geometry import Lens, as_floats, hull, lengths_along, round_corners, turn

LENS = Lens((1.0, -4.0, 6.0), 12.0, 20.0, 64.0)
metres = st.floats(-40, 40)


@given(column=st.integers(0, 959), row=st.integers(0, 539), depth=st.floats(1, 80))
def test_a_point_on_a_pixels_ray_projects_onto_that_pixel(
    column: int, row: int, depth: float
) -> None:
    """Rays and projection are each other's inverse, so occlusion by depth is right."""
    point = as_floats(LENS.eye) + LENS.rays()[row, column] * np.float32(depth)
    seen = LENS.project(point)
    assert np.allclose(seen, [column + 0.5, row + 0.5, depth], atol=0.05 + depth / 200)


@given(st.lists(st.tuples(metres, metres), min_size=3, max_size=40))
def test_no_point_lies_outside_the_hull(points: list[tuple[float, float]]) -> None:
    """Every point is left of, or on, every edge of the counter-clockwise hull."""
    outline = hull(as_floats(points))
    if len(outline) < 3:
        return
    for here, there in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        edge, away = there - here, as_floats(points) - here
        assert (edge[0] * away[:, 1] - edge[1] * away[:, 0] > -1e-2).all()


@given(heading=st.floats(-7, 7), x=metres, y=metres)
def test_turning_keeps_lengths(heading: float, x: float, y: float) -> None:
    """A turned body is as large as before."""
    before, after = as_floats([x, y, 1]), turn(as_floats([x, y, 1]), heading)
    assert np.isclose(np.linalg.norm(before), np.linalg.norm(after), rtol=1e-4, atol=1e-4)


def test_turning_follows_the_compass() -> None:
    """A heading of a quarter turn looks along +x."""
    assert np.allclose(turn(as_floats([0, 1, 0]), np.pi / 2), [1, 0, 0], atol=1e-6)


def test_rounding_shortens_a_bend_and_keeps_its_ends() -> None:
    """Corners are cut, ends are not."""
    bend = as_floats([[0, 0], [10, 0], [10, 10]])
    rounded = round_corners(bend)
    assert (rounded[0] == bend[0]).all()
    assert (rounded[-1] == bend[-1]).all()
    assert lengths_along(rounded)[-1] < lengths_along(bend)[-1]
