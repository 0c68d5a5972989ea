"""What the assignment policy wants done: facts, which are journalled first, and answers.

A fact is what the policy decided; the pool changes by applying facts and by nothing else, so that
the journal, replayed, is the pool. The caller journals every fact of a list before it carries any
command of the list out.
"""

from typing import Literal

import attrs

from seda.decisions import VerdictWord
from stages.assignment.policy.happenings import Frame

Turn = Literal["urgent", "rotation", "swap", "test", "review"]
Return = Literal["expired", "gone", "undelivered", "yielded", "undone"]
Reason = Literal[
    "newer",
    "worse waits",
    "near zero",
    "pool full",
    "stranded",
    "picture lost",
    "too old",
    "review full",
]
SecondReason = Literal["threat", "sample", "unsure"]
ReferReason = Literal["disagreement", "nobody sure", "stranded", "no room for a second opinion"]


@attrs.frozen(kw_only=True)
class Admitted:
    """A frame waits now, as an incident of its own or as one more picture of an open one."""

    frame: Frame
    incident_id: str
    is_ordinary: bool
    """Below the threat of an incident: the camera keeps one such frame, the most telling."""
    root: str
    """The incident that this one carries on; itself where it carries on none."""
    since_s: float
    """When its place in the order began: its arrival, or that of the frame that it replaced."""
    displaced: str | None = None
    """A picture of the same incident that is dropped to keep their number bounded."""
    is_decided: bool = False
    """It carries on what somebody gave a verdict on, and is no worse."""
    is_held: bool = False
    """Other cameras may have its cause in common, so it is not offered before that is known."""


@attrs.frozen
class Refused:
    """A frame was not taken; its sender may forget it."""

    frame_id: str
    camera: str
    reason: Reason
    sequence: int | None = None
    """Where it carries an incident on: its number, so that the next one is a neighbour."""
    is_common: bool = False
    """Its cause is one that many cameras may have in common."""


@attrs.frozen
class Dropped:
    """A waiting incident is dropped undecided."""

    incident_id: str
    reason: Reason


@attrs.frozen
class PictureDropped:
    """One of several pictures of an incident is dropped, because it cannot be shown any more."""

    incident_id: str
    frame_id: str


@attrs.frozen
class Deferred:
    """A waiting incident is too old for the clock; it is decided in review from now on."""

    incident_id: str


@attrs.frozen
class Settled:
    """A waiting incident carries on what somebody gave a verdict on now, and is no worse."""

    incident_id: str


@attrs.frozen
class Gathered:
    """Many cameras have one cause in common; who has it from now on joins."""

    gathering_id: str
    cause: str


@attrs.frozen(kw_only=True)
class Joined:
    """An incident is part of what many cameras have in common, and is asked about with it."""

    incident_id: str
    gathering_id: str
    weight_max: float
    """What many cameras have in common weighs no more than this."""
    is_held: bool
    """More of it may come; it is offered when that is over."""


@attrs.frozen
class Offered:
    """An incident that was held waits for a person from now on."""

    incident_id: str


@attrs.frozen
class Scattered:
    """A common cause is over; who has the same from now on stands alone."""

    gathering_id: str


@attrs.frozen
class TestAdded:
    """A test frame may be slipped in from now on."""

    __test__ = False  # pytest would take the name for a test

    frame: Frame


@attrs.frozen
class TestRemoved:
    """A test frame is used no more."""

    __test__ = False

    frame_id: str


@attrs.frozen(kw_only=True)
class Leased:
    """The pair of a request and an incident, on its way to the reply stage."""

    lease_id: str
    incident_id: str
    request_id: str
    spotter: str
    session: str
    turn: Turn
    until_test: int
    """Dispatches of this spotter until the next test frame."""
    instead_of: str | None = None
    """The prefetched lease that yields; the page has given it up."""
    joined: tuple[str, ...] = ()
    """The incidents of other cameras that are asked about with it, because of a common cause."""
    is_sample: bool = False
    """It was open to ordinary frames too: the spotter's next such turn is a while away."""


@attrs.frozen
class Shown:
    """The frame of a lease is on a screen: its clock starts, and this spotter has seen it."""

    lease_id: str


@attrs.frozen
class Returned:
    """A lease ended without a verdict; its incident is back in its place."""

    lease_id: str
    reason: Return


@attrs.frozen(kw_only=True)
class Adopted:
    """A lease that is known from its verdict alone: the journal has lost that it was given."""

    lease_id: str
    incident_id: str
    spotter: str
    undone: int
    """Verdicts on it that were taken back before."""
    joined: tuple[str, ...] = ()
    """The incidents of other cameras that it was about, too."""


@attrs.frozen
class Judged:
    """A verdict arrived for a lease, in time or late."""

    lease_id: str
    verdict: VerdictWord
    joined: tuple[str, ...] = ()
    """The joined incidents that it is recorded for, too; the others wait as before."""


@attrs.frozen
class Reopened:
    """A verdict was taken back; the lease is its spotter's again where nobody else has it."""

    lease_id: str


@attrs.frozen
class SecondAsked:
    """The incident waits for a second person, blind to the first."""

    incident_id: str
    reason: SecondReason


@attrs.frozen
class Closed:
    """The incident needs nobody any more; it stays for as long as it can be undone."""

    incident_id: str


@attrs.frozen
class Referred:
    """A supervisor is to look at the incident."""

    incident_id: str
    reason: ReferReason


@attrs.frozen
class Overdue:
    """An incident of the top band was not taken within its target; said once."""

    incident_id: str


@attrs.frozen
class Forgotten:
    """The pictures of a closed incident are needed no more."""

    incident_id: str


Fact = (
    Admitted
    | Refused
    | Dropped
    | PictureDropped
    | Deferred
    | Settled
    | Gathered
    | Joined
    | Offered
    | Scattered
    | TestAdded
    | TestRemoved
    | Leased
    | Shown
    | Returned
    | Adopted
    | Judged
    | Reopened
    | SecondAsked
    | Closed
    | Referred
    | Overdue
    | Forgotten
)


@attrs.frozen
class Repeated:
    """A frame came again; it is settled as it was."""

    frame_id: str


@attrs.frozen
class Resent:
    """A lease whose reply was lost answers the session's next request again."""

    request_id: str
    lease_id: str


@attrs.frozen
class Unheld:
    """A page believes in a lease that ended; it is to take the frame off."""

    session: str
    lease_id: str


@attrs.frozen
class AskedToYield:
    """A request is answered without a frame, and its page asked for the one that is ahead.

    Only the page knows whether it is on the screen by now. It gives it up with its next request, or
    keeps it; until then it stays its own.
    """

    request_id: str
    lease_id: str


@attrs.frozen
class NoFrame:
    """A request is answered without a frame."""

    request_id: str
    reason: Literal[
        "nothing waits", "asked again", "too many requests", "too many requests of one person"
    ]


Answer = Repeated | Resent | Unheld | AskedToYield | NoFrame
Command = Fact | Answer

FACTS: tuple[type[Fact], ...] = (
    Admitted,
    Refused,
    Dropped,
    PictureDropped,
    Deferred,
    Settled,
    Gathered,
    Joined,
    Offered,
    Scattered,
    TestAdded,
    TestRemoved,
    Leased,
    Shown,
    Returned,
    Adopted,
    Judged,
    Reopened,
    SecondAsked,
    Closed,
    Referred,
    Overdue,
    Forgotten,
)
