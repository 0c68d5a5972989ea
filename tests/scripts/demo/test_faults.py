"""The schedule of drops and freezes."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from scripts.demo.faults import FaultWatch, plan_faults


@given(st.integers(0, 10**6))
def test_faults_are_apart_and_end(seed: int) -> None:
    """A camera works in between, and from the start."""
    plan = list(itertools.islice(plan_faults("gate", "drop", seed), 10))
    assert plan[0].start_s >= 60
    for before, after in itertools.pairwise(plan):
        assert before.start_s < before.end_s < after.start_s - 100


def test_the_watch_says_what_the_plan_says() -> None:
    """Asked at any moment in order, the watch names the planned fault or none."""
    plan = list(itertools.islice(plan_faults("dock", "freeze", 4), 5))
    watch = FaultWatch("dock", "freeze", 4)
    for step in range(int(plan[-1].end_s)):
        planned = any(fault.start_s <= step < fault.end_s for fault in plan)
        assert (watch.kind_at(step) == "freeze") == planned


def test_a_camera_without_faults_has_none() -> None:
    """Most cameras are sound."""
    assert list(plan_faults("street", None, 1)) == []
