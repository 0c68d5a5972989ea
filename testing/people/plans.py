"""The watches that are simulated: by tests, by `seda bench spotters`, in design/assignment.md."""

import attrs

from stages.assignment.policy.limits import Limits
from testing.people.simulator import Plan

CAMERAS = 32
DECISION_S = (4.0, 6.0)
OVERLOADED = Plan(
    threats=tuple(1 / rank for rank in range(1, CAMERAS + 1)),
    spotters=8,
    decision_s=DECISION_S,
    limits=Limits(test_every=0),
)
"""32 cameras of Zipf threats with a frame every 4 s each, and people for a fifth of that."""
SAMPLED = attrs.evolve(
    OVERLOADED, limits=Limits(test_every=0, incident_threat=0.5, sample_every_s=60.0)
)
"""The same where the second band is no work either, and a spotter has a sample a minute."""
KILLED = Plan(
    threats=tuple(1 / rank for rank in range(1, 65)),
    spotters=64,
    chunk_s=2.0,
    kills_per_happening=0.002,
    leaves_per_decision=0.02,
    idles_per_decision=0.02,
)
"""64 spotters who leave and idle, and a process that is killed at any byte of its journal."""
