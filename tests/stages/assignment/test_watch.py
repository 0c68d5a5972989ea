"""A watch of ten minutes in simulated time: nothing held twice, nothing lost, nobody starved."""

from pathlib import Path

import attrs
import pytest

from stages.assignment.policy.bound import bound_wait_s
from testing.arithmetic import jain_index
from testing.people.plans import KILLED, OVERLOADED, SAMPLED
from testing.people.simulator import Plan, Simulation


@pytest.mark.parametrize("seed", range(3))
def test_no_camera_waits_longer_than_the_bound(tmp_path: Path, seed: int) -> None:
    """With Zipf threats and a fifth of the capacity every camera is served in time (R11, R32)."""
    figures = Simulation(attrs.evolve(OVERLOADED, seed=seed), tmp_path / "journal").run()
    load = sum(figures.frames.values()) / sum(figures.attention.values())
    assert load > 4.5, "capacity is to be a fifth of the load"
    assert figures.count_turns_waited() <= 31
    bound_s = bound_wait_s(OVERLOADED.limits, cameras=32, spotters=8, decision_s=6.0)
    assert figures.longest_wait_s <= bound_s
    assert figures.waits_s.keys() == figures.frames.keys(), "every camera was looked at"


@pytest.mark.parametrize("seed", range(3))
def test_attention_above_the_urgent_share_is_even(tmp_path: Path, seed: int) -> None:
    """The decisions that rotation turns led to are spread evenly, whatever others send (R32)."""
    figures = Simulation(attrs.evolve(OVERLOADED, seed=seed), tmp_path / "journal").run()
    by_rotation = [figures.decided["rotation"][camera] for camera in figures.frames]
    assert jain_index(by_rotation) >= 0.95


def test_higher_threats_wait_less(tmp_path: Path) -> None:
    """Between cameras of twice the threat the mean wait falls (R31)."""
    figures = Simulation(OVERLOADED, tmp_path / "journal").run()
    means_s = [sum(waits) / len(waits) for _, waits in sorted(figures.waits_s.items())]
    work_s = [means_s[0], means_s[1], sum(means_s[2:4]) / 2]
    assert work_s == sorted(work_s)
    assert work_s[-1] < min(means_s[5:]), "samples come in turn, whatever their threat"


@pytest.mark.parametrize("seed", range(3))
def test_samples_keep_their_bound_and_leave_the_rest_to_work(tmp_path: Path, seed: int) -> None:
    """Every camera is looked at within the published time, by few decisions (R11, R32)."""
    figures = Simulation(attrs.evolve(SAMPLED, seed=seed), tmp_path / "journal").run()
    assert figures.count_turns_waited() <= 31
    bound_s = bound_wait_s(SAMPLED.limits, cameras=32, spotters=8, decision_s=6.0, is_sample=True)
    assert figures.longest_wait_s <= bound_s
    assert figures.waits_s.keys() == figures.frames.keys(), "every camera was looked at"
    ordinary = sorted(figures.frames)[2:]  # of the two first some frames are work
    samples = sum(figures.decided["rotation"][camera] for camera in ordinary)
    most = 1 + SAMPLED.duration_s / SAMPLED.limits.sample_every_s
    assert samples <= most * SAMPLED.spotters


@pytest.mark.slow
def test_64_spotters_and_kills_lose_nothing_and_share_nothing(tmp_path: Path) -> None:
    """Killed at any byte of the journal, idle and leaving people included, over ten minutes.

    What a page holds, sees and decides is counted at each step.
    """
    figures = Simulation(KILLED, tmp_path / "journal").run()
    assert (figures.held_by_two, figures.seen_twice) == (0, 0)
    assert (figures.decisions_lost, figures.decisions_twice) == (0, 0)
    assert figures.kills > 50
    assert sum(figures.judged.values()) > 4000
    assert min(figures.returned["gone"], figures.returned["yielded"]) > 100
    figures.count_turns_waited()


def test_a_watch_can_be_repeated(tmp_path: Path) -> None:
    """The same seed gives the same watch, kills included."""
    plan = Plan(
        threats=OVERLOADED.threats[:8], spotters=3, duration_s=120.0, kills_per_happening=0.02
    )
    first = Simulation(plan, tmp_path / "one").run()
    second = Simulation(plan, tmp_path / "two").run()
    assert first == second
