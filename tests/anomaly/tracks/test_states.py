"""How rare what a track does is, from how often the camera ever showed it."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.tracks.states import (
    FAMILIES,
    STRETCH_S,
    States,
    note_states,
    pass_time,
    rarity_of,
    start_states,
)

ROWS, COLUMNS = 28, 49
WAY = 0  # column of the first family


def state(number: int) -> NDArray[np.int64]:
    """Give the states of one track of which only the way is known."""
    found = np.full((1, len(FAMILIES)), -1, np.int64)
    found[0, WAY] = number
    return found


def watch(states: States, stretches: int, *numbers: int) -> None:
    """Let so many stretches pass, in each of which these states were seen."""
    for _ in range(stretches):
        for number in numbers:
            note_states(states, state(number))
        pass_time(states, states.begun_s + STRETCH_S, STRETCH_S)


def rarity(states: States, number: int) -> float:
    return float(rarity_of(states, state(number))[0, WAY])


USUAL, OTHER, NEW = 800, 1500, 2300  # far from each other


def test_a_young_camera_says_nothing() -> None:
    """In the first five minutes everything is new."""
    states = start_states(ROWS, COLUMNS)
    watch(states, 8, USUAL)
    assert rarity(states, NEW) == 0


def test_what_was_never_seen_is_rarer_the_longer_the_camera_was_watched() -> None:
    """Half a sight in all of the time is what is assumed of it."""
    found = []
    for stretches in (20, 40, 120):
        states = start_states(ROWS, COLUMNS)
        watch(states, stretches, USUAL)
        found.append(rarity(states, NEW))
        assert found[-1] == pytest.approx(math.log(2 * stretches), abs=0.01)
        assert rarity(states, USUAL) < 0.1
    assert found == sorted(found)


def test_where_something_new_is_seen_all_the_time_nothing_is_rare() -> None:
    """Every stretch with a way that nobody took before: the next one is no surprise."""
    steady, lively = start_states(ROWS, COLUMNS), start_states(ROWS, COLUMNS)
    watch(steady, 40, USUAL)
    for number in range(40):
        watch(lively, 1, 60 * number)
    assert rarity(steady, 2450) > 4
    assert rarity(lively, 2450) < 0.3


def test_what_comes_into_many_new_states_at_once_is_one_sight() -> None:
    """One runner across the picture in an hour makes the next one hardly less rare."""
    once, often = start_states(ROWS, COLUMNS), start_states(ROWS, COLUMNS)
    watch(once, 20, USUAL)
    watch(often, 20, USUAL)
    watch(once, 1, 0)
    watch(often, 1, *range(0, 700, 100))
    for states in (once, often):
        watch(states, 20, USUAL)
    assert rarity(often, NEW) == pytest.approx(rarity(once, NEW), abs=0.01)


def test_what_goes_on_does_not_make_itself_usual() -> None:
    """A sight counts once a whole stretch has passed since."""
    states = start_states(ROWS, COLUMNS)
    watch(states, 40, USUAL)
    before = rarity(states, NEW)
    note_states(states, state(NEW))
    assert rarity(states, NEW) == before
    watch(states, 1, NEW)
    assert rarity(states, NEW) == pytest.approx(before, abs=0.05)
    watch(states, 2, USUAL)
    assert rarity(states, NEW) < before - 0.5


def test_a_step_aside_or_a_little_turn_is_not_new() -> None:
    """A state is seen with its neighbours."""
    states = start_states(ROWS, COLUMNS)
    watch(states, 40, USUAL)
    _, across = states.grid.shapes["way"]
    kinds = FAMILIES["way"].bins[1]
    turned, aside = USUAL + kinds, USUAL + 8 * kinds
    below, far = USUAL + across * 8 * kinds, USUAL + 3 * 8 * kinds
    assert [rarity(states, one) < 0.1 for one in (turned, aside, below, far)] == [
        True, True, True, False,
    ]  # fmt: skip
