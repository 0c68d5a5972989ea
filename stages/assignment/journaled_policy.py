"""The policy with its journal and clock: decides, writes down, and only then says what to do.

Facts are written at once and not gathered over several happenings: a write costs less than one more
turn of the loop, and whoever asks for a frame waits for neither.

The store may know more than the journal: it is synced at every verdict, the journal every second.
So the verdicts on what is in the pool are looked up when it is opened, before anybody is served.
"""

import sqlite3
import time
from functools import partial
from pathlib import Path
from random import SystemRandom
from secrets import token_hex

import attrs

from seda.boot import find_boot
from seda.disk.reserve import Reserve
from stages.assignment.clock import Clock, wall_s
from stages.assignment.journal.journal import Damage, Journal
from stages.assignment.journal.recent_facts import RecentFacts
from stages.assignment.journal.records import JournalDamageError
from stages.assignment.journal.recovery import restore_pool, resume_clock_s, take_snapshot
from stages.assignment.policy.commands import FACTS, Command
from stages.assignment.policy.happenings import Decided, Frame, Happening, Undone
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.policy import Policy
from stages.assignment.reconciling import find_decided

SYNC_EVERY_S = 1.0
RESERVE_BYTES = 8 * 1024 * 1024
"""Of facts: more than a watch of eight hours writes between two compactions."""
RESERVE_STEP_BYTES = 64 * 1024
GENERATION_BYTES = 8
"""By chance no two openings ever have the same, whatever became of the journal in between."""

STORE_WAIT_S = 10.0
"""A store that nobody has open cannot be read by a process that may not write beside it."""
_STORE_LOOK_S = 0.05


class JournaledPolicy:
    """An open pool: one process at a time has it."""

    def __init__(
        self, path: Path, limits: Limits, store: Path | None = None, boot: str = ""
    ) -> None:
        """Open the journal, replay it, and take in what the store knows beyond it.

        Raises JournalInUseError while another one has it.
        """
        self.reserve = Reserve(path.with_suffix(".reserve"), RESERVE_BYTES, RESERVE_STEP_BYTES)
        self.notes: list[str] = []
        """What people should know of how it was opened."""
        self.damage = ""
        """What was wrong with the journal and what was lost by it; empty where nothing was."""
        self.taken_in = 0
        """Verdicts that were in the store and not in the journal."""
        self._boot = boot or find_boot()
        self._journal = self.reserve.insist(partial(self._open, path))
        past = self._journal.past
        self.is_new_boot = past.boot != self._boot
        """Whether the machine was started anew since, so that files may be gone or cut."""
        self.clock = Clock(resume_clock_s(past, wall_s()))
        self.pool = restore_pool(past, limits)
        self._policy = Policy(self.pool, SystemRandom())
        self._recent_facts = RecentFacts(past)
        self.batches = len(past.batches)
        self._journal.past = attrs.evolve(past, snapshot=None, batches=())
        if store is not None:
            try:
                self._reconcile(store)
            except BaseException:
                self.close()
                raise
        self.unsaid = self._recent_facts.facts
        """What others may not have been told; telling them twice is harmless."""

    def _open(self, path: Path) -> Journal:
        try:
            journal = self._open_once(path)
        except JournalDamageError as error:
            aside = path.with_suffix(f".damaged-{wall_s():.0f}")
            path.rename(aside)
            self.damage = f"{error}; it is kept as {aside}, and the pool is empty"
            self.notes.append(self.damage)
            journal = self._open_once(path)
        if journal.past.damage is not None:
            self._note_damage(path, journal.past.damage)
        return journal

    def _open_once(self, path: Path) -> Journal:
        generation = token_hex(GENERATION_BYTES)
        return Journal(path, sync_every_s=SYNC_EVERY_S, generation=generation, boot=self._boot)

    def _note_damage(self, path: Path, damage: Damage) -> None:
        if not damage.records_after:
            self.notes.append(
                f"{damage.lost_bytes} bytes at the end of the journal were cut off, as after a "
                f"crash in the midst of writing; they are kept as {damage.kept_at}"
            )
            return
        self.damage = (
            f"The journal {path} is damaged at byte {damage.offset_bytes}: the "
            f"{damage.lost_bytes} bytes from there with {damage.records_after} whole records can "
            "not be used, and frames that waited for a person are lost with them; verdicts are "
            f"not. It is kept as {damage.kept_at}: look for a failing disk"
        )
        self.notes.append(self.damage)

    def _reconcile(self, store: Path) -> None:
        """Take in the verdicts that the store has and the journal has not."""
        try:
            happenings = self._ask_store(store)
        except sqlite3.Error as error:
            self.notes.append(
                f"the store {store} cannot be read, so frames may come again on which there is a"
                f" verdict ({error}); the alarm stage tells of the last ones when it has opened it"
            )
            return
        self.taken_in = sum(bool(self.handle(happening)) for happening in happenings)

    def _ask_store(self, store: Path) -> list[Decided | Undone]:
        """Ask the store; after a start nobody but the alarm stage can open it, so wait for that."""
        give_up_s = time.monotonic() + STORE_WAIT_S
        while True:
            try:
                return find_decided(store, self.pool)
            except sqlite3.OperationalError:
                if time.monotonic() >= give_up_s:
                    raise
            time.sleep(_STORE_LOOK_S)

    def handle(self, happening: Happening) -> list[Command]:
        """Decide and write down what was decided; an OSError means that nothing may be done."""
        now_s = self.clock.now_s()
        commands = self._policy.handle(happening, now_s)
        facts = [command for command in commands if isinstance(command, FACTS)]
        if facts:
            self._journal.append(now_s, wall_s(), facts)
            self.reserve.insist(self._journal.commit)
            self._recent_facts.note(facts)
        return commands

    def would_take(self, frame: Frame) -> bool:
        """Return whether a frame would be let in now, so that its pictures are worth keeping."""
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
        said = self._recent_facts.for_snapshot(self.pool)
        self.reserve.insist(partial(self._journal.compact, snapshot, said))

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()
