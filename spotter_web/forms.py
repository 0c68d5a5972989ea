"""What pages and programs send to /api/v1: queries and JSON bodies, with their limits."""

from typing import Annotated, Literal

import attrs
from msgspec import Meta

from seda.decisions import VerdictWord
from seda.messages import Band
from seda.requests import Role
from spotter_web.views import AlarmState, Outcome

PageName = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{8,64}$")]
"""Made by the page itself, at random."""
Written = Annotated[str, Meta(max_length=4000)]
UserName = Annotated[str, Meta(min_length=1, max_length=64)]
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
NewPassword = Annotated[str, Meta(min_length=12, max_length=1024)]
Secret = Annotated[str, Meta(min_length=1, max_length=128)]
Label = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^(?!\.{1,2}$)[^\x00-\x1f\x7f]+(?!\n)$")
]
"""Stands in an address when it is removed."""
CameraName = Annotated[str, Meta(min_length=1, max_length=64)]
Cursor = Annotated[str, Meta(max_length=64)]
Number = Annotated[int, Meta(ge=1, le=200)]
Moment = Annotated[float, Meta(ge=0, le=1e11)]
Share = Annotated[float, Meta(ge=0, le=1)]


@attrs.frozen
class SignIn:
    """Name and password."""

    name: UserName
    password: Password


@attrs.frozen
class LinkSignIn:
    """The secret of a one-time sign-in link."""

    secret: Secret


@attrs.frozen
class NextQuery:
    """What a page has, so that nothing lost stays lost."""

    page: PageName
    wait: Annotated[float, Meta(ge=0, le=55)] = 0.0
    """Seconds to wait for a frame before 204."""
    shown: Annotated[str, Meta(max_length=120)] = ""
    """The lease on the screen."""
    holds: Annotated[str, Meta(max_length=500)] = ""
    """Every lease that the page has, or decided a moment ago, with commas between.

    The request may overtake the news of a verdict; a lease that is not named here is sent again.
    """
    yields: Annotated[str, Meta(max_length=120)] = ""
    """The lease that the page gives up, because an answer without a frame asked it to.

    That answer names it in the header Seda-Yield. A page that shows it by now does not.
    """
    is_review: bool = False
    """Ask for what is too old for the clock, and for nothing else."""


@attrs.frozen
class VerdictForm:
    """A decision about a frame."""

    lease: Annotated[str, Meta(min_length=1, max_length=4096)]
    """As the frame's facts have it."""
    verdict: VerdictWord
    note: Written = ""


@attrs.frozen
class LeaseForm:
    """Which verdict of one's own is meant."""

    lease_id: Annotated[str, Meta(min_length=1, max_length=120)]


@attrs.frozen
class NoteForm:
    """Something to write beside an alarm, or for the next watch."""

    text: Annotated[str, Meta(min_length=1, max_length=4000)]


@attrs.frozen
class HistoryQuery:
    """Which decisions; people other than supervisors get their own alone."""

    camera: CameraName | None = None
    person: UserName | None = None
    """A part of the name is enough."""
    verdict: VerdictWord | None = None
    band: Band | None = None
    outcome: Outcome | None = None
    from_s: Moment | None = None
    until_s: Moment | None = None
    before: Cursor = ""
    limit: Number = 50


@attrs.frozen
class AlarmsQuery:
    """Which alarms."""

    state: AlarmState | None = None
    camera: CameraName | None = None
    before: Cursor = ""
    limit: Number = 50


@attrs.frozen
class ResolveForm:
    """How an alarm ended."""

    outcome: Outcome
    note: Written = ""


@attrs.frozen
class EventsQuery:
    """Who listens: a page that watches counts as its person's presence.

    A browser has one stream for all its pages, under a name of its own.
    """

    page: PageName
    is_watching: bool = False
    watching: Annotated[str, Meta(pattern=r"^([A-Za-z0-9_-]{8,64}(,(?!$)|$)){0,32}$")] = ""
    """The pages that watch by this stream, with commas between; one that is left out is gone."""
    reviewing: Annotated[str, Meta(pattern=r"^([A-Za-z0-9_-]{8,64}(,(?!$)|$)){0,32}$")] = ""
    """The same of pages that review: they hold frames, and are nobody's presence on watch."""


@attrs.frozen
class TestFrameQuery:
    """The known answer of a picture that is uploaded as image/jpeg."""

    __test__ = False  # pytest would take the name for a test

    camera: CameraName
    is_target: bool
    threat: Share = 0.5


@attrs.frozen
class TestFrameForm:
    """A decided frame whose answer is certain."""

    __test__ = False

    frame_id: Annotated[str, Meta(min_length=1, max_length=120)]
    is_target: bool


@attrs.frozen
class UserForm:
    """A new user."""

    name: UserName
    password: NewPassword
    role: Role = "spotter"
    scope: tuple[CameraName, ...] | None = None


@attrs.frozen
class UserChange:
    """What is to be different about a user; what is left out stays."""

    role: Role | None = None
    scope: tuple[CameraName, ...] | Literal["unchanged"] | None = "unchanged"
    password: NewPassword | None = None


@attrs.frozen
class OwnPassword:
    """A person's own new password."""

    password: Password
    new_password: NewPassword


@attrs.frozen
class TokenForm:
    """A token for a machine, in the name of who makes it."""

    label: Label
    lasts_days: Annotated[int, Meta(ge=1, le=3650)] = 365
