"""Ordinary frames: samples at a rate, and never before work."""

import attrs

from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from tests.stages.assignment.scripted import CALM, Script, make_frame, one, pick

SAMPLED = attrs.evolve(CALM, sample_every_s=30.0, incident_threat=0.5, lease_s=600.0)


def test_an_ordinary_frame_comes_as_a_sample_and_the_next_one_not_at_once() -> None:
    """Between them there is nothing to decide, whatever the cameras send."""
    script = Script(SAMPLED)
    for camera in "abc":
        script.score(camera, 0.3)
    first = one(script.ask("anna"), c.Leased)
    assert (first.turn, first.is_sample) == ("rotation", True)
    script.decide(first.lease_id)
    script.ask("anna", wait_s=60.0)
    assert not pick(script.wait(28.0), c.Leased)
    assert one(script.wait(2.0), c.Leased).is_sample


def test_samples_go_from_camera_to_camera() -> None:
    """So that each is looked at in its turn, whatever its threat (R32)."""
    script = Script(SAMPLED)
    seen = []
    for _ in range(6):
        for camera, threat in (("a", 0.4), ("b", 0.1), ("c", 0.0)):
            script.score(camera, threat)
        lease_id = script.take("anna")
        seen.append(script.camera_of(lease_id))
        script.decide(lease_id)
        script.wait(30.0)
    assert seen == ["a", "b", "c", "a", "b", "c"]


def test_work_comes_before_a_sample_that_is_due() -> None:
    """A frame of the third band is decided first, even by who never had a sample."""
    script = Script(SAMPLED)
    script.score("calm", 0.4)
    script.score("wild", 0.6)
    assert script.camera_of(script.take("anna")) == "wild"
    assert script.camera_of(script.take("anna")) == "calm"


def test_under_load_a_sample_comes_by_a_rotation_turn() -> None:
    """Once it is due: every third turn before that goes to cameras with work alone (R11, R32)."""
    script = Script(SAMPLED)
    served = []
    for _ in range(12):
        script.score("calm", 0.1)
        for camera in ("wild", "wilder"):
            script.score(camera, 0.9)
        lease_id = script.take("anna")
        served.append(script.camera_of(lease_id))
        script.decide(lease_id)
        script.wait(4.0)
    assert [place for place, camera in enumerate(served) if camera == "calm"] == [2, 11]


def test_what_a_rule_names_is_work_whatever_its_threat() -> None:
    """Somebody said that it must not happen there."""
    script = Script(SAMPLED)
    script.score("calm", 0.4)
    frame = attrs.evolve(make_frame("jetty", 0.25, 1), breaks_rule=True)
    script.tell(h.Scored(frame))
    leased = one(script.ask("anna"), c.Leased)
    assert (script.camera_of(leased.lease_id), leased.turn) == ("jetty", "urgent")


def test_an_unsure_sample_becomes_work_of_somebody_else() -> None:
    """A second opinion was asked for: that is no sample any more."""
    script = Script(SAMPLED)
    script.score("a", 0.1)
    first = script.take("anna")
    script.decide(first, "unsure")
    script.policy.pool.records.spotters["bert"] = attrs.evolve(
        script.policy.pool.spotter("bert"), sampled_s=script.now_s
    )
    assert one(script.ask("bert"), c.Leased).turn == "urgent"


def test_a_sample_of_a_camera_that_shows_nothing_any_more_is_dropped() -> None:
    """What is to be seen on it is its state; the frame is of long ago."""
    script = Script(SAMPLED)
    script.score("a", 0.1)
    dropped = one(script.wait(SAMPLED.review_after_s), c.Dropped)
    assert dropped.reason == "too old"


def test_an_ordinary_test_frame_comes_in_place_of_a_sample() -> None:
    """At any other time it would be the only ordinary frame that comes."""
    script = Script(attrs.evolve(SAMPLED, test_every=1))
    script.score("a", 0.1)
    script.tell(h.TestFrameAdded(make_frame("b", 0.2, 1, epoch=99)))
    leased = one(script.ask("anna"), c.Leased)
    turns = [(leased.turn, leased.is_sample)]
    for _ in range(2):
        script.decide(leased.lease_id)
        script.score("a", 0.1)
        script.ask("anna", wait_s=60.0)
        assert not pick(script.wait(28.0), c.Leased)
        leased = one(script.wait(2.0), c.Leased)
        turns.append((leased.turn, leased.is_sample))
    assert turns == [("rotation", True), ("rotation", True), ("test", True)]
