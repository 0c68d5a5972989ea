"""The policy with its journal and clock: decides, writes down, and only then says what to do.

Facts are written at once and not gathered over several happenings: a write costs less than one more
turn of the loop, and whoever asks for a frame waits for neither.
"""

from functools import partial
from pathlib import Path
from random import SystemRandom
from secrets import token_hex

import attrs

from seda.reserve import Reserve
from stages.assignment.clock import Clock, wall_s
from stages.assignment.commands import FACTS, Command, Fact, Overdue, Referred
from stages.assignment.happenings import Frame, Happening
from stages.assignment.journal import Journal
from stages.assignment.journal_records import JournalDamageError
from stages.assignment.policy import Policy
from stages.assignment.policy_limits import Limits
from stages.assignment.recovery import restore_pool, resume_clock_s, take_snapshot

SYNC_EVERY_S = 1.0
RESERVE_BYTES = 8 * 1024 * 1024
"""Of facts: more than a watch of eight hours writes between two compactions."""
RESERVE_STEP_BYTES = 64 * 1024
_SAID_AGAIN_S = 60.0
"""What was to be told to others so shortly before the end may not have been."""


class Desk:
    """An open pool: one process at a time has it."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open the journal and replay it; raises JournalInUseError while another one has it."""
        began_s = wall_s()
        self.reserve = Reserve(path.with_suffix(".reserve"), RESERVE_BYTES, RESERVE_STEP_BYTES)
        self.notes: list[str] = []
        """What people should know of how it was opened."""
        self._journal = self.reserve.insist(partial(self._open, path))
        past = self._journal.past
        self.clock = Clock(resume_clock_s(past, began_s))
        self.pool = restore_pool(past, limits)
        self._policy = Policy(self.pool, SystemRandom())
        self.unsaid: list[Fact] = [
            fact
            for batch in past.batches
            for fact in batch.facts
            if isinstance(fact, Overdue | Referred) and batch.wall_s > began_s - _SAID_AGAIN_S
        ]
        """What others may not have been told; telling them twice is harmless."""
        self.batches = len(past.batches)
        self._journal.past = attrs.evolve(past, snapshot=None, batches=())

    def _open(self, path: Path) -> Journal:
        try:
            journal = _journal(path)
        except JournalDamageError as error:
            aside = path.with_suffix(f".damaged-{wall_s():.0f}")
            path.rename(aside)
            self.notes.append(f"{error}; it is kept as {aside}, and the pool is empty")
            journal = _journal(path)
        damage = journal.past.damage
        if damage is not None:
            self.notes.append(
                f"{damage.lost_bytes} bytes at the end of the journal were cut off, as after a "
                f"crash in the midst of writing; they are kept as {damage.kept_at}"
            )
        return journal

    def handle(self, happening: Happening) -> list[Command]:
        """Decide and write down what was decided; an OSError means that nothing may be done."""
        now_s = self.clock.now_s()
        commands = self._policy.handle(happening, now_s)
        facts = [command for command in commands if isinstance(command, FACTS)]
        if facts:
            self._journal.append(now_s, wall_s(), facts)
            self.reserve.insist(self._journal.commit)
        return commands

    def would_take(self, frame: Frame) -> bool:
        """Say whether a frame would be let in now, so that its pictures are worth keeping."""
        return self._policy.would_take(frame, self.clock.now_s())

    @property
    def requests_waiting(self) -> int:
        """Count the requests that wait for a frame."""
        return self._policy.requests_waiting

    @property
    def is_sync_due(self) -> bool:
        """Whether something written waits to be brought to the disk."""
        return self._journal.is_sync_due(self.clock.now_s())

    def sync(self) -> None:
        """Bring what was written to the disk; from a thread too."""
        self._journal.sync()

    @property
    def is_due_for_compaction(self) -> bool:
        """Whether the journal has outgrown what it says."""
        return self._journal.is_due_for_compaction

    def compact(self) -> None:
        """Replace the journal by what it says; nothing may be handled meanwhile."""
        snapshot = take_snapshot(self.pool, self.clock.now_s(), wall_s())
        self.reserve.insist(partial(self._journal.compact, snapshot))

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()


def _journal(path: Path) -> Journal:
    return Journal(path, sync_every_s=SYNC_EVERY_S, generation=token_hex(4))
