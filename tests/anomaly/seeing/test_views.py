"""The same view in another light is told from one that is covered, turned or gone."""

from collections.abc import Callable

import numpy as np
import pytest

from anomaly.seeing.views import shows_same_view
from anomaly.types import Bytes
from testing.films.effects import Night
from tests.anomaly.street import HEIGHT_PX, ORDINARY, WIDTH_PX, draw_ground, draw_street

USUAL = draw_ground().astype(np.float32)
PICTURE = draw_street(ORDINARY, 7)
SHAPE = (HEIGHT_PX, WIDTH_PX)
Change = Callable[[Bytes, np.random.Generator], object]

LIGHTS: dict[str, Change] = {
    "as it was": lambda picture, _: picture,
    "brighter": lambda picture, _: picture * 1.4 + 20,
    "darker": lambda picture, rng: picture * 0.3 + rng.normal(0, 3, SHAPE),
    "infrared": lambda picture, rng: Night.draw(rng, SHAPE).show(picture, rng),
    "lit from one side": lambda picture, _: picture * np.linspace(0.3, 1.5, WIDTH_PX),
    "lightning": lambda picture, _: picture * 0.7 + 90,
}
VIEWS: dict[str, Change] = {
    "covered": lambda picture, rng: np.full_like(picture, 24) + rng.normal(0, 3, SHAPE),
    "half covered": lambda picture, _: np.where(np.arange(WIDTH_PX) < WIDTH_PX / 2, 24, picture),
    "a third covered": lambda picture, _: np.where(np.arange(WIDTH_PX) < 60, 24, picture),
    "turned": lambda picture, _: np.roll(picture, 40, 1),
    "pushed": lambda picture, _: np.roll(picture, 9, 0),
    "elsewhere": lambda *_: draw_street(ORDINARY, 7, seed=5),
    "upside down": lambda picture, _: picture[::-1],
    "dark": lambda _, rng: 6 + rng.normal(0, 3, SHAPE),
    "inverted": lambda picture, _: 255 - picture,
}


def change(made: Change) -> Bytes:
    picture = made(PICTURE, np.random.default_rng(3))
    return np.asarray(np.clip(np.asarray(picture), 0, 255), np.uint8)


@pytest.mark.parametrize("name", LIGHTS)
def test_light_changes_no_view(name: str) -> None:
    """However dark, bright or uneven it is, people included."""
    assert shows_same_view(change(LIGHTS[name]), USUAL)


@pytest.mark.parametrize("name", VIEWS)
def test_what_hides_or_turns_the_view_is_no_light(name: str) -> None:
    """A third of it is enough; and where nothing is left to be seen nobody can tell."""
    assert not shows_same_view(change(VIEWS[name]), USUAL)


def test_a_view_without_anything_to_recognise_is_never_said_to_be_the_same() -> None:
    """A white wall looks like a white cloth."""
    wall = np.full(SHAPE, 180, np.float32)
    assert not shows_same_view(wall.astype(np.uint8) // 2, wall)
