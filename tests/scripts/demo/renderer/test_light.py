"""Levels of light over time."""

from hypothesis import given
from hypothesis import strategies as st

from scripts.demo.renderer.light import Weather

WEATHER = Weather(5, clouds=0.9, drift=0.15, lamps=("steady", "flicker", "shift"))


@given(st.floats(0, 1e6))
def test_levels_stay_within_what_a_camera_copes_with(now_s: float) -> None:
    """Nothing is ever black or burnt out by the weather."""
    levels = WEATHER.levels_at(now_s)
    assert 0.05 < levels.sun < 1.3
    assert 0.6 < levels.sky < 1.3
    assert 0.6 < levels.exposure < 2.2
    assert all(0.3 <= lamp <= 1.01 for lamp in levels.lamps)


@given(st.floats(0, 1e5))
def test_daylight_never_jumps(now_s: float) -> None:
    """Clouds take seconds to pass."""
    here, soon = WEATHER.levels_at(now_s), WEATHER.levels_at(now_s + 0.2)
    assert abs(here.sun - soon.sun) < 0.05
    assert abs(here.exposure - soon.exposure) < 0.05


def test_clouds_come_and_go_within_the_hour() -> None:
    """Changing light is there to be coped with."""
    suns = [WEATHER.levels_at(float(now_s)).sun for now_s in range(0, 3600, 10)]
    assert min(suns) < 0.4
    assert max(suns) > 0.9
