"""The energy of motion by place: what differs from the picture before."""

import numpy as np
import pytest

from anomaly.seeing.background import light_of, start_background
from anomaly.seeing.energy import measure_energy
from anomaly.seeing.seen import Seen
from anomaly.types import Bytes, Floats
from tests.anomaly.street import Walker, draw_street

THING = Walker(50, 0.0, start=100, width_px=12, height_px=24)


def street(things: list[Walker], brighter: int = 0) -> Bytes:
    """Give a street, always with the same noise, perhaps in another light."""
    picture = draw_street(things, 0).astype(np.int16) + brighter
    return np.clip(picture, 0, 255).astype(np.uint8)


def energy_between(before: Bytes, now: Bytes, *, is_known: bool = True) -> Floats:
    """Give the energy of a picture that comes after another one."""
    background = start_background(np.stack([before]))
    frames = np.stack([before, now])
    light = light_of(background, frames, None)
    have = np.array([[1, is_known, 0, 0, 0]], np.float32)
    seen = Seen(frames, [0.0, 0.1], 1, light, np.array([[1, 0, 0, 0, 0]]), have)
    return np.asarray(measure_energy(seen)[0], np.float32)


def test_what_comes_has_energy_where_it_is() -> None:
    """By as many grey levels as it differs from the ground, and none elsewhere."""
    found = energy_between(street([]), street([THING]))
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 50 <= row * 4 <= 74
    assert 88 <= column * 4 <= 104
    assert found.max() > 20
    assert not found[:10].any()


@pytest.mark.parametrize("brighter", [-40, 40])
def test_change_of_light_is_left_out(brighter: int) -> None:
    """The sun comes out, and nothing has moved."""
    found = energy_between(street([]), street([], brighter))
    assert found.max() < 1


def test_what_moves_while_the_light_changes_is_still_seen() -> None:
    """Only the light is left out."""
    found = energy_between(street([]), street([THING], 30))
    assert found.max() > 20
    assert np.median(found) < 1


def test_picture_with_none_before_it_has_no_energy() -> None:
    """After a gap nothing is compared."""
    assert not energy_between(street([]), street([THING]), is_known=False).any()
