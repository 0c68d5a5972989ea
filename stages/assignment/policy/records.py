"""What the policy remembers across a crash: plain data, no behaviour, written whole as a snapshot.

Waiting requests are not here: they are connections, and those do not outlive the process.
"""

import attrs

from seda.decisions import VerdictWord
from stages.assignment.policy.commands import SecondReason, Turn
from stages.assignment.policy.happenings import Frame


@attrs.define
class Opinion:
    """One spotter's verdict on an incident."""

    lease_id: str
    spotter: str
    verdict: VerdictWord


@attrs.define(kw_only=True)
class Incident:
    """What one decision is about: one or more frames of one camera.

    It is in exactly one state: leased (`lease_id`), closed (`closed_s`), waiting otherwise. A test
    frame is an incident that never closes.
    """

    incident_id: str
    root: str
    camera: str
    since_s: float
    came_s: float = 0.0
    """When its first frame came; `since_s` may be that of one whose place it took."""
    common: str = ""
    """The cause, where many cameras may have it in common."""
    gathering: str = ""
    """The common cause that it is part of; it is asked about with the others."""
    weight_max: float = 1.0
    """What many cameras have in common weighs no more."""
    is_held: bool = False
    """It is not offered yet, because others may join."""
    is_ordinary: bool = False
    is_test: bool = False
    frames: list[Frame] = attrs.Factory(list)
    """In the order in which they came."""
    seen_by: set[str] = attrs.Factory(set)
    opinions: list[Opinion] = attrs.Factory(list)
    lease_id: str | None = None
    back_s: float | None = None
    """Since when it waits although someone has seen it."""
    second_reason: SecondReason | None = None
    closed_s: float | None = None
    is_overdue: bool = False
    is_decided: bool = False
    """It carries on what somebody gave a verdict on, and is no worse."""
    fresh_s: float = 0.0
    """When its newest frame left its camera, or when it was offered if that was later."""
    is_deferred: bool = False
    """It is too old for the clock and waits in review."""
    threat: float = 0.0

    @property
    def face(self) -> Frame:
        """The frame that is shown first: the worst one, of equal ones the newest."""
        return max(reversed(self.frames), key=lambda frame: frame.threat)

    @property
    def weight(self) -> float:
        """The threat that its place in the orders follows from."""
        return 0.0 if self.is_decided else min(self.threat, self.weight_max)

    @property
    def is_work(self) -> bool:
        """Whether somebody is to decide it; everything else that waits is a sample."""
        return bool(self.opinions) or not (self.is_ordinary or self.is_decided)

    @property
    def is_free(self) -> bool:
        """Whether nobody has it and somebody is to have it, now or soon."""
        return self.lease_id is None and self.closed_s is None and not self.is_test

    @property
    def is_waiting(self) -> bool:
        """Whether it may be leased."""
        return self.is_free and not self.is_held

    @property
    def is_fresh(self) -> bool:
        """Whether nobody has seen it, so that it may still change."""
        return self.is_free and not self.is_deferred and not self.seen_by and not self.opinions


@attrs.define(kw_only=True)
class Lease:
    """One session's hold on an incident."""

    lease_id: str
    incident_id: str
    spotter: str
    session: str
    turn: Turn
    leased_s: float
    shown_s: float | None = None
    turn_given: int = 0
    """The number of the rotation turn that it used; 0 where it used none."""
    undone: int = 0
    joined: list[str] = attrs.Factory(list)
    """The incidents of other cameras that are held with it."""
    turn_cameras: list[str] = attrs.Factory(list)
    """The cameras whose rotation turn it used."""


@attrs.define(kw_only=True)
class EndedLease:
    """What a verdict that comes late, twice or is taken back is matched with."""

    incident_id: str
    spotter: str
    session: str
    verdict: VerdictWord | None = None
    undone: int = 0
    """How many verdicts on it were taken back."""
    joined: list[str] = attrs.Factory(list)


@attrs.define(kw_only=True)
class Gathering:
    """One cause that many cameras have in common, for as long as more may join."""

    cause: str
    since_s: float
    last_s: float
    """When the last one joined."""
    held_since_s: float | None = None
    """Since when somebody waits to be offered; None where nobody does."""
    is_offered: bool = False
    """Some of it was offered; who comes now comes late."""


@attrs.define(kw_only=True)
class Thread:
    """The incident that a camera's next frames may belong to."""

    incident_id: str
    root: str
    epoch: int
    first_sequence: int
    last_sequence: int
    decided: float | None = None
    """The threat that somebody gave a verdict on; None where nobody did."""


@attrs.define
class Camera:
    """What is remembered of a camera."""

    turn: int = 0
    """The number of its last rotation turn that ended by a verdict."""
    held_turns: list[int] = attrs.Factory(list)
    """Those whose leases live; a frame that comes back gives its turn back too."""
    has_yielded: bool = False
    """A prefetched frame of it gave way, and none was on a screen since."""
    looked_s: float | None = None
    """When a person last saw one of its frames."""
    recent: list[str] = attrs.Factory(list)
    thread: Thread | None = None
    common_thread: Thread | None = None
    """The same for what many cameras may have in common: neither is a picture of the other."""

    def thread_for(self, frame: Frame) -> Thread | None:
        """Return what a frame may carry on."""
        return self.common_thread if frame.common else self.thread

    def thread_of(self, root: str) -> Thread | None:
        """Return what carries an incident on, if the next frames may."""
        threads = (self.thread, self.common_thread)
        return next((it for it in threads if it is not None and it.root == root), None)

    @property
    def last_turn(self) -> int:
        """Its place in the rotation: the least goes first."""
        return max(self.turn, *self.held_turns, 0)


@attrs.define
class Spotter:
    """What is remembered of a spotter."""

    turns: int = 0
    """Urgent and rotation turns."""
    sampled_s: float | None = None
    """When the last turn was given that was open to ordinary frames."""
    until_test: int | None = None


@attrs.define(kw_only=True)
class Records:
    """Everything that the journal brings back."""

    generation: str = ""
    """Drawn anew with each new journal and part of every lease id, so that none occurs twice."""
    rotation: int = 0
    lease_count: int = 0
    incidents: dict[str, Incident] = attrs.Factory(dict)
    leases: dict[str, Lease] = attrs.Factory(dict)
    ended: dict[str, EndedLease] = attrs.Factory(dict)
    cameras: dict[str, Camera] = attrs.Factory(dict)
    spotters: dict[str, Spotter] = attrs.Factory(dict)
    gatherings: dict[str, Gathering] = attrs.Factory(dict)
    common: dict[str, dict[str, float]] = attrs.Factory(dict)
    """By cause: which cameras had it of late, and when."""
