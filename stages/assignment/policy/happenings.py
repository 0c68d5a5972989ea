"""What may happen to the assignment policy: frozen words, in the order in which a frame lives.

Nothing here decides. Times are seconds of one monotonic clock and come beside the happening.
"""

import attrs

from seda.decisions import VerdictWord


@attrs.frozen(kw_only=True)
class Frame:
    """What the policy needs to know of a scored frame; `header` is carried along unread."""

    frame_id: str
    camera: str
    epoch: int
    sequence: int
    threat: float = attrs.field()
    header: bytes = b""
    common: str = ""
    """The cause, where many cameras may have it in common; empty where it is this camera's own."""
    breaks_rule: bool = False
    """A rule of its camera names it: somebody is to see it, whatever its threat."""
    lag_s: float = 0.0
    """How long before it came its camera sent it."""

    @threat.validator
    def _is_calibrated(self, _attribute: object, value: float) -> None:
        # Written so that "not a number" is refused too.
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"frame {self.frame_id}: threat {value} is not between 0 and 1")


@attrs.frozen
class Scored:
    """A scored frame was submitted."""

    frame: Frame


@attrs.frozen
class TestFrameAdded:
    """A supervisor offers a frame whose answer is known."""

    __test__ = False  # pytest would take the name for a test

    frame: Frame


@attrs.frozen
class TestFrameRemoved:
    """A test frame is not to be used any more."""

    __test__ = False

    frame_id: str


@attrs.frozen
class PictureLost:
    """The picture of a waiting frame is not on the disk any more, or not as it was."""

    frame_id: str


@attrs.frozen(kw_only=True)
class Requested:
    """A spotter's page asks for a frame, and says what it has so that nothing lost stays lost."""

    request_id: str
    spotter: str
    session: str
    """One page of one spotter; no two spotters have the same."""
    wait_s: float
    scope: frozenset[str] | None = None
    """The cameras that this spotter may see; None for all."""
    shown: str | None = None
    """The lease that is on the screen."""
    holds: frozenset[str] = frozenset()
    """Every lease that the page has, the shown one included."""
    yields: str | None = None
    """The lease that it was asked for, and has given up without showing it."""
    is_review: bool = False
    """It asks for what is in review, and for nothing else."""


@attrs.frozen
class HungUp:
    """The connections of waiting requests closed: all of them that are known to have.

    Told together, because the policy may answer others for whatever happens.
    """

    request_ids: tuple[str, ...]


@attrs.frozen
class Gone:
    """A session left: connection gone, page hidden or signed out."""

    session: str


@attrs.frozen
class Undelivered:
    """The reply could not be written, so that nobody has seen the frame."""

    lease_id: str


@attrs.frozen
class Decided:
    """A verdict is recorded in the store."""

    lease_id: str
    verdict: VerdictWord
    attempt: int = 1
    """One more than the verdicts on this lease that were taken back; tells a repeat from news."""
    frame_id: str = ""
    """What was judged; counts where the lease is not known, as after a power cut."""
    spotter: str = ""
    joined: tuple[str, ...] = ()
    """The frames of other cameras that the verdict is recorded for, too."""

    @property
    def joined_ids(self) -> frozenset[str]:
        """Return the same as a set."""
        return frozenset(self.joined)


@attrs.frozen
class Undone:
    """A verdict was taken back in the store."""

    lease_id: str
    attempt: int = 1


@attrs.frozen
class Ticked:
    """Time passed; expected about once a second."""


FrameHappening = Scored | PictureLost | TestFrameAdded | TestFrameRemoved
SessionHappening = Requested | HungUp | Gone | Undelivered
Happening = FrameHappening | SessionHappening | Decided | Undone | Ticked
