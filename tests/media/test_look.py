"""Frozen and dark."""

import io

import numpy as np
import pytest
from PIL import Image

from media.look import look_at
from media.stillness import Judgement, Stillness
from seda.messages import Look

RANDOM = np.random.default_rng(7)


def corridor(noise: float = 0.0, level: float = 90.0) -> np.ndarray:
    across = np.linspace(0.4, 1.0, 640)[None, :] * np.linspace(0.7, 1.0, 360)[:, None]
    scene = across * level + (RANDOM.normal(0, noise, (360, 640)) if noise else 0)
    return np.clip(scene, 0, 255).astype(np.uint8)


def seen(luma: np.ndarray, at_s: float, quality: int = 60) -> Look:
    """Return the look of a picture that went through a JPEG encoder, as a camera's does."""
    out = io.BytesIO()
    Image.fromarray(luma).save(out, "JPEG", quality=quality)
    return look_at(np.asarray(Image.open(out)), at_s)


def last(looks: list[Look]) -> Judgement:
    stillness = Stillness()
    return [stillness.note(look) for look in looks][-1]


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
def test_an_empty_corridor_is_not_frozen(noise: float) -> None:
    """Sensor noise alone, however little survives the encoder, shows that a camera lives."""
    looks = [seen(corridor(noise), float(second)) for second in range(60)]
    assert last(looks).frozen_since_s is None


def test_the_same_picture_is_frozen_after_a_while() -> None:
    """A picture that repeats is frozen, and since when is told."""
    moving = [seen(corridor(1.0), float(second)) for second in range(5)]
    same = seen(corridor(), 0.0)
    stuck = [Look(5.0 + n, same.cells, same.mean, same.spread) for n in range(40)]
    assert last([*moving, *stuck[:15]]).frozen_since_s is None
    assert last([*moving, *stuck]).frozen_since_s == 5.0
    assert last([*moving, *stuck, seen(corridor(1.0), 50.0)]).frozen_since_s is None


def test_a_clock_in_the_picture_does_not_hide_that_it_is_frozen() -> None:
    """A recorder draws the time over the last picture of a camera that is gone."""
    looks = []
    for second in range(40):
        luma = corridor()
        luma[4:18, 4:140] = RANDOM.integers(0, 2, (14, 136)) * 255
        looks.append(seen(luma, float(second)))
    assert last(looks).frozen_since_s == 0.0


def test_few_looks_say_nothing() -> None:
    """One picture a minute that happens to be the same is no proof."""
    same = seen(corridor(), 0.0)
    looks = [Look(60.0 * n, same.cells, same.mean, same.spread) for n in range(4)]
    assert last(looks).frozen_since_s is None


def test_dark_is_told_from_a_dim_night() -> None:
    """Black with noise is dark; a lamp somewhere is not."""
    assert last([seen(corridor(2.0, level=8.0), 0.0)]).is_dark
    lamp = corridor(2.0, level=8.0)
    lamp[100:160, 200:280] = 220
    assert not last([seen(lamp, 0.0)]).is_dark
    assert not last([seen(corridor(1.0), 0.0)]).is_dark


def test_a_clock_in_the_picture_does_not_hide_that_it_is_dark() -> None:
    """A cloth over the lens lets a little light through; what is drawn in stays bright."""
    cloth = np.full(corridor().shape, 24, np.uint8)
    cloth[4:14, 4:70] = np.where(np.arange(66) % 6 < 2, 230, 24)
    assert last([seen(cloth, 0.0)]).is_dark


def test_tiny_pictures_have_looks() -> None:
    """Pictures smaller than the grid are no special case for anyone."""
    look = look_at(np.full((3, 5), 200, np.uint8), 0.0)
    assert (look.mean, look.spread, len(look.cells)) == (200.0, 0.0, 30)
