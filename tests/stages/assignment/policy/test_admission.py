"""What is let into the pool, what gives way, what is grouped, what is shed."""

import attrs
import pytest

from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from tests.stages.assignment.scripted import CALM, Script, make_frame, one, pick


def waiting(script: Script) -> list[str]:
    """Return the names of what waits, the most urgent first."""
    return list(script.policy.pool.index.worst)


def test_a_newer_frame_takes_the_place_of_an_older_one() -> None:
    """A camera's ordinary frame gives way to a newer one, which inherits its place."""
    script = Script()
    script.score("a", 0.1, 1)
    script.wait(5.0)
    commands = script.score("a", 0.1, 2)
    assert one(commands, c.Dropped) == c.Dropped("a-1-1", "newer")
    assert one(commands, c.Admitted).since_s == 0.0


def test_an_older_frame_stays_if_it_is_worse() -> None:
    """The most telling frame of a camera is kept, and the newer one is refused with a reason."""
    script = Script()
    script.score("a", 0.2, 1)
    refused = one(script.score("a", 0.1, 2), c.Refused)
    assert refused == c.Refused("a-1-2", "a", "worse waits")
    assert waiting(script) == ["a-1-1"]


@pytest.mark.parametrize(
    ("sequence", "epoch", "kept"), [(31, 1, "a-1-1"), (32, 1, "a-1-32"), (2, 2, "a-2-2")]
)
def test_an_old_ordinary_frame_gives_way_although_it_is_worse(
    sequence: int, epoch: int, kept: str
) -> None:
    """Nobody who comes back is shown what was the most telling minutes ago."""
    script = Script(attrs.evolve(CALM, ordinary_chunks_max=30))
    script.score("a", 0.2, 1)
    script.score("a", 0.1, sequence, epoch)
    assert waiting(script) == [kept]


def test_an_old_incident_waits_for_whoever_comes() -> None:
    """What is unusual is kept however old it becomes."""
    script = Script(attrs.evolve(CALM, camera_waiting_max=1))
    script.score("a", 0.4, 1)
    script.score("a", 0.3, 500)
    assert waiting(script) == ["a-1-1"]


def test_a_frame_that_comes_again_is_not_taken_twice() -> None:
    """Senders repeat what they were not told was settled; that changes nothing."""
    script = Script()
    script.score("a", 0.4, 1)
    script.decide(script.take("anna"))
    assert script.score("a", 0.4, 1) == [c.Repeated("a-1-1")]


def test_neighbouring_chunks_become_one_incident() -> None:
    """One event seen by several chunks is one decision with more pictures."""
    script = Script()
    for sequence, threat in ((1, 0.4), (2, 0.6), (3, 0.5)):
        script.score("a", threat, sequence)
    lease_id = script.take("anna")
    incident = script.policy.pool.incident_of(lease_id)
    assert incident is not None
    assert [frame.sequence for frame in incident.frames] == [1, 2, 3]
    assert incident.face.sequence == 2
    assert incident.threat == pytest.approx(0.6)
    assert waiting(script) == []


@pytest.mark.parametrize(
    ("sequence", "epoch", "threat"), [(4, 1, 0.4), (2, 2, 0.4), (2, 1, 0.2), (1, 1, 0.4)]
)
def test_only_neighbours_of_the_same_connection_are_grouped(
    sequence: int, epoch: int, threat: float
) -> None:
    """A gap, another connection, a small threat or an older chunk is not the same event."""
    script = Script()
    script.score("a", 0.4, 1)
    frame = make_frame("a", threat, sequence, epoch)
    script.tell(h.Scored(attrs.evolve(frame, frame_id="other")))
    assert sorted(waiting(script)) == ["a-1-1", "other"]


def test_what_was_seen_changes_no_more() -> None:
    """What comes while someone looks starts an incident that names the first as its root."""
    script = Script()
    script.score("a", 0.4, 1)
    script.take("anna")
    admitted = one(script.score("a", 0.5, 2), c.Admitted)
    assert (admitted.incident_id, admitted.root) == ("a-1-2", "a-1-1")
    third = one(script.score("a", 0.5, 3), c.Admitted)
    assert (third.incident_id, third.root) == ("a-1-2", "a-1-1")


def test_what_was_decided_is_not_asked_about_again_with_every_chunk() -> None:
    """One incident is one decision: what goes on waits behind the least, until it gets worse."""
    script = Script()
    script.score("a", 0.5, 1)
    shown = script.take("anna")
    script.score("a", 0.55, 2)
    assert one(script.decide(shown), c.Settled) == c.Settled("a-1-2")
    assert one(script.score("a", 0.5, 3), c.Admitted).incident_id == "a-1-2"
    script.score("b", 0.1, 1)
    assert waiting(script) == ["b-1-1", "a-1-2"]
    worse = one(script.score("a", 0.7, 4), c.Admitted)
    assert (worse.incident_id, worse.root, worse.is_decided) == ("a-1-4", "a-1-1", False)
    script.decide(script.take("anna"), "suspicious")
    assert one(script.score("a", 0.75, 5), c.Admitted).is_decided


def test_what_goes_on_after_a_verdict_is_one_ordinary_frame_of_its_camera() -> None:
    """However long it goes on: the worst of it is kept, and none of it is overdue."""
    script = Script(attrs.evolve(CALM, second_threat=0.92))
    script.score("a", 0.9, 1)
    script.decide(script.take("anna"))
    for sequence, threat in ((2, 0.92), (3, 0.95), (4, 0.91), (5, 0.9), (6, 0.97)):
        script.score("a", threat, sequence)
    assert waiting(script) == ["a-1-6"]
    assert not pick(script.wait(CALM.top_target_s + 1), c.Overdue)
    assert not pick(script.decide(script.take("anna")), c.SecondAsked)


def test_after_a_gap_or_an_undo_the_same_is_asked_about_again() -> None:
    """What was taken back is undecided, and what comes after a pause is another event."""
    script = Script()
    script.score("a", 0.5, 1)
    lease_id = script.take("anna")
    script.decide(lease_id)
    assert one(script.score("a", 0.5, 2), c.Admitted).is_decided
    script.tell(h.Undone(lease_id))
    undecided = one(script.score("a", 0.5, 3), c.Admitted)
    assert (undecided.root, undecided.is_decided) == ("a-1-1", False)
    script.decide(lease_id)
    later = one(script.score("a", 0.5, 6), c.Admitted)
    assert (later.root, later.is_decided) == ("a-1-6", False)


def test_worse_frames_that_wait_are_asked_about_after_a_verdict() -> None:
    """What nobody saw yet is settled only where it is no worse than what somebody did see."""
    script = Script()
    script.score("a", 0.4, 1)
    shown = script.take("anna")
    script.score("a", 0.6, 2)
    assert not pick(script.decide(shown), c.Settled)
    assert waiting(script) == ["a-1-2"]


def test_a_long_incident_is_asked_about_anew() -> None:
    """An event that goes on becomes a new incident after some chunks."""
    script = Script(attrs.evolve(CALM, incident_chunks_max=4))
    roots = [one(script.score("a", 0.4, n), c.Admitted).root for n in range(1, 7)]
    assert roots == ["a-1-1"] * 4 + ["a-1-5"] * 2


def test_an_incident_keeps_a_bounded_number_of_pictures() -> None:
    """The least threatening picture is dropped, the face never."""
    script = Script(attrs.evolve(CALM, incident_frames_max=2))
    script.score("a", 0.9, 1)
    script.score("a", 0.4, 2)
    assert one(script.score("a", 0.5, 3), c.Admitted).displaced == "a-1-2"
    (incident,) = script.policy.pool.records.incidents.values()
    assert [frame.sequence for frame in incident.frames] == [1, 3]


def test_a_camera_has_a_bounded_number_of_incidents() -> None:
    """Beyond that the least of them gives way, or the new one if it is the least."""
    script = Script(attrs.evolve(CALM, camera_waiting_max=2))
    script.score("a", 0.4)
    script.score("a", 0.6)
    assert one(script.score("a", 0.3), c.Refused).reason == "worse waits"
    assert one(script.score("a", 0.5), c.Dropped) == c.Dropped("a-1-100", "newer")
    assert len(waiting(script)) == 2


def test_near_zero_threats_are_let_go_under_load() -> None:
    """With the load high, near-zero threats go first (R33)."""
    script = Script(attrs.evolve(CALM, busy_waiting=3))
    script.score("calm", 0.01)
    script.decide(script.take("anna"))
    script.score("calm", 0.01)
    for camera in "abc":
        commands = script.score(camera, 0.06)
    assert one(commands, c.Dropped) == c.Dropped("calm-1-200", "near zero")


def test_a_camera_that_nobody_looked_at_keeps_its_frame_under_load() -> None:
    """Near zero or not, every camera is looked at from time to time (R32)."""
    script = Script(attrs.evolve(CALM, busy_waiting=1))
    script.score("calm", 0.01)
    for camera in "abc":
        assert not pick(script.score(camera, 0.06), c.Dropped)
    assert "calm-1-100" in waiting(script)


def test_a_full_pool_lets_go_what_the_busiest_camera_has_too_much_of() -> None:
    """The victim is the camera with most waiting, and of it the least threat; never who knocks."""
    script = Script(attrs.evolve(CALM, waiting_max=4))
    for threat in (0.7, 0.5, 0.9):
        script.score("wild", threat)
    script.score("calm", 0.1)
    assert one(script.score("new", 0.06), c.Dropped) == c.Dropped("wild-1-200", "pool full")


def test_what_comes_back_leaves_a_camera_no_more_than_its_places() -> None:
    """A frame given back meets newer ones of its camera; the least of them gives way."""
    script = Script()
    script.score("a", 0.1)
    script.take("anna")
    script.score("a", 0.2)
    assert one(script.tell(h.Gone("anna")), c.Dropped) == c.Dropped("a-1-100", "newer")
    assert waiting(script) == ["a-1-200"]


@pytest.mark.parametrize("threat", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_threat_is_between_0_and_1(threat: float) -> None:
    """What is not calibrated is refused where it is made, and says which frame it was."""
    with pytest.raises(ValueError, match="frame a-1-1: threat"):
        make_frame("a", threat, 1)
