"""Counters over the restarts of who counts."""

from hypothesis import given
from hypothesis import strategies as st

from stages.live.metrics.lines import Line, continued
from testing.messages.figures import stage_figures


def test_a_new_controller_goes_on_where_the_old_one_ended() -> None:
    """Every counter is the sum over the stage's controllers."""
    line = continued(continued(None, stage_figures(pid=1)), stage_figures(pid=2))
    total = line.total()
    assert total.events == {"arrived": 28, "done": 20, "dropped": 6, "quarantined": 2}
    assert total.drops == {"overload": {"gate": 4, "yard": 2}}
    assert total.restarts == {"signal-9": 2}
    assert total.refused == {"version": 2}
    assert total.counts == {"pictures": 8.0}
    assert total.service_buckets == ((0.1, 14), (0.2, 6))
    assert total.service_sum_s == 2.5


def test_gauges_are_the_newest_controllers() -> None:
    """Only counters add up."""
    line = continued(continued(None, stage_figures(pid=1)), stage_figures(pid=2, queue_events=8))
    assert line.total().queue_events == 8


def test_figures_that_come_late_change_nothing() -> None:
    """Figures of the same controller may be submitted again after newer ones."""
    line = continued(None, stage_figures(at_s=2.0, events={"done": 5}))
    assert continued(line, stage_figures(at_s=1.0, events={"done": 4})) == line


_COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=5)


@given(st.lists(_COUNTS, min_size=1, max_size=6))
def test_counters_never_go_backwards(controllers: list[list[int]]) -> None:
    """However often controllers are replaced, and whatever each counted."""
    line: Line | None = None
    last, now_s = 0, 0.0
    for pid, steps in enumerate(controllers):
        count = 0
        for step in steps:
            count, now_s = count + step, now_s + 1
            line = continued(line, stage_figures(pid=pid, at_s=now_s, events={"done": count}))
            total = line.total().events["done"]
            assert total >= last
            last = total
    assert last == sum(sum(steps) for steps in controllers)
