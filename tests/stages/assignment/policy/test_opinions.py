"""Second opinions, supervisors, and test frames."""

from itertools import pairwise

import attrs
import pytest

from seda.decisions import VerdictWord
from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.records import Spotter
from tests.stages.assignment.scripted import CALM, Script, make_frame, one, pick

TESTS = attrs.evolve(CALM, test_every=1)


def test_over_the_threshold_a_second_person_is_asked() -> None:
    """The frame waits again, for anyone but the first, who does not see it."""
    script = Script()
    script.score("a", 0.95)
    assert one(script.decide(script.take("anna")), c.SecondAsked).reason == "threat"
    assert one(script.ask("anna"), c.NoFrame)
    assert script.take("bert")


def test_two_people_who_agree_end_it() -> None:
    """Two equal verdicts close the incident and trouble no supervisor."""
    script = Script()
    script.score("a", 0.95)
    script.decide(script.take("anna"), "clear")
    commands = script.decide(script.take("bert"), "clear")
    assert one(commands, c.Closed)
    assert not pick(commands, c.Referred)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("clear", "suspicious", "disagreement"),
        ("unsure", "suspicious", "disagreement"),
        ("clear", "unsure", "disagreement"),
        ("unsure", "unsure", "nobody sure"),
    ],
)
def test_disagreement_goes_to_a_supervisor(
    first: VerdictWord, second: VerdictWord, reason: c.ReferReason
) -> None:
    """Whoever disagrees does not settle it among themselves."""
    script = Script()
    script.score("a", 0.95)
    script.decide(script.take("anna"), first)
    commands = script.decide(script.take("bert"), second)
    assert one(commands, c.Referred) == c.Referred("a-1-100", reason)


def test_nobody_is_asked_about_what_an_alarm_shows_already() -> None:
    """After *suspicious* nobody is blind any more: everybody on watch sees who found what."""
    script = Script()
    script.score("a", 0.95)
    assert one(script.decide(script.take("anna"), "suspicious"), c.Closed)
    assert one(script.ask("bert"), c.NoFrame)


def test_unsure_asks_a_second_person() -> None:
    """Below the threshold too."""
    script = Script()
    script.score("a", 0.3)
    assert one(script.decide(script.take("anna"), "unsure"), c.SecondAsked).reason == "unsure"


def test_a_share_of_clear_is_sampled() -> None:
    """About the configured share of *clear* is asked about again, and no *suspicious*."""
    script = Script(attrs.evolve(CALM, second_clear_share=0.25, undo_s=0.0))
    asked = {"clear": 0, "suspicious": 0}
    for n in range(400):
        verdict: VerdictWord = "clear" if n % 2 else "suspicious"
        script.score("a", 0.3)
        if pick(script.decide(script.take(f"spotter {n}"), verdict), c.SecondAsked):
            asked[verdict] += 1
            script.decide(script.take("second"), verdict)
    assert asked["suspicious"] == 0
    assert 30 <= asked["clear"] <= 70


def test_without_room_for_second_opinions_a_supervisor_decides() -> None:
    """The number that waits for a second person is bounded, and nothing is lost by that."""
    script = Script(attrs.evolve(CALM, second_max=1))
    for camera in "ab":
        script.score(camera, 0.95)
        commands = script.decide(script.take("anna"))
    assert one(commands, c.Referred).reason == "no room for a second opinion"


def test_what_nobody_else_takes_goes_to_a_supervisor() -> None:
    """With one spotter on watch a second opinion ends at a supervisor, not in the pool for ever."""
    script = Script(attrs.evolve(CALM, stranded_s=60.0))
    script.score("a", 0.95)
    script.decide(script.take("anna"))
    commands = script.wait(60.0)
    assert one(commands, c.Referred) == c.Referred("a-1-100", "stranded")
    assert one(commands, c.Closed)


@pytest.mark.parametrize("threat", [0.1, 0.6])
def test_a_frame_that_one_person_saw_and_left_is_let_go(threat: float) -> None:
    """It is counted, and does not trouble a supervisor."""
    script = Script(attrs.evolve(CALM, stranded_s=60.0))
    script.score("a", threat)
    script.take("anna")
    script.tell(h.Gone("anna"))
    assert one(script.wait(60.0), c.Dropped).reason == "stranded"


def test_a_test_frame_is_slipped_in_when_nothing_of_weight_waits() -> None:
    """It comes like any other frame and opens no second opinion."""
    script = Script(TESTS)
    script.tell(h.TestFrameAdded(make_frame("a", 0.95, 1)))
    turns = []
    for _ in range(3):
        script.score("b", 0.1)
        turns.append(one(script.ask("anna"), c.Leased).turn)
        commands = script.decide(f"g-{len(turns)}")
        assert not pick(commands, c.SecondAsked)
    assert turns.count("test") == 1, "and not twice to the same spotter"


def make_test_due(script: Script, spotter: str) -> None:
    """Let the next frame of a spotter be a test frame."""
    script.policy.pool.records.spotters.setdefault(spotter, Spotter()).until_test = 0


def test_a_test_frame_waits_while_an_incident_waits() -> None:
    """Real frames of weight go before it."""
    script = Script(TESTS)
    script.tell(h.TestFrameAdded(make_frame("a", 0.95, 1)))
    make_test_due(script, "anna")
    script.score("b", 0.3)
    assert one(script.ask("anna"), c.Leased).turn == "urgent"
    assert one(script.ask("anna"), c.Leased).turn == "test"


def test_a_prefetched_test_frame_yields_to_an_incident_and_comes_again() -> None:
    """It yields first, and is due again afterwards."""
    script = Script(TESTS)
    script.tell(h.TestFrameAdded(make_frame("a", 0.95, 1)))
    script.score("b", 0.3)
    script.take("anna")
    make_test_due(script, "anna")
    prefetched = one(script.ask("anna"), c.Leased)
    assert prefetched.turn == "test"
    script.ask("anna", wait_s=25.0)
    assert not pick(script.score("b", 0.1), c.AskedToYield)
    asked = one(script.score("b", 0.3), c.AskedToYield)
    swapped = one(script.ask("anna", yields=asked.lease_id), c.Leased)
    assert swapped.instead_of == asked.lease_id == prefetched.lease_id
    assert script.policy.pool.spotter("anna").until_test == 0


def test_test_frames_come_at_their_rate() -> None:
    """On average one frame in so many; never two within half of that."""
    script = Script(attrs.evolve(CALM, test_every=10))
    for n in range(200):
        script.tell(h.TestFrameAdded(make_frame("t", 0.5, n)))
    turns = []
    for _ in range(1000):
        script.score("b", 0.1)
        leased = one(script.ask("anna"), c.Leased)
        turns.append(leased.turn)
        script.decide(leased.lease_id)
    at = [n for n, turn in enumerate(turns) if turn == "test"]
    assert 80 <= len(at) <= 120
    assert min(b - a for a, b in pairwise(at)) >= 5


def test_a_withdrawn_test_frame_leaves_its_lease_harmless() -> None:
    """A supervisor may withdraw a test frame while someone looks at it."""
    script = Script(TESTS)
    script.tell(h.TestFrameAdded(make_frame("a", 0.95, 1)))
    make_test_due(script, "anna")
    lease_id = script.take("anna")
    assert one(script.tell(h.TestFrameRemoved("a-1-1")), c.TestRemoved)
    assert one(script.decide(lease_id), c.Judged)
    assert not script.policy.pool.leases_of("anna")


def test_the_number_of_test_frames_is_bounded() -> None:
    """And a test frame that comes twice is one."""
    script = Script(attrs.evolve(TESTS, tests_max=2))
    added = [script.tell(h.TestFrameAdded(make_frame("a", 0.5, n))) for n in (1, 1, 2, 3)]
    assert [len(commands) for commands in added] == [1, 0, 1, 0]


@pytest.mark.parametrize("name", ["doubling_s", "rotation_every", "waiting_max", "lease_s"])
def test_limits_refuse_what_makes_no_sense(name: str) -> None:
    """A limit of zero would stop the policy; the error names it."""
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
