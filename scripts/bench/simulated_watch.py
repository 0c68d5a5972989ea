"""Spotters in simulated time, who drive the shipped policy and journal: what a watch comes to.

Part of `seda bench spotters`: `run()` gives its figures by their names in the table of goals.
"""

import tempfile
from pathlib import Path

from scripts.bench.report import Figure
from stages.assignment.policy.bound import bound_wait_s
from testing.arithmetic import jain_index
from testing.people.figures import Figures
from testing.people.plans import CAMERAS, DECISION_S, KILLED, OVERLOADED
from testing.people.simulator import Plan, Simulation


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
