"""A change of the whole picture that meets many cameras at once is one item of work."""

from typing import Any

import attrs
import pytest

from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from tests.stages.assignment.scripted import CALM, Script, one, pick

CAMERAS = [f"cam{number:03}" for number in range(200)]
FEW = CAMERAS[:6]


def gathered(cameras: list[str] = FEW, **limits: Any) -> Script:
    """Return a script in which the light has changed everywhere, and nothing more comes."""
    script = Script(attrs.evolve(CALM, **limits))
    script.darken(*cameras)
    script.wait(CALM.common_quiet_s)
    return script


def leases(script: Script, spotter: str = "anna") -> list[str]:
    """Have a spotter decide until there is nothing more; give what they were asked."""
    found = []
    while made := pick(script.ask(spotter), c.Leased):
        found.append(made[0].lease_id)
        script.decide(found[-1])
    return found


def test_two_hundred_cameras_that_go_dark_are_one_item_below_the_top_band() -> None:
    """One decision, and every camera's frame has its verdict (R30)."""
    script = gathered(CAMERAS)
    lease_id = script.take("anna")
    assert sorted(script.cameras_of(lease_id)) == CAMERAS
    weights = {it.weight for it in script.policy.pool.item_of(lease_id)}
    assert max(weights) < CALM.top_threat - 0.15, "its band is that of 0.7"
    closed = {it.incident_id for it in pick(script.decide(lease_id), c.Closed)}
    assert len(closed) == 200
    assert one(script.ask("anna"), c.NoFrame)


def test_a_covered_camera_among_them_stands_alone_and_comes_first() -> None:
    """Only equal causes are joined, so nothing else hides in it (R31)."""
    script = Script()
    script.darken(*CAMERAS[:100])
    script.score("cam150", 0.92)
    script.darken(*CAMERAS[100:150], *CAMERAS[151:])
    script.wait(CALM.common_quiet_s)
    first, item = script.take("anna"), script.take("bert")
    assert script.cameras_of(first) == ["cam150"]
    assert len(script.cameras_of(item)) == 199


def test_a_camera_that_has_joined_still_shows_what_else_it_sees() -> None:
    """Motion in the same minute is an incident of its own, at its own threat."""
    script = gathered()
    script.score("cam000", 0.8, sequence=101)
    motion, item = script.take("anna"), script.take("bert")
    assert "cam000" in script.cameras_of(item)
    assert script.cameras_of(motion) == ["cam000"]
    assert script.policy.pool.item_of(motion)[0].weight == 0.8


def test_the_change_itself_is_no_picture_of_what_moved_before() -> None:
    """Else a camera with an open incident would lift it into the top band."""
    script = Script()
    script.score("cam000", 0.5, sequence=100)
    script.score("cam000", 0.95, sequence=101, common="light")
    threats = sorted(it.threat for it in script.policy.pool.records.incidents.values())
    assert threats == [0.5, 0.95]


def test_the_most_telling_one_is_shown() -> None:
    """Of equal ones the one that had it first."""
    script = Script()
    script.darken("a", "b", threat=0.6)
    script.darken("c", "d", threat=0.8)
    script.wait(CALM.common_quiet_s)
    assert script.cameras_of(script.take("anna"))[0] == "c"


def test_one_camera_alone_is_asked_about_as_ever_after_a_moment() -> None:
    """It is held until it is known that no others follow, and keeps its threat."""
    script = Script()
    script.darken("a")
    assert one(script.ask("anna"), c.NoFrame)
    script.wait(CALM.common_look_s)
    lease_id = script.take("anna")
    assert script.cameras_of(lease_id) == ["a"]
    assert script.policy.pool.item_of(lease_id)[0].weight == 0.95


def test_the_first_of_many_wait_for_the_others() -> None:
    """While others have the same a frame is held for longer, and not for ever."""
    script = Script(attrs.evolve(CALM, common_cameras=10))
    for number in range(10):
        script.darken(f"cam{number}")
        script.wait(1.8)
        assert one(script.ask("anna"), c.NoFrame)
    script.wait(CALM.common_quiet_s)
    assert len(script.cameras_of(script.take("anna"))) == 10
    script = Script(attrs.evolve(CALM, common_cameras=10))
    for number in range(9):
        script.darken(f"cam{number}")
        script.wait(3.0)
    assert script.cameras_of(script.take("anna")) == ["cam0"]


def test_too_few_cameras_have_nothing_in_common() -> None:
    """Below the number each stands alone."""
    script = Script()
    script.darken("a", "b", "c")
    script.wait(CALM.common_quiet_s)
    assert [script.cameras_of(it) for it in leases(script)] == [["a"], ["b"], ["c"]]


def test_cameras_too_far_apart_in_time_have_nothing_in_common() -> None:
    """A light here and a light there is no common cause."""
    script = Script(attrs.evolve(CALM, review_after_s=600.0))
    for camera in FEW:
        script.darken(camera)
        script.wait(CALM.common_within_s / 3 + 1.0)
    assert len(leases(script)) == len(FEW)


def test_one_camera_that_flickers_is_not_many() -> None:
    """Cameras are counted, not frames; what is held of one is one incident."""
    script = Script()
    for _ in range(6):
        script.darken("a")
    script.wait(CALM.common_quiet_s)
    assert [script.cameras_of(it) for it in leases(script)] == [["a"]]


def test_a_frame_of_little_threat_joins_nothing() -> None:
    """Below an incident it is its camera's ordinary frame, as ever."""
    script = Script()
    script.darken(*FEW, threat=0.2)
    assert len(leases(script)) == len(FEW)


def test_fast_spotters_do_not_keep_a_common_cause_from_being_seen() -> None:
    """What was decided alone still counts for the others."""
    script = Script(attrs.evolve(CALM, common_look_s=0.0, common_company_s=0.0))
    asked = []
    for camera in FEW:
        script.darken(camera)
        script.wait(1.0)
        asked += leases(script)
    script.wait(CALM.common_hold_s)
    asked += leases(script)
    assert [len(script.cameras_of(it)) for it in asked[:3]] == [1, 1, 1]
    assert len(asked) == 4


def test_an_evening_that_comes_camera_by_camera_is_one_item() -> None:
    """It is held while more join, and not for longer than is said."""
    script = Script()
    for camera in CAMERAS[:60]:
        script.darken(camera)
        script.wait(1.0)
        assert one(script.ask("anna"), c.NoFrame)
    script.wait(CALM.common_quiet_s)
    [lease_id] = leases(script)
    assert len(script.cameras_of(lease_id)) == 60


def test_what_is_held_is_offered_at_last() -> None:
    """However many join."""
    script = Script()
    for number in range(40):
        script.darken(f"cam{number}")
        script.wait(5.0)
        if made := pick(script.ask("anna"), c.Leased):
            break
    assert made, "nothing was offered in 200 s"
    assert script.now_s <= CALM.common_hold_s + 5.0


def test_who_comes_while_the_item_waits_waits_with_it() -> None:
    """Nobody has seen it yet, so it may still grow."""
    script = gathered()
    script.darken("late")
    assert "late" in script.cameras_of(script.take("anna"))


def test_who_comes_late_is_one_more_item_and_not_one_each() -> None:
    """What is in somebody's hands stays what it was."""
    script = gathered()
    held = script.take("anna")
    for number in range(4):
        script.darken(f"late{number}")
        script.wait(12.0)
        assert one(script.ask("bert"), c.NoFrame)
    script.decide(held)
    assert not any("late" in camera for camera in script.cameras_of(held))
    script.wait(CALM.common_within_s)
    [late] = leases(script, "bert")
    assert len(script.cameras_of(late)) == 4


def test_a_common_cause_ends() -> None:
    """A lamp an hour later stands alone again, in its own band."""
    script = gathered()
    leases(script)
    script.wait(600.0)
    script.darken("a")
    script.wait(CALM.common_look_s)
    lease_id = script.take("anna")
    assert script.policy.pool.item_of(lease_id)[0].weight == 0.95


def test_a_trickle_does_not_go_on_for_ever() -> None:
    """Who has the same long after most had it has nothing in common with them."""
    script = Script(attrs.evolve(CALM, common_cameras=8))
    cameras = [f"cam{number}" for number in range(8)]
    script.darken(*cameras)
    script.wait(CALM.common_within_s - 10.0)
    script.darken("a")
    script.wait(30.0)
    script.darken("b")
    script.wait(30.0)
    joined = {it.camera for it in script.policy.pool.records.incidents.values() if it.gathering}
    assert "a" in joined
    assert "b" not in joined


def test_people_get_what_they_may_see_of_it() -> None:
    """An item has no camera outside of a spotter's scope, and the others have theirs."""
    script = gathered()
    mine = script.take("anna", scope=frozenset({"cam000", "cam001"}))
    assert sorted(script.cameras_of(mine)) == ["cam000", "cam001"]
    script.decide(mine)
    assert len(script.cameras_of(script.take("bert"))) == len(FEW) - 2


def test_a_page_whose_person_lost_a_camera_gives_the_whole_item_back() -> None:
    """A scope that shrinks meanwhile counts for every camera of the item."""
    script = gathered()
    script.take("anna", scope=frozenset(FEW))
    returned = one(script.ask("anna", scope=frozenset(FEW[1:])), c.Returned)
    assert returned.reason == "expired"


@pytest.mark.parametrize("reason", ["gone", "expired"])
def test_an_item_that_comes_back_is_whole_and_goes_to_somebody_else(reason: str) -> None:
    """Nobody sees it twice, nothing of it is lost (R29)."""
    script = gathered()
    script.take("anna")
    if reason == "gone":
        script.tell(h.Gone("anna"))
    else:
        script.wait(CALM.lease_s)
    assert one(script.ask("anna"), c.NoFrame)
    assert sorted(script.cameras_of(script.take("bert"))) == FEW


def test_suspicious_ends_the_item_for_everybody() -> None:
    """The alarm has the frame that was shown; the others are told with it and asked no more."""
    script = gathered()
    closed = pick(script.decide(script.take("anna"), "suspicious"), c.Closed)
    assert len(closed) == len(FEW)
    assert one(script.ask("bert"), c.NoFrame)


def test_unsure_asks_a_second_person_about_all_of_it_once() -> None:
    """And where two are unsure, one line goes to a supervisor."""
    script = gathered()
    script.decide(script.take("anna"), "unsure")
    second = script.take("bert")
    assert sorted(script.cameras_of(second)) == FEW
    facts = script.decide(second, "unsure")
    assert len(pick(facts, c.Closed)) == len(FEW)
    assert one(facts, c.Referred).reason == "nobody sure"


def test_a_second_opinion_that_nobody_gives_is_referred_once() -> None:
    """Not once for each camera."""
    script = gathered()
    script.decide(script.take("anna"), "unsure")
    facts = script.wait(CALM.stranded_s)
    assert one(facts, c.Referred).reason == "stranded"
    assert len(pick(facts, c.Closed)) == len(FEW)


def test_a_verdict_counts_for_what_it_is_recorded_for() -> None:
    """What the store could not record is asked about again, by somebody else."""
    script = gathered()
    held = script.take("anna")
    shown, one_more, *_ = script.policy.pool.item_of(held)
    decided = h.Decided(held, "clear", joined=(one_more.face.frame_id,))
    assert {it.incident_id for it in pick(script.tell(decided), c.Closed)} == {
        shown.incident_id,
        one_more.incident_id,
    }
    assert one(script.ask("anna"), c.NoFrame)
    assert len(script.cameras_of(script.take("bert"))) == len(FEW) - 2


def test_taking_a_verdict_back_takes_it_back_for_all() -> None:
    """The item is its spotter's again, whole."""
    script = gathered()
    held = script.take("anna")
    script.decide(held)
    assert one(script.tell(h.Undone(held)), c.Reopened)
    assert sorted(script.cameras_of(held)) == FEW
    assert {it.lease_id for it in script.policy.pool.item_of(held)} == {held}
    decided = script.tell(h.Decided(held, "clear", 2))
    assert len(pick(decided, c.Closed)) == 1, "recorded for the one that is shown alone"


def test_a_verdict_on_an_item_that_the_journal_has_lost_counts_for_all_of_it() -> None:
    """After a power cut the store knows more; by their frames all are known."""
    script = gathered()
    frames = [it.face.frame_id for it in script.policy.pool.records.incidents.values()]
    told = h.Decided("lost-1", "clear", 1, frames[0], "anna", tuple(frames[1:]))
    assert len(pick(script.tell(told), c.Closed)) == len(FEW)
    assert not script.tell(told), "told twice it counts once"


def test_a_picture_that_is_lost_leaves_the_others_in_their_hands() -> None:
    """Only that of the frame on the screen takes the item off."""
    script = gathered()
    held = script.take("anna")
    shown, one_more, *_ = script.policy.pool.item_of(held)
    assert script.tell(h.PictureLost(one_more.face.frame_id)) == [
        c.Dropped(one_more.incident_id, "picture lost")
    ]
    assert len(pick(script.decide(held), c.Closed)) == len(FEW) - 1
    assert shown.closed_s is not None


def test_an_item_uses_the_turn_of_each_of_its_cameras() -> None:
    """So that no camera has a second one before the others had theirs (R32)."""
    script = gathered(rotation_every=2)
    script.score("quiet", 0.1)
    script.score("loud", 1.0)
    taken = [script.take(spotter) for spotter in ("anna", "anna")]
    assert len(script.cameras_of(taken[1])) == len(FEW)
    turns = {name: it.last_turn for name, it in script.policy.pool.records.cameras.items()}
    assert {turns[name] for name in FEW} == {1}
    assert turns["quiet"] == 0
    script.tell(h.Gone("anna"))
    turns = {name: it.last_turn for name, it in script.policy.pool.records.cameras.items()}
    assert set(turns.values()) == {0}, "what comes back gives the turns back"


def test_an_item_is_never_overdue() -> None:
    """It is below the top band, so nobody is called."""
    script = gathered()
    assert not pick(script.wait(CALM.top_target_s * 3), c.Overdue)


def test_one_item_has_a_bounded_number_of_cameras() -> None:
    """What goes beyond is the next item."""
    script = gathered([f"cam{number}" for number in range(600)], waiting_max=2048)
    first, second = script.take("anna"), script.take("anna")
    assert [len(script.cameras_of(it)) for it in (first, second)] == [512, 88]
