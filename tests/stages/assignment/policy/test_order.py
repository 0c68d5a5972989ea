"""Which incident leaves first: urgent, in rotation, by scope."""

from math import log2

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.assignment.policy import commands as c
from stages.assignment.policy.bound import bound_rotation_turns, bound_wait_s
from stages.assignment.policy.index import due_s
from stages.assignment.policy.limits import Limits
from tests.stages.assignment.scripted import CALM, Script, one, pick

threats = st.floats(0.0, 1.0)


def test_the_worst_frame_goes_first() -> None:
    """Of frames that came together the one of the highest threat is chosen (R30, R31)."""
    script = Script()
    for camera, threat in (("a", 0.3), ("b", 0.9), ("c", 0.5)):
        script.score(camera, threat)
    leased = one(script.ask("anna"), c.Leased)
    assert leased.incident_id == "b-1-100"
    assert (leased.request_id, leased.turn) == ("r1", "urgent")


def test_a_request_that_waits_gets_the_next_frame() -> None:
    """Frames and requests are two queues, and whichever is late completes the pair (R29, R34)."""
    script = Script()
    assert not script.ask("anna", wait_s=25.0)
    leased = one(script.score("a", 0.1), c.Leased)
    assert leased.request_id == "r1"


def test_a_request_without_a_frame_is_answered_when_its_time_is_over() -> None:
    """A long poll ends without a frame rather than never."""
    script = Script()
    script.ask("anna", wait_s=3.0)
    assert not script.wait(2.0)
    assert one(script.wait(1.0), c.NoFrame) == c.NoFrame("r1", "nothing waits")


def test_waiting_counts_as_threat() -> None:
    """A frame that waited for one doubling time passes one of less than twice its threat (R32)."""
    script = Script()
    script.score("old", 0.26)
    script.wait(CALM.doubling_s)
    script.score("new", 0.49)
    assert script.camera_of(script.take("anna")) == "old"


def test_twice_the_threat_passes_what_waited_less_than_a_doubling_time() -> None:
    """Urgent first: a frame of twice the threat waits less (R31)."""
    script = Script()
    script.score("old", 0.3)
    script.wait(CALM.doubling_s - 1.0)
    script.score("new", 0.6)
    assert script.camera_of(script.take("anna")) == "new"


@given(low=threats, factor=st.floats(2.0, 64.0), since_s=st.floats(0.0, 1e6), head_s=threats)
def test_twice_the_threat_is_due_first(
    low: float, factor: float, since_s: float, head_s: float
) -> None:
    """Whatever has twice the threat is due first, unless the other waits a doubling time longer."""
    limits = Limits()
    high = max(low, limits.least_threat) * factor
    later_s = since_s + 0.99 * head_s * limits.doubling_s
    assert due_s(high, later_s, limits) < due_s(low, since_s, limits)


@given(threats)
def test_no_frame_is_due_later_than_the_least_threat(threat: float) -> None:
    """Ageing reaches every frame: there is a latest due time."""
    limits = Limits()
    latest_s = limits.doubling_s * log2(1 / limits.least_threat)
    assert 0.0 <= due_s(threat, 0.0, limits) <= latest_s


def test_every_nth_turn_goes_to_the_camera_that_is_longest_without() -> None:
    """Every third turn serves the cameras in rotation, however bad the others are (R11, R32)."""
    script = Script()
    served = []
    for _ in range(12):
        for camera, threat in (("calm", 0.01), ("quiet", 0.02), ("wild", 0.99)):
            script.score(camera, threat)
        lease_id = script.take("spotter")
        served.append(script.camera_of(lease_id))
        script.decide(lease_id)
    assert served[2::3] == ["calm", "quiet", "wild", "calm"]
    assert [camera for camera in served if camera != "wild"] == ["calm", "quiet", "calm"]


def test_a_rotation_turn_takes_the_cameras_worst_frame() -> None:
    """A camera's turn serves its best frame, not its oldest."""
    script = Script(attrs.evolve(CALM, rotation_every=2))
    script.score("wild", 1.0)
    script.score("calm", 0.3)
    script.wait(100.0)
    script.score("calm", 0.4)
    script.take("anna")
    second = one(script.ask("anna"), c.Leased)
    assert second.turn == "rotation"
    assert second.incident_id == "calm-1-200"


def test_a_camera_out_of_scope_is_never_served() -> None:
    """A spotter sees the cameras of their scope and no other."""
    script = Script()
    script.score("secret", 1.0)
    script.score("public", 0.1)
    scope = frozenset({"public"})
    assert script.camera_of(script.take("anna", scope=scope)) == "public"
    assert one(script.ask("anna", scope=scope), c.NoFrame)


def test_rotation_turns_are_counted_for_each_spotter() -> None:
    """Two spotters in step cannot keep a camera from its turn that only one of them may see."""
    script = Script(attrs.evolve(CALM, rotation_every=2))
    served = set()
    for _ in range(4):
        for spotter, scope in (("all", None), ("some", frozenset({"wild"}))):
            script.score("wild", 1.0)
            script.score("calm", 0.01)
            lease_id = script.take(spotter, scope=scope)
            served.add(script.camera_of(lease_id))
            script.decide(lease_id)
    assert served == {"wild", "calm"}


def test_who_has_nothing_on_the_screen_is_served_before_a_prefetch() -> None:
    """A spotter without a frame comes before one who already has one."""
    script = Script()
    script.score("a", 0.1)
    script.take("anna")
    script.ask("anna", wait_s=25.0)
    script.ask("bert", wait_s=25.0)
    assert one(script.score("b", 0.1), c.Leased).spotter == "bert"


def test_requests_over_their_limit_are_told_so() -> None:
    """The queue of requests is bounded and says so."""
    script = Script(attrs.evolve(CALM, requests_max=1))
    script.ask("anna", wait_s=25.0)
    assert one(script.ask("bert", wait_s=25.0), c.NoFrame).reason == "too many requests"


def test_a_session_waits_with_one_request() -> None:
    """A page that asks again is answered once, on the new connection."""
    script = Script()
    script.ask("anna", wait_s=25.0)
    again = script.ask("anna", wait_s=25.0)
    assert again == [c.NoFrame("r1", "asked again")]
    assert one(script.score("a", 0.5), c.Leased).request_id == "r2"


def test_the_bound_grows_with_cameras_and_shrinks_with_spotters() -> None:
    """The published bound is the note's formula."""
    limits = Limits(test_every=0, rotation_every=3)
    assert bound_rotation_turns(32, 2) == 33
    assert bound_wait_s(limits, cameras=32, spotters=8, decision_s=6.0) == pytest.approx(108.0)
    with_tests = attrs.evolve(limits, test_every=50)
    assert bound_wait_s(with_tests, cameras=32, spotters=8, decision_s=6.0) == pytest.approx(
        6.0 * (15 * 26 / 25 + 3)
    )


def test_equal_happenings_lead_to_equal_commands() -> None:
    """The policy is deterministic: nothing but happenings, times and the generator come in."""

    def play() -> list[tuple[float, c.Fact]]:
        script = Script(Limits(test_every=2, second_clear_share=0.5))
        for step in range(30):
            script.score(f"camera {step % 5}", (step % 7) / 7)
            for leased in pick(script.ask(f"spotter {step % 3}"), c.Leased):
                script.decide(leased.lease_id)
        return script.facts

    assert play() == play()
