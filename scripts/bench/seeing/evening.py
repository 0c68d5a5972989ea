"""People who are asked about what many cameras say in one evening, by the shipped policy.

They take whatever there is as soon as it is there, and find all of it clear after a few seconds: so
nothing is joined merely because it had to wait for somebody.
"""

from collections.abc import Iterator, Sequence
from random import Random

import attrs

from anomaly.bands import band_of, border_of
from anomaly.types import Cause
from conf.schema import Settings, Watch
from seda.messages import Band
from stages.assignment.items import WORDS
from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.policy import Policy
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Records
from stages.assignment.settings import limits_of

PEOPLE, DECISION_S, STEP_S = 3, 5.0, 1.0
LATER_S = 600.0
_NEVER_OLD_S = 86_400.0
"""After the last frame; by then everything was offered."""


@attrs.frozen
class Said:
    """What one camera says of one chunk, in seconds after its switch."""

    at_s: float
    threat: float
    band: Band
    cause: Cause

    def is_at_least(self, band: Band) -> bool:
        """Say whether it is in this band or in a higher one."""
        return self.threat >= border_of(band)


@attrs.frozen
class Asked:
    """One decision that somebody is asked for."""

    cameras: int
    band: Band
    is_common: bool
    """Of a cause that many cameras may share."""


def ask_people(evening: Sequence[tuple[float, Sequence[Said]]]) -> list[Asked]:
    """Return what people are asked about, incidents alone, of when each camera said what."""
    people = _People(len(evening))
    coming = sorted(_frames(evening), key=lambda it: it[0])
    now_s = 0.0
    while coming or now_s < people.last_s + LATER_S:
        while coming and coming[0][0] <= now_s:
            people.take(coming.pop(0)[1], now_s)
        people.step(now_s)
        now_s += STEP_S
    return people.asked


def _frames(evening: Sequence[tuple[float, Sequence[Said]]]) -> Iterator[tuple[float, h.Frame]]:
    for number, (switch_s, chunks) in enumerate(evening):
        for sequence, one in enumerate(chunks):
            name = f"camera-{number}"
            frame = h.Frame(
                frame_id=f"{name}-{sequence}",
                camera=name,
                epoch=1,
                sequence=sequence,
                threat=one.threat,
                common=one.cause.value if one.cause.value in WORDS else "",
            )
            yield switch_s + one.at_s, frame


class _People:
    """Who decides, and what they were asked."""

    def __init__(self, cameras: int) -> None:
        watch = Watch(test_every=0, second_clear_share=0.0)
        share = limits_of(Settings(watch=watch))
        # The settings name no camera here, so the number that makes a common cause is worked out.
        needed = max(share.common_cameras, -int(-watch.common_share * cameras // 1))
        # What is old is asked about in review: it counts as well.
        limits = attrs.evolve(share, common_cameras=needed, review_after_s=_NEVER_OLD_S)
        self.policy = Policy(Pool(Records(generation="evening"), limits), Random(0))  # noqa: S311
        self.asked: list[Asked] = []
        self.last_s = 0.0
        self._until_s: dict[str, tuple[float, str]] = {}

    def take(self, frame: h.Frame, now_s: float) -> None:
        """Take a frame in."""
        self.last_s = now_s
        self._tell(h.Scored(frame), now_s)

    def step(self, now_s: float) -> None:
        """Let people who have looked for long enough decide and ask for more."""
        self._tell(h.Ticked(), now_s)
        for number in range(PEOPLE):
            name = f"person-{number}"
            until_s, lease_id = self._until_s.get(name, (0.0, ""))
            if lease_id and until_s <= now_s:
                del self._until_s[name]
                others = self.policy.pool.item_of(lease_id)[1:]
                joined = tuple(it.face.frame_id for it in others)
                self._tell(h.Decided(lease_id, "clear", joined=joined), now_s)
            if name not in self._until_s:
                self._ask(name, now_s)

    def _ask(self, name: str, now_s: float) -> None:
        request = h.Requested(request_id=name, spotter=name, session=name, wait_s=0.0)
        for command in self._tell(request, now_s):
            if isinstance(command, c.Leased):
                self._until_s[name] = now_s + DECISION_S, command.lease_id
                self._note(command.lease_id)

    def _note(self, lease_id: str) -> None:
        first, *others = self.policy.pool.item_of(lease_id)
        if first.threat >= self.policy.pool.limits.incident_threat and not first.is_decided:
            cameras = {first.camera, *(it.camera for it in others)}
            asked = Asked(len(cameras), band_of(first.weight), bool(first.common))
            self.asked.append(asked)

    def _tell(self, happening: h.Happening, now_s: float) -> list[c.Command]:
        return self.policy.handle(happening, now_s)
