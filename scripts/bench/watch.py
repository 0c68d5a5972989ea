"""Spotters in simulated time, who drive the shipped policy and journal: what a watch comes to.

Part of `seda bench spotters`: `run()` gives its figures by their names in the table of goals. The
plans are those of tests/stages/assignment/test_watch.py and design/assignment.md.
"""

import tempfile
from pathlib import Path

from scripts.bench.report import Figure
from stages.assignment.policy_bound import bound_wait_s
from stages.assignment.policy_limits import Limits
from testing.arithmetic import jain_index
from testing.people.figures import Figures
from testing.people.simulator import Plan, Simulation

CAMERAS = 32
DECISION_S = (4.0, 6.0)
OVERLOADED = Plan(
    threats=tuple(1 / rank for rank in range(1, CAMERAS + 1)),
    spotters=8,
    decision_s=DECISION_S,
    limits=Limits(test_every=0),
)
"""32 cameras of Zipf threats with a frame every 4 s each, and people for a fifth of that."""
KILLED = Plan(
    threats=tuple(1 / rank for rank in range(1, 65)),
    spotters=64,
    chunk_s=2.0,
    kills_per_happening=0.002,
    leaves_per_decision=0.02,
    idles_per_decision=0.02,
)
"""64 spotters who leave and idle, and a process that is killed at any byte of its journal."""


def simulate(plan: Plan) -> Figures:
    """Simulate a watch of ten minutes; raises Broken where the theorem does not hold."""
    with tempfile.TemporaryDirectory(prefix="seda-watch-") as folder:
        return Simulation(plan, Path(folder, "journal")).run()


def run() -> dict[str, Figure]:
    """Simulate both watches and return their figures."""
    killed, overloaded = simulate(KILLED), simulate(OVERLOADED)
    killed.count_turns_waited()
    overloaded.count_turns_waited()
    bound_s = bound_wait_s(
        OVERLOADED.limits, cameras=CAMERAS, spotters=OVERLOADED.spotters, decision_s=DECISION_S[1]
    )
    by_rotation = [overloaded.decided["rotation"][camera] for camera in overloaded.frames]
    return {
        "simulated_kills": Figure(killed.kills, ""),
        "simulated_decisions": Figure(sum(killed.judged.values()), ""),
        "frames_held_by_two": Figure(killed.held_by_two, ""),
        "frames_seen_twice": Figure(killed.seen_twice, ""),
        "decisions_lost": Figure(killed.decisions_lost + killed.decisions_twice, ""),
        "longest_wait_against_bound": Figure(overloaded.longest_wait_s / bound_s, "x"),
        "jain_above_urgent_share": Figure(jain_index(by_rotation), ""),
    }
