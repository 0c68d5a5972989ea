"""What a lease goes through: shown, decided, expired, given back, undone, lost on the way."""

import attrs
import pytest

from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.index import Index
from tests.stages.assignment.scripted import CALM, Script, one, pick


def test_a_session_holds_one_shown_and_one_prefetched() -> None:
    """The third request of a page waits until it has decided one of its two frames."""
    script = Script()
    for camera in "abc":
        script.score(camera, 0.4)
    first = script.take("anna")
    second = script.take("anna")
    assert script.policy.pool.records.leases[first].shown_s == 0.0
    assert script.policy.pool.records.leases[second].shown_s is None
    assert not script.ask("anna", wait_s=25.0)
    decided = script.decide(first)
    assert one(decided, c.Shown) == c.Shown(second)
    assert one(decided, c.Leased).session == "anna"


def test_a_verdict_on_a_lease_that_is_not_known_counts_by_its_frame() -> None:
    """The journal may have lost that the lease was given; the frame is asked about no more."""
    script = Script()
    script.score("a", 0.4, sequence=1)
    told = h.Decided("lost-1", "clear", 1, "a-1-1", "anna")
    adopted, judged, closed = script.tell(told)
    assert adopted == c.Adopted(lease_id="lost-1", incident_id="a-1-1", spotter="anna", undone=0)
    assert (judged, closed) == (c.Judged("lost-1", "clear"), c.Closed("a-1-1"))
    assert not script.tell(told), "told twice it counts once"
    assert one(script.ask("bert"), c.NoFrame)
    assert one(script.tell(h.Undone("lost-1")), c.Reopened)


def test_a_verdict_on_a_lost_lease_waits_for_who_holds_the_frame_now() -> None:
    """As one that comes late: both count, nothing is taken from anybody's hands."""
    script = Script()
    script.score("a", 0.4, sequence=1)
    held = script.take("bert")
    facts = script.tell(h.Decided("lost-1", "clear", 1, "a-1-1", "anna"))
    assert [type(it) for it in facts] == [c.Adopted, c.Judged]
    assert one(script.decide(held), c.Closed)
    assert not pick(script.tell(h.Decided("lost-2", "clear", 1, "elsewhere", "anna")), c.Adopted)


def test_a_frame_without_its_picture_is_let_go() -> None:
    """One of several pictures goes alone; the last one takes the frame along, also from a page."""
    script = Script()
    script.score("a", 0.4, sequence=1)
    script.score("a", 0.6, sequence=2)
    assert script.tell(h.PictureLost("a-1-2")) == [c.PictureDropped("a-1-1", "a-1-2")]
    [incident] = script.policy.pool.records.incidents.values()
    assert (incident.face.frame_id, incident.threat) == ("a-1-1", 0.4)
    lease_id = script.take("anna")
    assert script.tell(h.PictureLost("a-1-1")) == [
        c.Returned(lease_id, "gone"),
        c.Dropped("a-1-1", "picture lost"),
    ]
    assert not script.tell(h.PictureLost("a-1-1"))


def test_the_clock_starts_when_a_frame_is_shown() -> None:
    """A prefetched frame does not run out while the one before it is on the screen."""
    script = Script(attrs.evolve(CALM, lease_s=10.0))
    script.score("a", 0.4)
    script.score("b", 0.4)
    first, second = script.take("anna"), script.take("anna")
    script.wait(9.0)
    script.decide(first)
    assert not pick(script.wait(9.0), c.Returned)
    assert one(script.wait(1.0), c.Returned) == c.Returned(second, "expired")


def test_an_idle_spotter_loses_both_frames() -> None:
    """When the frame on the screen runs out, the prefetched one goes with it."""
    script = Script(attrs.evolve(CALM, lease_s=10.0))
    script.score("a", 0.4)
    script.score("b", 0.4)
    leases = {script.take("anna"), script.take("anna")}
    returned = pick(script.wait(10.0), c.Returned)
    assert {r.lease_id for r in returned} == leases


def test_a_frame_goes_back_in_its_place() -> None:
    """What an expired lease held is older than what came since and goes first."""
    script = Script(attrs.evolve(CALM, lease_s=10.0))
    script.score("a", 0.4)
    script.take("anna")
    script.score("b", 0.4)
    script.wait(10.0)
    assert script.camera_of(script.take("bert")) == "a"


def test_nobody_sees_a_frame_twice() -> None:
    """A frame that was on a spotter's screen never comes back to them."""
    script = Script()
    script.score("a", 0.4)
    script.take("anna")
    script.tell(h.Gone("anna"))
    assert one(script.ask("anna"), c.NoFrame)
    assert one(script.ask("anna", session="another tab"), c.NoFrame)
    assert script.take("bert")


def test_a_prefetched_frame_that_was_never_shown_may_come_again() -> None:
    """Only what was on the screen counts as seen."""
    script = Script()
    script.score("a", 0.6)
    script.score("b", 0.4)
    script.take("anna")
    second = script.take("anna")
    script.tell(h.Gone("anna"))
    assert script.camera_of(second) == script.camera_of(script.take("anna")) == "b"


def test_leaving_gives_everything_back() -> None:
    """A page that is gone holds nothing and waits for nothing."""
    script = Script()
    script.score("a", 0.4)
    script.take("anna")
    script.ask("anna", wait_s=25.0)
    assert one(script.tell(h.Gone("anna")), c.Returned).reason == "gone"
    assert script.policy.requests_waiting == 0
    assert not script.policy.pool.records.leases


def test_a_connection_that_hung_up_gets_nothing() -> None:
    """A waiting request whose connection closed takes no frame."""
    script = Script()
    script.ask("anna", wait_s=25.0)
    script.tell(h.HungUp(("r1",)))
    assert not pick(script.score("a", 0.4), c.Leased)


def test_who_hung_up_is_answered_nothing_although_their_wait_is_over() -> None:
    """All who hung up are known before anybody is answered."""
    script = Script()
    for spotter in ("anna", "bert"):
        script.ask(spotter, wait_s=25.0)
    script.now_s = 30.0
    assert script.tell(h.HungUp(("r1", "r2"))) == []


def test_a_persons_polls_are_bounded() -> None:
    """Whatever names their pages have; the others are told so, and nobody else is kept waiting."""
    script = Script(attrs.evolve(CALM, requests_per_spotter=2))
    for page in ("one", "two"):
        assert not script.ask("anna", session=page, wait_s=25.0)
    refused = one(script.ask("anna", session="three", wait_s=25.0), c.NoFrame)
    assert refused.reason == "too many requests of one person"
    assert not script.ask("bert", wait_s=25.0)
    again = one(script.ask("anna", session="two", wait_s=25.0), c.NoFrame)
    assert again == c.NoFrame("r2", "asked again"), "a page that asks anew takes its own place"


def test_a_persons_leases_are_bounded() -> None:
    """Sixty page names take no more than a few frames from the others, and give them back."""
    script = Script(attrs.evolve(CALM, leases_per_spotter=3))
    for number in range(9):
        script.score(f"camera {number}", 0.4)
    for page in range(60):
        script.ask("anna", session=f"page {page}")
    held = list(script.policy.pool.records.leases.values())
    assert [it.spotter for it in held] == ["anna"] * 3
    assert one(script.ask("bert"), c.Leased)
    assert not script.ask("anna", session="page 60", wait_s=25.0)
    decided = script.decide(held[0].lease_id)
    assert one(decided, c.Leased).session == "page 60", "who waits gets the place that comes free"
    assert restored(script).holders == {"anna": 3, "bert": 1}


def restored(script: Script) -> Index:
    """Make the orders anew from the records, as after a restart."""
    return Index(script.policy.pool.records, script.policy.pool.limits)


def test_what_could_not_be_delivered_was_not_seen() -> None:
    """An undelivered frame goes back; its clock never ran."""
    script = Script()
    script.score("a", 0.4)
    script.score("b", 0.3)
    script.take("anna")
    second = script.take("anna")
    assert one(script.tell(h.Undelivered(second)), c.Returned).reason == "undelivered"
    assert script.camera_of(script.take("anna")) == "b"


def test_who_did_not_get_a_frame_may_have_it_again() -> None:
    """The clock of a page's only frame starts when it leaves; if it never came nobody saw it."""
    script = Script()
    script.score("a", 0.5)
    lease_id = script.take("anna")
    script.tell(h.Undelivered(lease_id))
    assert script.camera_of(script.take("anna")) == "a"


def test_a_lease_that_was_lost_on_the_way_is_sent_again() -> None:
    """A page that asks without having got the last answer gets that, and no second frame."""
    script = Script()
    script.score("a", 0.4)
    script.score("b", 0.4)
    lease_id = script.take("anna")
    again = script.ask("anna", holds=frozenset())
    assert again == [c.Resent("r2", lease_id)]


def test_a_prefetched_frame_yields_to_one_of_twice_its_threat() -> None:
    """Its page is asked for it, and gets the other one in its place once it has given it up."""
    script = Script()
    script.score("a", 0.5)
    script.score("b", 0.26)
    script.take("anna")
    second = script.take("anna")
    script.ask("anna", wait_s=25.0)
    script.score("c", 0.49)
    assert script.policy.requests_waiting == 1
    assert one(script.score("d", 0.53), c.AskedToYield) == c.AskedToYield("r3", second)
    assert second in script.policy.pool.records.leases
    swap = script.ask("anna", yields=second)
    assert one(swap, c.Returned) == c.Returned(second, "yielded")
    leased = one(swap, c.Leased)
    assert (leased.turn, leased.instead_of, leased.incident_id) == ("swap", second, "d-1-100")


def test_a_page_that_shows_what_it_is_asked_for_keeps_it() -> None:
    """Nobody else has it meanwhile, and the page is not asked again."""
    script = Script()
    script.score("a", 0.5)
    script.score("b", 0.3)
    first, second = script.take("anna"), script.take("anna")
    script.ask("anna", wait_s=25.0)
    assert one(script.score("c", 0.9), c.AskedToYield).lease_id == second
    assert not pick(script.ask("anna", wait_s=25.0), c.AskedToYield), "not yet decided"
    script.ask("anna", wait_s=25.0, shown=second)
    decided = script.decide(first)
    assert not pick(decided, c.AskedToYield)
    assert script.camera_of(one(decided, c.Leased).lease_id) == "c"
    assert script.policy.pool.records.leases[second].shown_s is not None


def test_a_frame_that_was_given_up_in_vain_comes_again() -> None:
    """Somebody else took the worse one on the way; the page may be asked again later."""
    script = Script()
    script.score("a", 0.5)
    script.score("b", 0.3)
    script.take("anna")
    second = script.take("anna")
    script.ask("anna", wait_s=25.0)
    script.score("c", 0.9)
    script.take("bert")
    assert script.ask("anna", yields=second) == [c.Resent("r5", second)]
    script.ask("anna", wait_s=25.0)
    assert one(script.score("d", 0.9), c.AskedToYield).lease_id == second


def test_a_frame_that_is_on_the_screen_is_not_given_up() -> None:
    """Whatever its page says."""
    script = Script()
    script.score("a", 0.3)
    script.score("b", 0.2)
    first = script.take("anna")
    script.take("anna")
    script.score("c", 0.9)
    assert script.ask("anna", yields=first) == [c.Resent("r3", first)]


def test_a_frame_on_the_screen_yields_to_nothing() -> None:
    """What a person looks at stays."""
    script = Script()
    script.score("a", 0.1)
    script.take("anna")
    script.score("b", 0.2)
    second = script.take("anna")
    script.ask("anna", wait_s=25.0, shown=second)
    assert not pick(script.score("c", 1.0), c.AskedToYield)


def test_a_rotation_turn_does_not_yield() -> None:
    """A stream of urgent frames cannot keep a quiet camera from its turn (R32)."""
    script = Script(attrs.evolve(CALM, rotation_every=2))
    script.score("wild", 0.9)
    script.take("anna")
    script.score("calm", 0.01)
    assert one(script.ask("anna"), c.Leased).turn == "rotation"
    script.ask("anna", wait_s=25.0)
    assert not pick(script.score("wild", 0.9), c.AskedToYield)


def test_a_camera_yields_once_before_it_is_shown() -> None:
    """A frame does not go from session to session without ever being on a screen (R32)."""
    script = Script()
    script.score("a", 0.5)
    script.score("calm", 0.26)
    script.take("anna")
    script.take("anna")
    script.ask("anna", wait_s=25.0)
    asked = one(script.score("b", 0.5), c.AskedToYield)
    assert one(script.ask("anna", yields=asked.lease_id), c.Leased).turn == "swap"
    script.score("c", 0.5)
    script.take("bert")
    assert script.camera_of(script.take("bert")) == "calm"
    script.ask("bert", wait_s=25.0)
    assert not pick(script.score("d", 0.5), c.AskedToYield)


def test_a_prefetched_frame_that_waited_long_yields_less() -> None:
    """Waiting counts as threat when two frames are compared for a swap, too."""
    script = Script()
    script.score("a", 0.5)
    script.take("bert")
    script.score("old", 0.26)
    script.wait(2 * CALM.doubling_s)
    script.score("b", 0.75)
    script.take("anna")
    script.take("anna")
    script.ask("anna", wait_s=25.0)
    assert not pick(script.score("c", 0.49), c.AskedToYield), "0.26 counts as 1.04 by now"


def test_a_page_that_shows_what_it_no_longer_holds_is_told() -> None:
    """It came although it seemed not to; the page takes it off and it counts as seen."""
    script = Script()
    script.score("a", 0.5)
    script.score("b", 0.26)
    first, second = script.take("anna"), script.take("anna")
    script.tell(h.Undelivered(second))
    script.take("bert")
    script.decide(first)
    told = script.ask("anna", shown=second, wait_s=25.0)
    assert one(told, c.Unheld) == c.Unheld("anna", second)
    script.tell(h.Gone("anna"))
    incident = script.policy.pool.incident_of(second)
    assert incident is not None
    assert incident.seen_by == {"anna", "bert"}


def test_a_verdict_that_comes_twice_counts_once() -> None:
    """Delivery is at least once, the effect is once only."""
    script = Script()
    script.score("a", 0.4)
    lease_id = script.take("anna")
    assert one(script.decide(lease_id), c.Judged)
    assert not script.decide(lease_id)


def test_a_verdict_that_comes_late_counts() -> None:
    """No decision is lost: the frame is decided, though its lease had expired."""
    script = Script(attrs.evolve(CALM, lease_s=10.0))
    script.score("a", 0.4)
    lease_id = script.take("anna")
    script.wait(10.0)
    assert one(script.decide(lease_id, "suspicious"), c.Closed)
    assert one(script.ask("bert"), c.NoFrame)


def test_a_late_verdict_while_another_looks_becomes_one_of_two_opinions() -> None:
    """Who holds the frame now decides too, and the two are compared."""
    script = Script(attrs.evolve(CALM, lease_s=10.0))
    script.score("a", 0.4)
    late = script.take("anna")
    script.wait(10.0)
    now = script.take("bert")
    assert script.decide(late, "suspicious") == [c.Judged(late, "suspicious")]
    assert one(script.decide(now, "clear"), c.Referred).reason == "disagreement"


def test_a_late_verdict_counts_when_the_other_leaves() -> None:
    """The frame does not wait for a third person when the second goes without deciding."""
    script = Script(attrs.evolve(CALM, lease_s=10.0))
    script.score("a", 0.4)
    late = script.take("anna")
    script.wait(10.0)
    script.take("bert")
    script.decide(late, "clear")
    assert one(script.tell(h.Gone("bert")), c.Closed)


@pytest.mark.parametrize("lease_id", ["g-999", "", "other-1"])
def test_verdicts_on_unknown_leases_change_nothing(lease_id: str) -> None:
    """What the pool never gave out cannot be decided, undone or given back."""
    script = Script()
    script.score("a", 0.4)
    assert not script.decide(lease_id)
    assert not script.tell(h.Undone(lease_id))
    assert not script.tell(h.Undelivered(lease_id))


def test_undo_brings_the_frame_back_to_who_decided() -> None:
    """A verdict that is taken back leaves the frame with its spotter; the prefetched one goes."""
    script = Script()
    for camera in "abc":
        script.score(camera, 0.4)
    first, second = script.take("anna"), script.take("anna")
    script.decide(first)
    third = script.take("anna")
    undone = script.tell(h.Undone(first))
    assert one(undone, c.Reopened)
    assert one(undone, c.Returned) == c.Returned(third, "undone")
    assert {lease.lease_id for lease in script.policy.pool.leases_of("anna")} == {first, second}
    assert not script.decide(first), "the old verdict, delivered again, is no new one"
    assert one(script.tell(h.Decided(first, "suspicious", attempt=2)), c.Judged)


def test_undo_ends_with_its_window() -> None:
    """After the window the incident is forgotten and cannot come back."""
    script = Script(attrs.evolve(CALM, undo_s=30.0))
    script.score("a", 0.4)
    lease_id = script.take("anna")
    script.decide(lease_id)
    assert not pick(script.wait(29.0), c.Forgotten)
    assert one(script.wait(1.0), c.Forgotten) == c.Forgotten("a-1-100")
    assert not script.tell(h.Undone(lease_id))


def test_undo_while_the_second_person_looks_only_takes_the_verdict_back() -> None:
    """A frame that another holds meanwhile stays with them: never two at once."""
    script = Script(attrs.evolve(CALM, second_threat=0.5))
    script.score("a", 0.6)
    first = script.take("anna")
    script.decide(first)
    second = script.take("bert")
    assert script.tell(h.Undone(first)) == [c.Reopened(first)]
    assert list(script.policy.pool.records.leases) == [second]
    assert one(script.tell(h.Decided(first, "clear", attempt=2)), c.Judged)
    assert one(script.decide(second, "clear"), c.Closed)


def test_a_frame_of_the_top_band_that_nobody_took_is_said_once() -> None:
    """A frame of the top band that waits beyond its target is an alarm itself."""
    script = Script(attrs.evolve(CALM, top_threat=0.9, top_target_s=30.0))
    script.score("a", 0.95)
    script.score("b", 0.8)
    assert not pick(script.wait(29.0), c.Overdue)
    assert pick(script.wait(60.0), c.Overdue) == [c.Overdue("a-1-100")]


def test_a_frame_that_comes_back_gives_its_camera_the_rotation_turn_back() -> None:
    """A camera does not lose its turn to someone who left with its frame on their screen."""
    script = Script(attrs.evolve(CALM, rotation_every=2))
    for camera, threat in (("one", 0.05), ("two", 0.04), ("wild", 1.0)):
        script.score(camera, threat)
    script.decide(script.take("anna"))
    script.score("wild", 1.0)
    assert script.camera_of(script.take("anna")) == "one"
    script.tell(h.Gone("anna"))
    script.decide(script.take("bert"))
    assert script.camera_of(script.take("bert")) == "one"
    assert script.policy.pool.records.cameras["one"].held_turns == [2]


def test_undo_after_undo_leaves_no_more_than_two() -> None:
    """Whoever goes back two frames gets both, and the one on the screen goes to others."""
    script = Script()
    for camera in "abc":
        script.score(camera, 0.4)
    first, second = script.take("anna"), script.take("anna")
    script.decide(first)
    third = script.take("anna")
    script.decide(second)
    script.tell(h.Undone(second))
    assert one(script.tell(h.Undone(first)), c.Returned) == c.Returned(third, "undone")
    assert {lease.lease_id for lease in script.policy.pool.leases_of("anna")} == {first, second}


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_frame_that_its_holder_may_not_see_any_more_goes_back(is_lost: bool) -> None:  # noqa: FBT001 - a case
    """A scope that was made smaller holds from the next request on, and nothing is sent again."""
    script = Script()
    script.score("public", 0.4)
    script.score("secret", 0.9)
    first, second = script.take("anna"), script.take("anna")
    assert script.camera_of(first) == "secret"
    holds = frozenset[str]() if is_lost else frozenset({first, second})
    asked = script.ask("anna", scope=frozenset({"public"}), shown=None, holds=holds)
    assert one(asked, c.Returned) == c.Returned(first, "expired")
    assert [it.lease_id for it in pick(asked, c.Resent)] == ([second] if is_lost else [])
    assert script.camera_of(script.take("bert")) == "secret"
