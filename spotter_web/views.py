"""What pages and programs get: the answers of /api/v1, as JSON. Frozen classes, nothing else.

Wall times are seconds since 1970 and end in `_s`, as lengths of time do.
"""

from typing import Literal

import attrs

from seda.decisions import VerdictWord
from seda.messages import Band, Box
from seda.overview import CameraState
from seda.requests import Role

AlarmState = Literal["raised", "acknowledged", "resolved", "withdrawn"]
Outcome = Literal["real", "false", "test", "duplicate", "unclear"]


@attrs.frozen
class Problem:
    """Why a request was refused: what is wrong, and what to do."""

    error: str


@attrs.frozen
class BandView:
    """A band, and where it begins."""

    name: Band
    from_threat: float


@attrs.frozen
class Session:
    """Who is signed in, and what the pages have to know."""

    name: str
    role: Role
    scope: tuple[str, ...] | None
    expires_s: float
    now_s: float
    """The server's clock: ages are told by it, whatever the browser's says."""
    lease_s: float
    undo_s: float
    age_limit_s: float
    """A frame that is older is marked."""
    rest_after_s: float
    """After so long on watch a rest is suggested."""
    bands: tuple[BandView, ...]


@attrs.frozen
class Joined:
    """How many cameras' frames are decided as one, and how far apart they were captured."""

    cameras: int
    within_s: float


@attrs.frozen
class JoinedFrame:
    """The frame of one of these cameras; its picture is at /api/v1/frames/{frame_id}."""

    frame_id: str
    camera: str
    captured_s: float
    words: str
    """What is said of it alone."""


@attrs.frozen
class Frame:
    """The facts of a leased frame: the header `Seda-Frame` of /api/v1/next, as JSON in ASCII."""

    frame_id: str
    lease_id: str
    lease: str
    """Signed; goes back with the verdict."""
    camera: str
    instructions: str
    captured_s: float
    now_s: float
    threat: float
    band: Band
    is_learning: bool
    cause: str
    words: str
    boxes: tuple[Box, ...]
    pictures: tuple[str, ...]
    """Frame ids of the incident's other pictures, oldest first."""
    instead_of: str = ""
    """A lease that this one replaces: the page forgets it."""
    problems: tuple[str, ...] = ()
    joined: Joined | None = None
    """Where other cameras have the same cause, and are decided with it."""
    kind: Literal["work", "sample", "review"] = "work"
    """A sample is an ordinary frame, given so that every camera is looked at; what is in review is
    too old for the clock and has none."""
    state: CameraState = "live"
    """Of the camera when the frame was given."""
    why: str = ""
    """Why the camera is not live, in words; empty when it is."""
    scene_s: float = 0.0
    """When what the frame shows was first seen: earlier than `captured_s` where the camera was
    frozen or dark by then."""


@attrs.frozen
class StripPicture:
    """One picture before or after a frame; its content is at .../strip/{index}."""

    index: int
    captured_s: float


@attrs.frozen
class Debrief:
    """What is told at once after deciding a test frame."""

    is_target: bool
    """Whether *suspicious* was right."""
    is_right: bool


@attrs.frozen
class Recorded:
    """A verdict is in the store."""

    lease_id: str
    attempt: int
    undo_until_s: float
    alarm_id: int | None = None
    debrief: Debrief | None = None


@attrs.frozen
class HistoryEntry:
    """One decision."""

    lease_id: str
    attempt: int
    frame_id: str
    camera: str
    person: str
    verdict: VerdictWord
    decided_s: float
    captured_s: float
    threat: float
    band: Band
    note: str = ""
    undone_s: float | None = None
    undo_until_s: float = 0.0
    alarm_id: int | None = None
    alarm_state: AlarmState | None = None
    outcome: Outcome | None = None
    debrief: Debrief | None = None
    joined: int = 0
    """Frames of other cameras that were decided with it."""


@attrs.frozen
class History:
    """Decisions, the newest first."""

    entries: tuple[HistoryEntry, ...]
    before: str = ""
    """What to ask with for the ones before; empty where there are none."""


@attrs.frozen
class NoteView:
    """What somebody wrote beside an alarm, or for the next watch."""

    person: str
    text: str
    at_s: float


@attrs.frozen
class DeliveryView:
    """How far an alarm's message to one channel has come."""

    channel: str
    made_s: float
    attempts: int
    delivered_s: float | None
    due_s: float | None
    receipt: str


@attrs.frozen(kw_only=True)
class AlarmRecord:
    """What is kept of an alarm as it stands."""

    alarm_id: int
    root: str
    """What its incident began as: there is one alarm for each."""
    camera: str
    cause: str
    state: AlarmState
    raised_s: float
    changed_s: float
    holder: str | None = None
    outcome: Outcome | None = None
    sentence: str
    raised_by: str
    frame_id: str = ""
    """Empty where it is about no frame."""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state in {"raised", "acknowledged"}


@attrs.frozen(kw_only=True)
class Alarm(AlarmRecord):
    """An alarm as it stands, with what is known around it."""

    instructions: str = ""
    notes: tuple[NoteView, ...] = ()
    earlier_notes: int = 0
    """How many older ones are in the ledger alone."""
    deliveries: tuple[DeliveryView, ...] = ()
    joined: int = 0
    """Frames of other cameras that had the same; which, is told at /api/v1/frames/{frame_id}."""


@attrs.frozen
class Alarms:
    """Alarms: those that are not over first, in them the oldest first."""

    alarms: tuple[Alarm, ...]
    before: str = ""


@attrs.frozen
class Tile:
    """A camera on the wall; its newest picture is at /api/v1/cameras/{camera}/picture."""

    camera: str
    state: CameraState
    since_s: float
    why: str
    pictured_s: float | None
    """Of the newest picture's capture; None before the first."""
    threat: float | None
    band: Band | None
    is_learning: bool
    words: str
    waiting: int
    """Its frames that wait for a person."""
    maintenance: str = ""
    instructions: str = ""
    review: int = 0
    """Its frames that are too old for the clock, and wait in review."""
    same_since_s: float | None = None
    """Since when a frozen or dark camera shows the same; its picture is no newer than that."""
    rank: int = 0
    """Where it stands on the wall: the lowest is the worst; equal ones by name."""


@attrs.frozen
class Wall:
    """The cameras in scope, the worst first."""

    now_s: float
    tiles: tuple[Tile, ...]
    waiting: int


@attrs.frozen
class Watcher:
    """Somebody who is on watch now."""

    name: str
    since_s: float


@attrs.frozen
class Watch:
    """Who is on watch."""

    people: tuple[Watcher, ...]
    unwatched_since_s: float | None = None


@attrs.frozen
class Trouble:
    """The event `trouble`: a stage that needs somebody, or no more."""

    stage: str
    why: str
    """Empty when all is well again."""


@attrs.frozen
class HandoverNotes:
    """What earlier watches left for the next, the newest first."""

    notes: tuple[NoteView, ...]


@attrs.frozen
class EstimateView:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


@attrs.frozen
class VigilanceView:
    """How well somebody finds what is there, from test frames."""

    person: str
    band: Band | None
    """None for all of them."""
    cases: int
    cases_needed: int
    """So many before the figures are shown."""
    hit_rate: EstimateView | None = None
    false_alarm_rate: EstimateView | None = None
    d_prime: EstimateView | None = None


@attrs.frozen
class Figures:
    """A person's own session: of the last twelve hours."""

    decisions: int
    by_verdict: dict[str, int]
    per_minute: float
    """While deciding: pauses of more than five minutes left out."""
    on_watch_s: float
    """Since the last pause of more than five minutes."""
    rest_after_s: float
    vigilance: tuple[VigilanceView, ...] = ()


@attrs.frozen
class TestFrame:
    """A frame whose answer is known; its picture is at /api/v1/frames/{frame_id}."""

    __test__ = False  # pytest would take the name for a test

    frame_id: str
    camera: str
    threat: float
    is_target: bool
    added_by: str
    added_s: float
    answers: int


@attrs.frozen
class User:
    """Who may what."""

    name: str
    role: Role
    scope: tuple[str, ...] | None
    made_s: float
    tokens: int = 0
    """For machines, that are valid."""


@attrs.frozen
class Token:
    """A machine's way in; the secret is given once, when it is made."""

    label: str
    user: str
    made_s: float
    expires_s: float
    secret: str = ""
