"""The pictures around the pool: when folders go, what is in memory, what a strip has."""

import os
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.pictures.files import Picture
from runtime.work import Received
from seda import payload
from stages.assignment.frame_details import FrameDetails, details_of, encode_details
from stages.assignment.pictures.frames import GRACE_S, GRACE_SEEN_S, Frames
from stages.assignment.pictures.hot import HotPictures
from stages.assignment.pictures.strips import EACH_SIDE, LOOKS_S, Strips, choose, want_from
from stages.assignment.policy import commands as c
from stages.assignment.policy.records import Incident
from tests.stages.assignment.running_stage import facts_of
from tests.stages.assignment.scripted import make_frame

PICTURES = {"frame.jpg": b"picture"}


def open_frames(folder: Path, *incidents: Incident) -> Frames:
    frames = Frames(folder / "frames", folder / "store", 0.25)
    frames.open(incidents, now_s=0.0, wall_s=0.0)
    return frames


def admitted(name: str, **more: object) -> c.Admitted:
    frame = make_frame(name, 0.1, 1)
    said = {"incident_id": name, "is_ordinary": True, "root": name, "since_s": 0.0, **more}
    return c.Admitted(frame=frame, **said)  # type: ignore[arg-type]  # as the test says


def mind(frames: Frames, now_s: float) -> list[str]:
    """Work off what is due, and name what is left."""
    frames.work_off(*frames.take_due(now_s), wall_s=now_s)
    return sorted(os.listdir(frames._files._folder))  # noqa: PTH208 - names only


@pytest.mark.parametrize(("was_seen", "grace_s"), [(False, GRACE_S), (True, GRACE_SEEN_S)])
def test_a_frame_goes_a_while_after_its_incident(
    tmp_path: Path, grace_s: float, *, was_seen: bool
) -> None:
    """Longer where somebody saw it, whose verdict may still come and needs its evidence."""
    frames = open_frames(tmp_path)
    frames.keep("gate-1-1", facts_of("gate", 0.1, 1), PICTURES)
    frames.note_admitted(admitted("gate"), 0.0, 0.0)
    assert frames.drop("gate", 0.0, was_seen=was_seen) == "gate"
    assert mind(frames, grace_s - 1.0) == ["gate-1-1"]
    assert mind(frames, grace_s) == []


def test_a_displaced_picture_goes_alone(tmp_path: Path) -> None:
    """The incident keeps the others."""
    frames = open_frames(tmp_path)
    for name in ("gate-1-1", "yard-1-1"):
        frames.keep(name, facts_of("gate", 0.1, 1), PICTURES)
    frames.note_admitted(admitted("gate"), 0.0, 0.0)
    more = admitted("yard", incident_id="gate", displaced="gate-1-1")
    frames.note_admitted(more, 0.0, 0.0)
    assert mind(frames, GRACE_S) == ["yard-1-1"]


def test_what_the_journal_does_not_know_goes_after_a_restart(tmp_path: Path) -> None:
    """With the grace of what somebody may have seen; half-written folders go at once."""
    before = open_frames(tmp_path)
    for name in ("known", "orphan"):
        before.keep(name, facts_of("gate", 0.1, 1), PICTURES)
        os.utime(tmp_path / "frames" / name, (1000.0, 1000.0))
    (tmp_path / "frames" / ".new-half").mkdir()
    frame = make_frame("gate", 0.1, 1)
    header = encode_details(FrameDetails(facts_of("gate", 0.1, 1, captured_s=1000.0), ""))
    known = attrs.evolve(frame, frame_id="known", header=header)
    incident = Incident(incident_id="known", root="known", camera="gate", since_s=0.0)
    incident.frames = [known]
    frames = Frames(tmp_path / "frames", tmp_path / "store", 0.25)
    frames.open([incident], now_s=50.0, wall_s=1100.0)
    assert mind(frames, 50.0) == ["known", "orphan"]
    assert mind(frames, 50.0 + GRACE_SEEN_S - 100.0) == ["known"]


def test_a_frame_that_is_kept_again_is_whole(tmp_path: Path) -> None:
    """What a predecessor wrote and did not live to journal gives way."""
    frames = open_frames(tmp_path)
    frames.keep("one", facts_of("gate", 0.1, 1), PICTURES)
    frames.keep("one", facts_of("gate", 0.1, 1), {"frame.jpg": b"other"})
    assert Path(frames.file("one")).read_bytes() == b"other"


def received(content: bytes) -> Received:
    return Received("memory", len(content), payload.make(content))


def test_hot_pictures_are_bounded_and_leave_no_descriptor() -> None:
    """The one longest without use goes first; what is too large alone is not kept at all."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted
    hot = HotPictures(bytes_max=100, pictures_max=3)
    for name in "abc":
        hot.keep(name, received(b"x" * 30))
    assert hot.find("a")
    hot.keep("d", received(b"x" * 30))
    assert [hot.find(name) is not None for name in "abcd"] == [True, False, True, True]
    hot.keep("e", received(b"x" * 90))
    assert len(hot) == 1
    large = received(b"x" * 101)
    hot.keep("f", large)
    assert hot.find("f") is None
    large.close()
    hot.discard("e")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - counted


@given(st.lists(st.floats(-10, 10), max_size=60), st.floats(-10, 10))
def test_a_strip_is_bounded_even_and_in_order(times_s: list[float], captured_s: float) -> None:
    """At most six on each side, never the frame itself, however fast the ring is."""
    pictures = [Picture(Path(), time_s, 1) for time_s in sorted(times_s)]
    chosen = [picture.captured_s for picture in choose(pictures, captured_s)]
    assert chosen == sorted(chosen)
    assert captured_s not in chosen
    assert sum(it < captured_s for it in chosen) <= EACH_SIDE
    assert sum(it > captured_s for it in chosen) <= EACH_SIDE


def test_a_strip_is_looked_after_until_what_comes_after_is_there() -> None:
    """At once, and twice later; then no more."""
    strips = Strips()
    strips.want("frame", want_from("gate", 100.0, now_s=5.0))
    looks = [now_s for now_s in range(5, 30) if strips.take_due(float(now_s))]
    assert looks == [5.0 + look_s for look_s in LOOKS_S]


def test_facts_pass_through_the_policy_unread() -> None:
    """What a frame carries comes out as it went in."""
    kept = FrameDetails(facts_of("gate", 0.5, 1), "hash")
    frame = attrs.evolve(make_frame("gate", 0.5, 1), header=encode_details(kept))
    assert details_of(frame) == kept
