"""What the supervisor decides, with invented times."""

import attrs
from hypothesis import given
from hypothesis import strategies as st

from seda.supervisor import plan
from seda.supervisor.plan import Child, Kill, Situation, Start, Tell, reconcile


def _running(*names: str) -> Situation:
    children = (
        plan.started(Child(name, 0.0), pid, 0.0) for pid, name in enumerate(names, start=100)
    )
    return Situation(tuple(children))


def _died(situation: Situation, name: str, now_s: float) -> Situation:
    return situation.with_child(plan.died(situation.child(name), now_s))


def _told(situation: Situation, name: str, now_s: float) -> Situation:
    return situation.with_child(plan.told(situation.child(name), now_s))


def test_what_does_not_run_is_started_sink_first() -> None:
    """At the start every successor is there before who gives to it."""
    situation = Situation((Child("source", 0.0), Child("sink", 0.0)))
    assert reconcile(situation, 0.0) == [Start("sink"), Start("source")]


def test_nothing_is_done_while_all_is_as_wanted() -> None:
    """A situation that is as it should be asks for nothing and for no wake."""
    situation = _running("source", "sink")
    assert reconcile(situation, 5.0) == []
    assert plan.next_due_s(situation, 5.0) is None


def test_a_controller_that_served_is_replaced_at_once() -> None:
    """The first death costs no waiting."""
    situation = _died(_running("source", "sink"), "sink", 60.0)
    assert reconcile(situation, 60.0) == [Start("sink")]
    assert situation.child("sink").restarts == 1


def test_nothing_is_started_while_descendants_of_a_dead_controller_live() -> None:
    """Two handlers never have the same event at once."""
    situation = attrs.evolve(_died(_running("sink"), "sink", 60.0), has_orphans=True)
    assert reconcile(situation, 60.0) == []
    assert reconcile(attrs.evolve(situation, has_orphans=False), 60.0) == [Start("sink")]


def test_early_deaths_in_a_row_back_off() -> None:
    """A controller that dies at once is tried at once, and then ever more seldom."""
    child, waits, now_s = Child("sink", 0.0), [], 0.0
    for _ in range(9):
        child = plan.died(plan.started(child, 1, now_s), now_s)
        waits.append(child.start_at_s - now_s)
        now_s = child.start_at_s
    assert [round(wait, 3) for wait in waits] == [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_who_served_starts_over_with_the_backoff() -> None:
    """A controller that lived long enough is not punished for those before it."""
    child = attrs.evolve(plan.started(Child("sink", 0.0), 1, 100.0), early_deaths=7)
    assert plan.died(child, 100.0 + plan.SERVED_S).start_at_s == 100.0 + plan.SERVED_S


@given(st.integers(0, 10**9))
def test_the_backoff_is_bounded(deaths: int) -> None:
    """However often a controller dies, it is tried again."""
    assert 0 <= plan.backoff_s(deaths) <= plan.BACKOFF_LARGEST_S


def test_a_backoff_wakes_the_supervisor() -> None:
    """Who waits for a restart is told when to look again."""
    child = attrs.evolve(Child("sink", 0.0), start_at_s=7.0)
    assert plan.next_due_s(Situation((child,)), 5.0) == 7.0


def test_a_stop_goes_from_source_to_sink_one_at_a_time() -> None:
    """What a stage still has finds the next one alive."""
    situation = attrs.evolve(_running("source", "middle", "sink"), stop_by_s=20.0)
    assert reconcile(situation, 0.0) == [Tell("source")]
    situation = _told(situation, "source", 0.0)
    assert reconcile(situation, 1.0) == []
    situation = _died(situation, "source", 2.0)
    assert reconcile(situation, 2.0) == [Tell("middle")]
    situation = _died(_told(situation, "middle", 2.0), "middle", 3.0)
    situation = _died(_told(situation, "sink", 3.0), "sink", 4.0)
    assert reconcile(situation, 4.0) == []
    assert situation.is_over
    assert [child.restarts for child in situation.children] == [0, 0, 0]


def test_a_successor_that_dies_during_a_stop_is_started_again() -> None:
    """The stages before it could not drain without it."""
    situation = attrs.evolve(_running("source", "sink"), stop_by_s=20.0)
    situation = _died(_told(situation, "source", 0.0), "sink", 5.0)
    assert reconcile(situation, 5.0) == [Start("sink")]


def test_a_stage_that_does_not_stop_leaves_the_others_their_share() -> None:
    """The first may take half of the time, then it is killed; the last may take all."""
    situation = attrs.evolve(_running("source", "sink"), stop_by_s=20.0)
    situation = _told(situation, "source", 0.0)
    assert plan.next_due_s(situation, 0.0) == 10.0
    assert reconcile(situation, 9.9) == []
    assert reconcile(situation, 10.0) == [Kill("source")]
    situation = situation.with_child(plan.killed(situation.child("source")))
    assert reconcile(situation, 11.0) == []
    situation = _told(_died(situation, "source", 11.0), "sink", 11.0)
    assert reconcile(situation, 19.9) == []
    assert reconcile(situation, 20.0) == [Kill("sink")]


def test_at_the_limit_everything_is_killed() -> None:
    """A stop ends."""
    situation = attrs.evolve(_running("source", "sink"), stop_by_s=20.0)
    assert reconcile(situation, 20.0) == [Kill("source"), Kill("sink")]


def test_a_stop_is_not_over_while_orphans_live() -> None:
    """It leaves no process behind."""
    situation = attrs.evolve(_died(_running("sink"), "sink", 1.0), stop_by_s=20.0, has_orphans=True)
    assert not situation.is_over


def test_a_controller_that_stays_suspended_is_killed() -> None:
    """Whoever stopped it has a moment to continue it."""
    situation = _running("sink")
    suspended = situation.with_child(plan.suspended(situation.child("sink"), 50.0))
    assert reconcile(suspended, 50.0) == []
    assert plan.next_due_s(suspended, 50.0) == 50.0 + plan.SUSPENDED_LIMIT_S
    assert reconcile(suspended, 51.0) == [Kill("sink")]
    continued = suspended.with_child(plan.suspended(suspended.child("sink"), None))
    assert reconcile(continued, 51.0) == []


def _looked(child: Child, beat_s: float, times: int) -> Child:
    for _ in range(times):
        child = plan.looked(child, beat_s)
    return child


def test_a_controller_whose_loop_stands_still_is_killed() -> None:
    """Counted in looks; one beat in between and the count begins anew."""
    situation = _running("sink")
    sink = _looked(situation.child("sink"), 3.0, plan.SILENT_LOOKS)
    assert reconcile(situation.with_child(sink), 9.0) == []
    assert reconcile(situation.with_child(plan.looked(sink, 3.0)), 9.0) == [Kill("sink")]
    assert reconcile(situation.with_child(plan.looked(sink, 9.0)), 9.0) == []


def test_a_controller_that_starts_has_longer_until_its_first_turn() -> None:
    """What its predecessor left in the kept state is no beat of its own."""
    situation = _running("sink")
    sink = _looked(plan.started(situation.child("sink"), 1, 10.0), 3.0, plan.SILENT_LOOKS_AT_START)
    assert reconcile(situation.with_child(sink), 40.0) == []
    assert reconcile(situation.with_child(plan.looked(sink, 3.0)), 41.0) == [Kill("sink")]
    again = plan.started(plan.looked(sink, 3.0), 2, 50.0)
    assert reconcile(situation.with_child(again), 50.0) == []
