"""What is said of leases, verdicts and alarms between assignment, alarm and live.

Frozen attrs classes only, in the order in which a frame lives.
"""

from typing import Literal

import attrs

from seda.messages import Band, Id, Mark, ScoredFacts, Threat
from seda.overview import CameraState

VerdictWord = Literal["clear", "suspicious", "unsure"]


@attrs.frozen
class Lease:
    """What a lease is about. The page gets it signed and returns it with the verdict.

    So the alarm stage knows what was judged and by whom without asking assignment. Nothing here
    tells a test frame from others: whoever has it could read it.
    """

    lease_id: Id
    frame_id: str
    """Of the incident's most telling picture: its name outside, which tells nothing."""
    root: str
    """The incident that this one carries on; alarms are raised once for each."""
    camera: str
    spotter: str
    threat: Threat
    band: Band
    captured_s: float
    """Wall time."""
    sha256: str
    """Of the picture that was shown."""
    mark: Mark
    joined_sha256: str = ""
    """Of the list of the other cameras' frames that are decided with it; empty where none are."""
    words: str = ""
    """What was said beside the frame; an alarm says it again."""


@attrs.frozen
class JoinedFrame:
    """The frame of another camera that is decided with the one that is shown."""

    frame_id: str
    camera: str
    root: str
    sha256: str
    """Of its picture."""
    threat: Threat
    """As it was on its camera, before it was known how many had it."""
    band: Band
    captured_s: float
    """Wall time."""
    words: str = ""


@attrs.frozen
class JoinedFrames:
    """The file joined.json beside the frame that is shown."""

    frames: tuple[JoinedFrame, ...]


@attrs.frozen
class Decided:
    """The body of "decided": a verdict is recorded, or was taken back."""

    lease_id: Id
    verdict: VerdictWord | Literal["undone"]
    attempt: int = 1
    frame_id: str = ""
    """Of the frame that was judged, by which it is known where the lease is not."""
    spotter: str = ""
    joined: tuple[str, ...] = ()
    """The frames of other cameras that it is recorded for, too."""


@attrs.frozen
class KnownFrame:
    """The body of "test_frame", whose payloads are its pictures; none where it is withdrawn."""

    frame_id: str
    camera: str
    threat: Threat
    is_withdrawn: bool = False
    facts: ScoredFacts | None = None
    """What is said of it as of any other frame; None where that was not kept."""
    pictures: tuple[str, ...] = ("frame.jpg",)
    """The payloads' names in a frame's folder, in their order."""


@attrs.frozen
class CameraStateFact:
    """The body of "camera_state", whose key is the camera: what frames say of it."""

    camera: str
    state: CameraState
    since_s: float
    """Wall time."""
    same_since_s: float | None = None
    """Wall time since which a frozen or dark camera shows the same."""


@attrs.frozen
class Gone:
    """The body of "gone": a page left; its connection ended, it was hidden or signed out."""

    page: str
    session: str
    """Of its person: a name alone is nobody's, since it stands in addresses and so in logs."""


@attrs.frozen
class Incident:
    """The body of "incident": something besides a verdict that has to become an alarm, or its end.

    Its id in the store is `root`, so that it is one alarm however often it is said.
    """

    root: str
    camera: str
    """Empty where it is about no camera."""
    cause: Literal[
        "camera offline", "stage gave up", "nobody on watch", "disk full",
        "frame overdue", "spotters disagree", "nobody sure", "no second opinion",
        "records damaged",
    ]  # fmt: skip
    sentence: str
    at_s: float
    """Wall time."""
    is_over: bool = False
    frame_id: str = ""
    """Empty where it is about no frame."""


@attrs.frozen
class AlarmFact:
    """The body of "alarm_fact", whose key is the alarm: an alarm as it stands, for `live`."""

    alarm_id: int
    camera: str
    content: bytes
    """spotter_web.views.Alarm as JSON, as the pages get it."""


@attrs.frozen
class SignedOut:
    """The body of "signed_out": a session ended, or all of a person's."""

    person: str
    session: str = ""
    """Empty for all of them."""


@attrs.frozen
class WaitingFact:
    """The body of "waiting_fact", whose key is the camera: what waits for a person, for `live`."""

    camera: str
    frames: int
    """That are asked about each for itself; samples do not count: nobody has to decide them."""
    worst: Threat
    oldest_s: float
    """Wall time of the capture of what waits longest; 0 where nothing does."""
    let_go: dict[str, int] = attrs.Factory(dict)
    """Its frames that nobody was shown, by reason, since `counted_since_s`."""
    counted_since_s: float = 0.0
    """Wall time; another one where a handler began anew to count."""
    review: int = 0
    """That are too old for the clock, and wait in review."""
    joined: str = ""
    """The common cause that one more frame waits with: one item, however many cameras have it."""


@attrs.frozen
class Unheld:
    """The body of "unheld": a page has to take a frame off, because its lease ended."""

    page: str
    session: str
    """Of its person, as in Gone."""
    lease_id: Id
