"""A policy in the hands of a test: short words for happenings, and a clock that the test sets."""

from random import Random
from typing import TypeVar

from seda.decisions import VerdictWord
from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.policy import Policy
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Records

C = TypeVar("C")

CALM = Limits(test_every=0, second_clear_share=0.0)
"""No test frames and no sampled second opinions, where a test is about something else."""


class Script:
    """Tells the policy what happened and remembers what it answered."""

    def __init__(self, limits: Limits = CALM) -> None:
        self.policy = Policy(Pool(Records(generation="g"), limits), Random(0))
        self.now_s = 0.0
        self.facts: list[tuple[float, c.Fact]] = []
        self._requests = 0
        self._sequences: dict[str, int] = {}

    def tell(self, happening: h.Happening) -> list[c.Command]:
        """Let something happen now."""
        commands = self.policy.handle(happening, self.now_s)
        self.facts += [
            (self.now_s, command) for command in commands if isinstance(command, c.FACTS)
        ]
        return commands

    def wait(self, seconds: float) -> list[c.Command]:
        """Let time pass, second by second as the stage does."""
        until_s = self.now_s + seconds
        commands = []
        while self.now_s < until_s:
            self.now_s = min(self.now_s + 1.0, until_s)
            commands += self.tell(h.Ticked())
        return commands

    def score(
        self,
        camera: str,
        threat: float,
        sequence: int | None = None,
        epoch: int = 1,
        common: str = "",
    ) -> list[c.Command]:
        """Submit a scored frame; without a sequence number it is no neighbour of the last one."""
        if sequence is None:
            sequence = self._sequences.get(camera, 0) + 100
        self._sequences[camera] = sequence
        return self.tell(h.Scored(make_frame(camera, threat, sequence, epoch, common)))

    def darken(self, *cameras: str, threat: float = 0.95) -> list[c.Command]:
        """Let the light change on these cameras, at once."""
        commands = [self.score(camera, threat, common="light") for camera in cameras]
        return [command for some in commands for command in some]

    def ask(  # noqa: PLR0913 - whatever a page may say
        self,
        spotter: str,
        *,
        session: str | None = None,
        scope: frozenset[str] | None = None,
        wait_s: float = 0.0,
        shown: str | None = None,
        holds: frozenset[str] | None = None,
        yields: str | None = None,
    ) -> list[c.Command]:
        """Request a frame; by default the page has all that it was given and has not given up."""
        self._requests += 1
        session = session or spotter
        held = frozenset(self.policy.pool.index.sessions.get(session, ()))
        request = h.Requested(
            request_id=f"r{self._requests}",
            spotter=spotter,
            session=session,
            wait_s=wait_s,
            scope=scope,
            shown=shown,
            holds=held - {yields} if holds is None else holds,
            yields=yields,
        )
        return self.tell(request)

    def take(self, spotter: str, *, scope: frozenset[str] | None = None) -> str:
        """Request a frame and give the lease; fails where there is none."""
        return one(self.ask(spotter, scope=scope), c.Leased).lease_id

    def decide(self, lease_id: str, verdict: VerdictWord = "clear") -> list[c.Command]:
        """Record a verdict, with every frame that it is about."""
        _, *others = self.policy.pool.item_of(lease_id) or (None,)
        joined = tuple(it.face.frame_id for it in others)
        return self.tell(h.Decided(lease_id, verdict, joined=joined))

    def cameras_of(self, lease_id: str) -> list[str]:
        """Return the cameras of a lease, the one that is shown first."""
        return [it.camera for it in self.policy.pool.item_of(lease_id)]

    def camera_of(self, lease_id: str) -> str:
        """Return the camera of a lease."""
        incident = self.policy.pool.incident_of(lease_id)
        assert incident is not None
        return incident.camera


def make_frame(
    camera: str, threat: float, sequence: int, epoch: int = 1, common: str = ""
) -> h.Frame:
    """Make a scored frame whose id follows from where it comes from."""
    return h.Frame(
        frame_id=f"{camera}-{epoch}-{sequence}",
        camera=camera,
        epoch=epoch,
        sequence=sequence,
        threat=threat,
        header=b"header",
        common=common,
    )


def pick(commands: list[c.Command], kind: type[C]) -> list[C]:
    """Return the commands of one kind."""
    return [command for command in commands if isinstance(command, kind)]


def one(commands: list[c.Command], kind: type[C]) -> C:
    """Return the only command of one kind."""
    (command,) = pick(commands, kind)
    return command
