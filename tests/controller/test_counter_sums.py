"""Counters over the restarts of who counts."""

from hypothesis import given
from hypothesis import strategies as st

from controller.counter_sums import added
from seda.messages import StageFigures
from testing.messages.figures import stage_figures


def test_a_new_controller_goes_on_where_the_old_one_ended() -> None:
    """Every counter is the sum over the stage's controllers."""
    total = added(stage_figures(pid=1), stage_figures(pid=2))
    assert total.events == {"arrived": 28, "done": 20, "dropped": 6, "quarantined": 2}
    assert total.drops == {"overload": {"gate": 4, "yard": 2}}
    assert total.restarts == {"signal-9": 2}
    assert total.refused == {"version": 2}
    assert total.counts == {"pictures": 8.0}
    assert total.service_buckets == ((0.1, 14), (0.2, 6))
    assert total.service_sum_s == 2.5


def test_gauges_are_the_newest_controllers() -> None:
    """Only counters add up."""
    assert added(stage_figures(pid=1), stage_figures(pid=2, queue_events=8)).queue_events == 8


_COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=5)


@given(st.lists(_COUNTS, min_size=1, max_size=6))
def test_counters_never_go_backwards(controllers: list[list[int]]) -> None:
    """However often controllers are replaced, and whatever each counted."""
    before: StageFigures | None = None
    last = 0
    for pid, steps in enumerate(controllers):
        count = 0
        for step in steps:
            count += step
            told = stage_figures(pid=pid, events={"done": count})
            told = added(before, told) if before is not None else told
            assert told.events["done"] >= last
            last = told.events["done"]
        before = told
    assert last == sum(sum(steps) for steps in controllers)
