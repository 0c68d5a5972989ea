"""Counters over the restarts of who counts."""

from hypothesis import given
from hypothesis import strategies as st

from controller.core.counters import KEYS_KEPT, OTHERS
from controller.counter_sums import added
from controller.figures import _ever_shorter
from seda.codec import encode_body
from seda.kept_state_memory import COUNTERS_BYTES
from seda.messages import ID_BYTES, StageFigures
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


def test_the_names_of_many_successors_stay_bounded() -> None:
    """Each controller bounds its own; what is beyond that shares one name, and no count is lost."""
    before = stage_figures(counts={}, drops={})
    for successor in range(3):
        names = [f"{successor}-{number}" for number in range(KEYS_KEPT)]
        newest = stage_figures(
            counts=dict.fromkeys(names, 1.0), drops={name: {"gate": 1} for name in names}
        )
        before = added(before, newest)
    assert len(before.counts) == len(before.drops) == KEYS_KEPT + 1
    assert sum(before.counts.values()) == 3 * KEYS_KEPT
    assert sum(sum(it.values()) for it in before.drops.values()) == 3 * KEYS_KEPT


def test_what_is_left_to_a_successor_gives_way_name_by_name() -> None:
    """Where memory has no room for every name, the numbers stay and nothing is raised."""
    reasons = [f"{number:0>{ID_BYTES}}" for number in range(KEYS_KEPT)]
    figures = stage_figures(
        counts=dict.fromkeys(reasons, 2.0),
        drops={name: {"camera at the gate": 3} for name in reasons},
    )
    whole, fewer, least = _ever_shorter(figures)
    assert whole == figures
    assert fewer.drops[reasons[0]] == {OTHERS: 3}
    assert (least.counts, least.drops) == (
        {OTHERS: 2.0 * KEYS_KEPT}, {OTHERS: {OTHERS: 3 * KEYS_KEPT}},
    )  # fmt: skip
    assert len(encode_body(least)) < COUNTERS_BYTES < len(encode_body(whole))
