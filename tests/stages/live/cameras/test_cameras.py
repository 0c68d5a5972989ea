"""Which state a camera is in, with invented facts and times."""

import itertools
from collections.abc import Iterable
from typing import Any

import attrs
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from seda.messages import CameraFact
from seda.overview import CameraView
from stages.live.cameras import cameras as module
from stages.live.cameras.cameras import Cameras, Change
from stages.live.cameras.notes import CameraNote
from stages.live.cameras.rhythm import GONE_AFTER_LATE_S, GONE_LEAST_S, LATE_LEAST_S
from stages.live.now import Now
from testing.messages.camera_facts import WALL_S, connection, look, lost, pictures

CHUNK_S = 2.0


class Watched:
    """One camera, its time and its changes."""

    def __init__(self) -> None:
        self.cameras = Cameras()
        self.now_s = 1000.0
        self.changes: list[Change] = []
        self._sequence = itertools.count()

    def note(self, fact: CameraFact, came_s: float | None = None) -> None:
        self.changes += self.cameras.note(fact, self.now_s, came_s)

    def wait(self, seconds: float) -> None:
        """Let time pass as the stage does: a tick a second."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(until_s, self.now_s + 1)
            self.changes += self.cameras.tick(self.now_s)

    def show(self, chunks: int, epoch: int = 1, every_s: float = CHUNK_S) -> None:
        """Let chunks come, each with a picture that differs from the one before."""
        for _ in range(chunks):
            self.wait(every_s)
            number = next(self._sequence)
            seen = look(WALL_S + self.now_s, 100 + number % 50)
            self.note(pictures(number, epoch, looks=(seen,)))

    @property
    def states(self) -> list[str]:
        return [change.after for change in self.changes]

    @property
    def state(self) -> str:
        return self.view.state

    @property
    def view(self) -> CameraView:
        [view] = self.cameras.views(self.now_s)
        return view


def _live() -> Watched:
    watched = Watched()
    watched.note(connection())
    watched.show(20)
    assert watched.states == ["connecting", "live"]
    return watched


def test_a_camera_is_live_when_its_first_picture_is_there() -> None:
    """Not when it is connected: until then nobody has seen anything."""
    watched = Watched()
    watched.note(connection("connecting"))
    watched.note(connection())
    assert (watched.view.state, watched.view.why) == ("connecting", "Waiting for a picture.")
    watched.show(1)
    assert (watched.view.state, watched.view.why) == ("live", "")


def test_a_lost_camera_is_connecting_and_says_why() -> None:
    """R20: what is shown is what the camera stage found, with the time of the next try."""
    watched = _live()
    watched.note(lost("The camera ended the connection."))
    view = watched.view
    assert (view.state, view.why) == ("connecting", "The camera ended the connection.")
    assert view.retry_in_s == 4
    watched.wait(1)
    assert watched.view.retry_in_s == 3
    watched.note(connection(epoch=2))
    watched.show(1, epoch=2)
    assert watched.state == "live"
    assert watched.view.reconnects == 1
    assert watched.view.last_error == "The camera ended the connection."
    assert watched.view.retry_in_s is None


def test_a_camera_away_for_long_is_offline() -> None:
    """Once, however often it is tried meanwhile."""
    watched = _live()
    for epoch in range(1, 20):
        watched.note(lost("Nobody answers.", epoch))
        watched.wait(3)
        watched.note(connection("connecting", epoch + 1, sentence="Nobody answers."))
    assert watched.states == ["connecting", "live", "connecting", "offline"]
    assert watched.changes[-1].why == "Nobody answers."


def test_a_camera_that_never_came_is_offline() -> None:
    """A wrong address is found without waiting for a loss."""
    watched = Watched()
    watched.note(lost("The camera asks for a user and a password (401)."))
    watched.wait(GONE_LEAST_S + 1)
    assert watched.states == ["connecting", "offline"]


def test_a_connection_without_pictures_is_stalled_then_offline() -> None:
    """Whatever the connection says: nobody sees anything."""
    watched = _live()
    watched.wait(LATE_LEAST_S + 1)
    assert watched.state == "stalled"
    assert watched.view.why.startswith("No picture for ")
    assert watched.view.frames_per_s is None
    watched.wait(GONE_LEAST_S)
    assert watched.state == "offline"


def test_chunks_without_usable_pictures_stall_and_say_what_is_wrong_with_them() -> None:
    """The transcoder's sentence is what helps."""
    watched = _live()
    for number in range(100, 105):
        watched.wait(CHUNK_S)
        watched.note(
            pictures(
                number,
                frames=0,
                counts={"jpeg_damaged": 1},
                sentences={"jpeg_damaged": "Damaged pictures."},
            )
        )
    assert (watched.view.state, watched.view.why) == ("stalled", "Damaged pictures.")
    assert watched.view.remarks == {"jpeg_damaged": "Damaged pictures."}


def test_a_remark_is_shown_as_long_as_it_is_true() -> None:
    """What was odd an hour ago is in the counters; nobody has to act on it."""
    watched = _live()
    odd: dict[str, Any] = {"counts": {"rare": 1}, "sentences": {"rare": "Keyframes are rare."}}
    watched.note(connection(**odd))
    assert watched.view.remarks == {"rare": "Keyframes are rare."}
    watched.show(15)
    watched.note(connection(**odd))
    watched.show(16)
    assert watched.view.remarks == {}
    watched.note(connection(**odd | {"counts": {"rare": 2}}))
    assert watched.view.remarks == {"rare": "Keyframes are rare."}


def test_rare_keyframes_are_no_stall() -> None:
    """A camera that sends one every 20 s has that rhythm."""
    watched = Watched()
    watched.note(connection())
    watched.show(3, every_s=12)
    watched.show(20, every_s=20)
    assert watched.states == ["connecting", "live"]


def test_the_time_away_is_no_rhythm() -> None:
    """After it a stall is seen as soon as before."""
    watched = _live()
    watched.note(lost("Gone."))
    watched.wait(60)
    watched.note(connection(epoch=2))
    watched.show(3, epoch=2)
    watched.wait(LATE_LEAST_S + 1)
    assert watched.state == "stalled"


def test_the_same_picture_for_long_is_frozen() -> None:
    """R19: it may still look alive."""
    watched = _live()
    for number in range(100, 115):
        watched.wait(CHUNK_S)
        watched.note(pictures(number, looks=(look(WALL_S + watched.now_s, 77.0),)))
    assert watched.state == "frozen"
    assert "restart" in watched.view.why
    first_s = WALL_S + watched.now_s - 14 * CHUNK_S
    assert watched.view.same_since_s == first_s, "since its first picture, not since it was noticed"
    watched.show(1, epoch=2)
    assert watched.state == "live"
    assert watched.view.same_since_s is None


def test_black_is_dark_and_a_black_moment_is_not() -> None:
    """A shutter closes for a picture; a hand stays."""
    watched = _live()
    watched.note(pictures(99, looks=(look(WALL_S + watched.now_s, 3, spread=1.0),)))
    assert watched.state == "live"
    watched.show(1, epoch=2)
    black_s = WALL_S + watched.now_s + CHUNK_S
    for number in range(100, 100 + module.DARK_LOOKS):
        assert watched.state == "live"
        watched.wait(CHUNK_S)
        black = look(WALL_S + watched.now_s, 3 + number % 7, spread=1.0)
        watched.note(pictures(number, epoch=2, looks=(black,)))
    assert (watched.state, watched.view.same_since_s) == ("dark", black_s)


def test_a_repeat_of_a_chunk_counts_once() -> None:
    """Facts come at least once."""
    watched = _live()
    before = watched.view.frames
    watched.note(pictures(19))
    assert watched.view.frames == before


def test_what_is_late_of_an_earlier_try_changes_nothing() -> None:
    """A fact that was submitted again says what was, not what is."""
    watched = _live()
    watched.note(connection(epoch=3))
    watched.show(1, epoch=3)
    watched.note(lost("Long ago.", epoch=2))
    assert watched.state == "live"
    assert watched.view.last_error == ""


def test_counters_go_on_when_another_handler_takes_over() -> None:
    """It counts from zero; the camera's line does not."""
    watched = _live()
    watched.note(connection(epoch=2, connections=4, tries=9))
    watched.note(connection(epoch=3, connections=1, tries=2, watched_since_s=WALL_S + 60))
    assert (watched.view.reconnects, watched.view.tries) == (4, 11)


def test_pictures_alone_show_that_a_camera_is_live() -> None:
    """After a restart of `live` nobody may have spoken of the connection yet."""
    watched = Watched()
    watched.note(pictures(7, epoch=5))
    assert watched.state == "live"


def test_invented_cameras_do_not_fill_the_memory() -> None:
    """What is kept is bounded, and refusals are counted."""
    cameras = Cameras()
    for number in range(module.CAMERAS_KEPT + 3):
        cameras.note(attrs.evolve(connection(), camera=f"camera-{number}"), 1.0)
    assert len(cameras.views(1.0)) == module.CAMERAS_KEPT
    assert cameras.refused == 3


EPOCHS = st.integers(1, 4)
FACTS = st.one_of(
    st.builds(connection, st.sampled_from(["connecting", "connected"]), EPOCHS),
    st.builds(lost, st.just("Gone."), EPOCHS),
    st.builds(
        pictures,
        st.integers(0, 50),
        EPOCHS,
        st.integers(0, 5),
        looks=st.lists(
            st.builds(look, st.floats(WALL_S, WALL_S + 200), st.integers(0, 200)), max_size=3
        ).map(tuple),
    ),
)
HISTORIES = st.lists(st.tuples(st.none() | FACTS, st.floats(0, 20)), min_size=1, max_size=40)


def _replay(history: Iterable[tuple[CameraFact | None, float]]) -> tuple[Watched, float]:
    watched, started_s = Watched(), 1000.0
    watched.note(connection("connecting"))
    for fact, pause_s in history:
        watched.wait(pause_s)
        if fact:
            watched.note(fact)
    return watched, watched.now_s - started_s


@given(HISTORIES)
def test_every_change_is_told_once_and_follows_from_the_one_before(
    history: list[tuple[CameraFact | None, float]],
) -> None:
    """So whoever counts them knows the state, and how long each lasted."""
    watched, passed_s = _replay(history)
    befores = [change.before for change in watched.changes]
    assert befores == [None, *watched.states[:-1]]
    assert all(change.before != change.after for change in watched.changes)
    assert watched.state == watched.states[-1]
    assert watched.view.entered == {it: watched.states.count(it) for it in watched.states}
    assert abs(sum(watched.view.times_s.values()) - passed_s) < 1e-6


@given(HISTORIES)
def test_nothing_is_called_live_that_is_not_seen(
    history: list[tuple[CameraFact | None, float]],
) -> None:
    """Nor frozen or dark: that says that pictures come."""
    watched, _ = _replay(history)
    age_s = watched.view.picture_age_s
    if watched.view.state in ("live", "frozen", "dark"):
        assert age_s is not None
        assert age_s < 2 * 40
    if age_s is not None and age_s > 2 * 40 + GONE_AFTER_LATE_S:
        assert watched.state == "offline"
    assert (watched.state == "live") == (watched.view.why == "")


@given(HISTORIES, st.floats(-1e6, 1e6))
def test_the_wall_clock_decides_nothing(
    history: list[tuple[CameraFact | None, float]], jump_s: float
) -> None:
    """It may be set while cameras run."""
    jumped = [(fact and attrs.evolve(fact, at_s=fact.at_s + jump_s), it) for fact, it in history]
    assert _replay(history)[0].changes == _replay(jumped)[0].changes


def _successor(watched: Watched) -> Watched:
    """Return the camera as the next process knows it, a second later and without any fact."""
    notes = watched.cameras.notes(Now(watched.now_s, WALL_S + watched.now_s))
    after = Watched()
    after.now_s = 50.0  # another process may as well run on another machine's clock
    wall_s = WALL_S + watched.now_s + 1
    content = msgspec.json.encode(notes)
    known = msgspec.json.decode(content, type=dict[str, CameraNote])
    after.cameras.recall(known, Now(after.now_s, wall_s))
    return after


def test_a_frozen_camera_is_known_to_be_frozen_by_the_next_process() -> None:
    """At once and since when, as long as the picture stays; no look later if it moves again."""
    watched = _live()
    for number in range(100, 115):
        watched.wait(CHUNK_S)
        watched.note(pictures(number, looks=(look(WALL_S + watched.now_s, 77.0),)))
    lasts_s = watched.view.state_for_s
    for level, state in ((77.0, "frozen"), (120.0, "live")):
        after = _successor(watched)
        assert (after.state, after.view.state_for_s) == ("frozen", lasts_s + 1)
        after.note(connection())
        after.wait(CHUNK_S)
        assert (after.state, after.changes) == ("frozen", [])
        captured_s = WALL_S + watched.now_s + 1 + CHUNK_S
        after.note(pictures(115, looks=(look(captured_s, level),)))
        assert after.state == state


def test_a_dark_camera_is_known_to_be_dark_by_the_next_process() -> None:
    """Until one picture shows something."""
    watched = _live()
    for number in range(100, 100 + module.DARK_LOOKS):
        watched.wait(CHUNK_S)
        black = look(WALL_S + watched.now_s, 3 + number % 7, spread=1.0)
        watched.note(pictures(number, looks=(black,)))
    after = _successor(watched)
    after.note(connection())
    after.wait(CHUNK_S)
    assert (after.state, after.changes) == ("dark", [])
    after.show(1)
    assert after.state == "live"


def test_a_camera_that_is_away_is_known_to_be_by_the_next_process() -> None:
    """Offline for as long as it is; stalled until it is offline; connecting; and live."""
    watched = _live()
    after = _successor(watched)
    after.note(connection())
    after.wait(CHUNK_S)
    assert (after.state, after.changes) == ("live", [])
    watched.wait(watched.cameras._records["gate"]._rhythm.late_after_s() + 1)
    after = _successor(watched)
    after.note(connection())
    assert (after.state, after.changes) == ("stalled", [])
    after.wait(GONE_LEAST_S)
    assert after.state == "offline"
    watched.note(lost("Gone."))
    watched.wait(2 * GONE_LEAST_S)
    assert watched.state == "offline"
    after = _successor(watched)
    after.note(lost("Gone."))
    after.wait(3600)
    assert (after.state, after.changes) == ("offline", [])
    watched.note(connection(epoch=2))
    watched.show(1, epoch=2)
    watched.note(lost("Gone again.", epoch=2))
    after = _successor(watched)
    after.wait(1)
    assert (after.state, after.changes) == ("connecting", [])


def test_what_is_noted_of_a_camera_stays_the_same_while_it_does() -> None:
    """So that the notebook is written rarely."""
    watched = _live()
    before = watched.cameras.notes(Now(watched.now_s, WALL_S + watched.now_s))
    watched.show(5)
    after = watched.cameras.notes(Now(watched.now_s, WALL_S + watched.now_s + 0.25))
    assert after == before


def test_pictures_that_come_late_are_not_live() -> None:
    """However steadily they come: live means that what is shown is the present (R24)."""
    watched = _live()
    for number in range(100, 140):
        watched.wait(CHUNK_S)
        seen = look(WALL_S + watched.now_s, 100 + number % 50)
        watched.note(pictures(number, looks=(seen,)), came_s=watched.now_s - 20.0)
    assert watched.state == "stalled"
    assert watched.view.picture_age_s == 20.0
    assert "come 20 s late: seda does not keep up" in watched.view.why
    watched.note(pictures(140, looks=(look(WALL_S + watched.now_s, 90),)))
    assert watched.state == "live"


def test_pictures_that_are_a_minute_late_are_offline() -> None:
    """Nothing has been seen of what is there now for that long."""
    watched = _live()
    for number in range(100, 200):
        watched.wait(CHUNK_S)
        seen = look(WALL_S + watched.now_s, 100 + number % 50)
        late_s = min(60.0, 2 * (number - 99))
        watched.note(pictures(number, looks=(seen,)), came_s=watched.now_s - late_s)
    assert watched.state == "offline"


def test_a_camera_that_is_set_aside_says_so() -> None:
    """Why it shows nothing, since when it is not judged, and when it is tried again (R24)."""
    watched = _live()
    watched.cameras.note_set_aside("anomaly", {"gate": 20.0, "nobody": 1.0}, watched.now_s)
    assert watched.state == "live"
    assert "tried again in 20 s" in watched.view.remarks["set_aside_anomaly"]
    watched.cameras.note_set_aside("transcoder", {"gate": 40.0}, watched.now_s)
    watched.wait(25.0)
    assert watched.state == "stalled"
    assert watched.view.why.startswith("Set aside by transcoder: ")
    assert "tried again in 15 s" in watched.view.why
    watched.cameras.note_set_aside("transcoder", {}, watched.now_s)
    assert not watched.view.remarks
