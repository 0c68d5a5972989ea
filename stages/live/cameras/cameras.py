"""Every camera's state, from the facts that stages report. Pure.

`note` and `tick` return the changes: each is an event, to be logged and counted by whoever calls.
Policy goes by the monotonic time at which facts came here. Wall time is only shown, because a
camera's clock, and ours, may jump.
"""

import math
from collections.abc import Callable, Mapping

import attrs

from media.stillness import Judgement, Stillness
from seda.messages import CameraFact, ConnectionFacts, PictureFacts
from seda.overview import CameraState, CameraView
from stages.live.cameras.counts import Counts
from stages.live.cameras.notes import CameraNote
from stages.live.cameras.remarks import Remarks
from stages.live.cameras.rhythm import LATE_LEAST_S, Rhythm
from stages.live.cameras.states import STATES, Flow, Link, Picture, state_of
from stages.live.now import Now

CAMERAS_KEPT = 4096
"""More than one machine watches: a sender that invents names cannot fill the memory."""
DARK_LOOKS = 2
"""In a row, two seconds apart: one black picture is a shutter or a cut, not a covered lens."""


@attrs.frozen
class Change:
    """A camera changed its state."""

    camera: str
    before: CameraState | None
    """None when it was only just heard of."""
    after: CameraState
    why: str
    lasted_s: float
    """How long it was in the state before."""


class Cameras:
    """All cameras that were heard of."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self.refused = 0
        """Facts of more cameras than are kept."""

    def note(self, fact: CameraFact, now_s: float, arrived_s: float | None = None) -> list[Change]:
        """Take a fact in, of pictures that came from the camera at `arrived_s`, or now."""
        record = self._records.get(fact.camera)
        if record is None:
            if len(self._records) >= CAMERAS_KEPT:
                self.refused += 1
                return []
            record = self._records[fact.camera] = Record(fact.camera, now_s)
        if fact.connection:
            record.note_connection(fact.connection, fact.at_s, now_s)
        if fact.picture:
            record.note_picture(fact.picture, now_s, now_s if arrived_s is None else arrived_s)
        return record.settle(now_s)

    def note_set_aside(self, stage: str, waits_s: Mapping[str, float], now_s: float) -> None:
        """Take in whom a stage has set aside, and for how long yet; of those that are known."""
        for name, record in self._records.items():
            record.note_set_aside(stage, waits_s.get(name), now_s)

    def tick(self, now_s: float) -> list[Change]:
        """Let time pass: what ceased to come is not told by a fact."""
        return [change for record in self._records.values() for change in record.settle(now_s)]

    def recall(self, notes: Mapping[str, CameraNote], now: Now) -> None:
        """Go on from what was noted of cameras; before anything was heard of them."""
        for name, note in notes.items():
            self._records[name] = Record(name, now.monotonic_s)
            self._records[name].recall(note, now)

    def notes(self, now: Now) -> dict[str, CameraNote]:
        """Return what has to be known again at once."""
        return {name: record.noted(now) for name, record in self._records.items()}

    def within(self, may_see: Callable[[str], bool]) -> "Cameras":
        """Return those that somebody may see, to look at now."""
        found = Cameras()
        found._records = {name: it for name, it in self._records.items() if may_see(name)}
        return found

    def views(self, now_s: float) -> tuple[CameraView, ...]:
        """Return what is known of each, by name."""
        return tuple(self._records[name].view(now_s) for name in sorted(self._records))


class Record:
    """What is known of one camera."""

    def __init__(self, camera: str, now_s: float) -> None:
        self._camera = camera
        self._state: CameraState | None = None
        self._since_s = now_s
        self._times_s: dict[CameraState, float] = dict.fromkeys(STATES, 0.0)
        self._entered: dict[CameraState, int] = dict.fromkeys(STATES, 0)
        self._connection: ConnectionFacts | None = None
        self._retry_due_s: float | None = None
        self._picture = PictureFacts(epoch=-1, sequence=-1)
        self._shown_epoch = -1
        self._counts = Counts()
        self._rhythm = Rhythm(now_s)
        self._heard_s = -math.inf
        self._until_s: dict[str, float] = {}
        """By the stage that has set it aside."""
        self._stillness = Stillness()
        self._judgement = Judgement()
        self._dark_looks = 0
        self._dark_since_s: float | None = None
        self._last_error = ""
        self._remarks = Remarks()
        self._noted: CameraNote | None = None

    def recall(self, note: CameraNote, now: Now) -> None:
        """Begin in the state that was noted, and so that nothing but a fact or time changes it."""
        self._state, self._noted = note.state, note
        for_s = max(0.0, now.wall_s - note.since_s)
        self._since_s = now.monotonic_s - for_s
        match note.state:
            case "stalled":
                self._rhythm = Rhythm(self._since_s - self._rhythm.late_after_s())
            case "offline":
                self._rhythm = Rhythm(self._since_s - self._rhythm.gone_after_s())
            case "dark":
                self._dark_looks, self._dark_since_s = DARK_LOOKS, note.since_s
        if note.state != "connecting":
            self._shown_epoch = note.epoch
        if note.still:
            self._judgement = self._stillness.resume(note.still)

    def noted(self, now: Now) -> CameraNote:
        """Return what is to be noted: the same one as before, as long as that is true."""
        state: CameraState = self._state or "connecting"
        known = self._noted
        if known is None or (known.state, known.epoch) != (state, self._shown_epoch):
            since_s = now.wall_s - (now.monotonic_s - self._since_s)
            still = self._stillness.still if state == "frozen" else None
            known = self._noted = CameraNote(state, since_s, self._shown_epoch, still)
        return known

    def note_connection(self, facts: ConnectionFacts, at_s: float, now_s: float) -> None:
        """Take in how the camera stage stands with it; what is of an earlier try came late."""
        if self._connection and facts.epoch < self._connection.epoch:
            return
        self._connection = facts
        self._counts.note_connection(facts)
        # Both are of the same wall clock, so what lies between them is true whatever that shows.
        self._retry_due_s = now_s + facts.retry_at_s - at_s if facts.retry_at_s else None
        self._last_error = facts.sentence or self._last_error
        self._remarks.note(facts.sentences, facts.counts, now_s)

    def note_set_aside(self, stage: str, wait_s: float | None, now_s: float) -> None:
        """Take in that a stage has set it aside for so long, or not."""
        if wait_s is None:
            self._until_s.pop(stage, None)
        else:
            self._until_s[stage] = now_s + wait_s

    def note_picture(self, facts: PictureFacts, now_s: float, arrived_s: float) -> None:
        """Take in what one chunk showed; a repeat of it changes nothing."""
        newest = self._picture
        if (facts.epoch, facts.sequence) <= (newest.epoch, newest.sequence):
            return
        self._picture = facts
        self._counts.note_picture(facts)
        self._remarks.note(facts.sentences, self._counts.frames, now_s)
        if facts.frames:
            is_first = facts.epoch != self._shown_epoch
            self._rhythm.note(facts.frames, arrived_s, is_first=is_first)
            self._heard_s = now_s
            self._shown_epoch = facts.epoch
        for look in facts.looks:
            self._judgement = self._stillness.note(look)
            if not self._judgement.is_dark:
                self._dark_looks, self._dark_since_s = 0, None
                continue
            self._dark_looks += 1
            self._dark_since_s = self._dark_since_s or look.captured_s

    def settle(self, now_s: float) -> list[Change]:
        """Return the change to the state that holds now, if that is another one."""
        after = state_of(self._link(), self._flow(now_s), self._look())
        before = self._state
        if after == before:
            return []
        lasted_s = now_s - self._since_s
        if before:
            self._times_s[before] += lasted_s
        self._state, self._since_s = after, now_s
        self._entered[after] += 1
        return [Change(self._camera, before, after, self._why(now_s), lasted_s)]

    def _link(self) -> Link:
        """Judge the connection; of one that nobody spoke of yet, by what came through it."""
        connection = self._connection
        is_connected = connection is None or connection.state == "connected"
        has_shown = self._shown_epoch >= (connection.epoch if connection else 0)
        return "connected" if is_connected and has_shown else "trying"

    def _flow(self, now_s: float) -> Flow:
        without_s = self._rhythm.without_s(now_s)
        if without_s >= self._rhythm.gone_after_s():
            return "gone"
        return "late" if without_s >= self._rhythm.late_after_s() else "flows"

    def _look(self) -> Picture:
        if self._dark_looks >= DARK_LOOKS:
            return "dark"
        return "moves" if self._judgement.frozen_since_s is None else "frozen"

    def _same_since_s(self) -> float | None:
        """Return since when it shows the same, wall time, where its state says that it does."""
        match self._state:
            case "frozen":
                return self._judgement.frozen_since_s
            case "dark":
                return self._dark_since_s
            case _:
                return None

    def _why(self, now_s: float) -> str:
        """Return why it is not live, and where it is known what to do."""
        match self._state:
            case "connecting" | "offline":
                return self._fault() or self._silence(now_s)
            case "stalled":
                return self._silence(now_s)
            case "frozen":
                return "The same picture again and again: restart the camera or its encoder."
            case "dark":
                return "The picture is black or shows nothing: covered lens, or no light?"
            case _:
                return ""

    def _fault(self) -> str:
        """Return why there is no connection, if that is so and known."""
        lost = self._connection is not None and self._connection.state != "connected"
        return self._connection.sentence if self._connection and lost else ""

    def _silence(self, now_s: float) -> str:
        aside, without_s = self._aside(now_s), self._rhythm.without_s(now_s)
        if "transcoder" in aside:
            return aside["transcoder"]
        if self._picture.sentences and not self._picture.frames:
            return " ".join(self._picture.sentences.values())
        if self._state == "connecting":
            return "Waiting for a picture."
        if now_s - self._heard_s < LATE_LEAST_S:
            return (
                f"Its pictures come {without_s:.0f} s late: seda does not keep up with its cameras;"
                " lower their resolution or rate, or give it more processors."
            )
        return f"No picture for {without_s:.0f} s."

    def _aside(self, now_s: float) -> dict[str, str]:
        """Say by stage that it is set aside."""
        return {
            stage: f"Set aside by {stage}: what it sends took longer than its deadline again and"
            f" again; tried again in {until_s - now_s:.0f} s. Lower its resolution, or choose"
            " another codec in the camera."
            for stage, until_s in self._until_s.items()
            if until_s > now_s
        }

    def _retry_in_s(self, now_s: float) -> float | None:
        is_lost = self._connection is not None and self._connection.state == "lost"
        return max(0.0, self._retry_due_s - now_s) if is_lost and self._retry_due_s else None

    def view(self, now_s: float) -> CameraView:
        """Return what people and programs may see of it."""
        connection = self._connection
        state: CameraState = self._state or "connecting"
        in_state_s = now_s - self._since_s
        return CameraView(
            camera=self._camera,
            state=state,
            state_for_s=in_state_s,
            why=self._why(now_s),
            picture_age_s=self._rhythm.age_s(now_s),
            frames_per_s=self._rhythm.frames_per_s()
            if state in ("live", "frozen", "dark")
            else None,
            width_px=self._picture.width_px or None,
            height_px=self._picture.height_px or None,
            format=connection.format if connection else "",
            authentication=connection.authentication if connection else "",
            is_trusted_by_hand=bool(connection and connection.is_trusted_by_hand),
            clock_offset_s=connection.clock_offset_s if connection else None,
            retry_in_s=self._retry_in_s(now_s),
            last_error=self._last_error,
            remarks={
                **self._remarks.present(now_s),
                **{f"set_aside_{stage}": words for stage, words in self._aside(now_s).items()},
            },
            tries=self._counts.total("tries"),
            reconnects=self._counts.reconnects,
            chunks=self._counts.total("chunks"),
            chunks_dropped=self._counts.total("chunks_dropped"),
            frames=self._counts.frames,
            entered={name: count for name, count in self._entered.items() if count},
            times_s={
                name: spent_s + (in_state_s if name == state else 0.0)
                for name, spent_s in self._times_s.items()
                if spent_s or name == state
            },
            same_since_s=self._same_since_s(),
        )
