"""Which passwords of strangers are looked at: nothing depends on who exists."""

from collections.abc import Sequence

import attrs
from hypothesis import given
from hypothesis import strategies as st

from stages.http_parser.password_rounds import HASHED_MAX, RECORDED_MAX, Attempt, answer, choose

Told = list[tuple[str, bool, bool]]
"""Of each of a round: name, whether it was right, whether it is told that it was wrong."""


def attempts(existing: Sequence[bool], failed: int = 1) -> list[Attempt]:
    """Return attempts in the order of their lots, all of them wrong."""
    return [
        Attempt(f"n{at}", "1.1.1.1", "wrong", "hash" if exists else None, failed, 0, at / 10_000)
        for at, exists in enumerate(existing)
    ]


def told(waiting: list[Attempt]) -> Told:
    """Do a round in which everybody is wrong."""
    found = choose(waiting)
    answer(found)
    return [(it.name, it.is_right, it.is_recorded) for it in found.answered]


@given(st.lists(st.just(value=False), min_size=1, max_size=60), st.data())
def test_a_round_is_the_same_whoever_exists(names: list[bool], data: st.DataObject) -> None:
    """The hashes, who is answered, and what they are told."""
    existing = list(names)
    indices = st.integers(0, len(names) - 1)
    for index in data.draw(st.lists(indices, max_size=HASHED_MAX, unique=True)):
        existing[index] = True
    here, there = attempts(names), attempts(existing)
    assert len(choose(here).hashed) == len(choose(there).hashed) == min(HASHED_MAX, len(names))
    assert told(here) == told(there)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_everybody_is_looked_at_in_the_end(existing: list[bool]) -> None:
    """In rounds of few hashes; each name that exists is hashed once."""
    waiting, hashed = attempts(existing), []
    while waiting:
        found = choose(waiting)
        assert len(found.hashed) <= HASHED_MAX
        hashed += [it.name for it in found.hashed if it.password_hash]
        answer(found)
        waiting = [it for it in waiting if not it.is_answered]
    assert sorted(hashed) == sorted(f"n{at}" for at, exists in enumerate(existing) if exists)


def test_behind_a_cut_everybody_waits() -> None:
    """Also who does not exist: to be late says nothing."""
    waiting = attempts([True] * HASHED_MAX + [False, True, False])
    names = [name for name, _, _ in told(waiting)]
    assert names == [f"n{at}" for at in range(HASHED_MAX + 1)]


def test_who_was_tried_least_comes_first() -> None:
    """Names that are guessed at keep no newcomer waiting, and who waited comes before others."""
    guessed, newcomer = attempts([True] * 20, failed=3), attempts([True])[0]
    assert newcomer in choose([*guessed, newcomer]).hashed
    late = [attrs.evolve(it, failed=1, round_number=1) for it in guessed]
    newcomer = attrs.evolve(newcomer, lot=1.0)
    assert newcomer in choose([*late, newcomer]).hashed


def test_few_of_many_are_told_and_all_guesses_at_people_are_in_the_record() -> None:
    """Those that are told nothing go with one that is."""
    waiting = attempts([False] * 40 + [True] * 2)
    assert sum(is_recorded for _, _, is_recorded in told(waiting)) == RECORDED_MAX
    (bearer,) = [it for it in waiting if it.others]
    assert bearer.is_recorded
    assert [it.name for it in bearer.others] == ["n40", "n41"]


def test_a_right_one_is_told_so_in_any_crowd() -> None:
    """Whatever its lot."""
    waiting = attempts([False] * 40 + [True])
    found = choose(waiting)
    for attempt in found.hashed:
        attempt.is_right = attempt.name == "n40"
    answer(found)
    assert [it.name for it in waiting if it.is_right] == ["n40"]
