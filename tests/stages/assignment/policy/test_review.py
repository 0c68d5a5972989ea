"""What is too old for the clock: out of the way of what is fresh, and decided in review."""

import attrs

from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from tests.stages.assignment.scripted import CALM, Script, make_frame, one, pick

LIMIT_S = CALM.review_after_s


def _review(script: Script, spotter: str) -> list[c.Command]:
    session = f"{spotter} reviews"
    held = frozenset(script.policy.pool.index.sessions.get(session, ()))
    request = h.Requested(
        request_id=f"{session} {script.now_s} {len(held)}", spotter=spotter, session=session,
        wait_s=25.0, holds=held, is_review=True,
    )  # fmt: skip
    return script.tell(request)


def test_a_higher_band_goes_first_however_long_the_other_waited() -> None:
    """A stale frame never stands before a fresh one of a higher band (R31)."""
    script = Script()
    script.score("old", 0.74)
    script.wait(LIMIT_S - 1.0)
    script.score("new", 0.75)
    assert script.camera_of(script.take("anna")) == "new"


def test_what_is_too_old_goes_to_review_and_is_not_lost() -> None:
    """Whoever watches gets what is fresh; who reviews gets the rest, the worst first."""
    script = Script()
    script.score("old", 0.6)
    script.score("older", 0.95)
    assert {it.incident_id for it in pick(script.wait(LIMIT_S), c.Deferred)} == {
        "old-1-100",
        "older-1-100",
    }
    script.score("new", 0.3)
    assert script.camera_of(script.take("anna")) == "new"
    assert one(script.ask("anna"), c.NoFrame)
    first, second = one(_review(script, "bert"), c.Leased), one(_review(script, "bert"), c.Leased)
    assert [script.camera_of(it.lease_id) for it in (first, second)] == ["older", "old"]
    assert (first.turn, second.turn) == ("review", "review")


def test_what_goes_on_stays_by_the_clock() -> None:
    """Its age is that of its newest picture."""
    script = Script()
    for number in range(12):
        script.score("a", 0.6, 100 + number)
        assert not pick(script.wait(LIMIT_S / 8), c.Deferred)


def test_what_came_late_is_as_old_as_when_its_camera_sent_it() -> None:
    """A backlog that is worked off is no news."""
    script = Script()
    script.tell(h.Scored(attrs.evolve(make_frame("a", 0.6, 1), lag_s=LIMIT_S - 5.0)))
    assert one(script.wait(6.0), c.Deferred)


def test_review_has_no_clock() -> None:
    """Long after a lease of the watch had run out the frame is still theirs."""
    script = Script()
    script.score("a", 0.6)
    script.wait(LIMIT_S)
    leased = one(_review(script, "anna"), c.Leased)
    assert not pick(script.wait(10 * CALM.lease_s), c.Returned)
    script.decide(leased.lease_id)
    assert not script.policy.pool.index.review


def test_what_somebody_left_undecided_may_be_reviewed_by_them() -> None:
    """Else a person alone on watch would never get to it."""
    script = Script()
    script.score("a", 0.6)
    lease_id = script.take("anna")
    assert one(script.wait(CALM.lease_s), c.Returned).lease_id == lease_id
    script.wait(LIMIT_S)
    assert one(_review(script, "anna"), c.Leased).incident_id == "a-1-100"


def test_a_frame_in_somebodys_hands_does_not_grow_too_old() -> None:
    """It goes to review only if it comes back."""
    script = Script(attrs.evolve(CALM, lease_s=300.0))
    script.score("a", 0.6)
    script.take("anna")
    assert not pick(script.wait(LIMIT_S + 5.0), c.Deferred)
    script.tell(h.Gone("anna"))
    assert one(script.wait(1.0), c.Deferred)


def test_a_second_opinion_is_waited_for_by_the_clock() -> None:
    """It was asked for a moment ago, and has a limit of its own."""
    script = Script()
    script.score("a", 0.6)
    script.decide(script.take("anna"), "unsure")
    assert not pick(script.wait(LIMIT_S + 5.0), c.Deferred)


def test_a_full_review_drops_the_least_of_the_camera_with_most() -> None:
    """With its reason, so that it is counted."""
    script = Script(attrs.evolve(CALM, review_max=3))
    for camera, threat in (("a", 0.6), ("a", 0.5), ("a", 0.9), ("b", 0.4)):
        script.score(camera, threat)
    dropped = one(script.wait(LIMIT_S), c.Dropped)
    assert dropped == c.Dropped("a-1-200", "review full")


def test_a_late_frame_of_the_top_band_is_told_in_review_too() -> None:
    """Where the limit of review is the shorter one."""
    script = Script(attrs.evolve(CALM, review_after_s=10.0))
    script.score("a", 0.95)
    assert one(script.wait(CALM.top_target_s), c.Overdue).incident_id == "a-1-100"
