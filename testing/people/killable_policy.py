"""The shipped policy and journal as the stage runs them, with a way to kill them at any byte."""

from pathlib import Path
from random import Random

from stages.assignment.journal.journal import Journal
from stages.assignment.journal.recovery import restore_pool, take_snapshot
from stages.assignment.policy.apply import apply
from stages.assignment.policy.commands import FACTS, Command, Fact
from stages.assignment.policy.happenings import Happening
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.policy import Policy
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Records
from testing.people.figures import demand


class KillablePolicy:
    """Journals every fact before it hands the commands out, and can be killed in between."""

    def __init__(self, path: Path, limits: Limits, seed: int) -> None:
        self._path = path
        self._limits = limits
        self._random = Random(seed)  # noqa: S311 - invented chance, seeded
        self.kills = 0
        self._open()
        self._expected = Pool(Records(generation=self.policy.pool.records.generation), limits)

    def _open(self) -> None:
        self._journal = Journal(self._path, sync_every_s=3600.0, generation="g")
        pool = restore_pool(self._journal.past, self._limits)
        chance = Random(self._random.random())  # noqa: S311 - invented chance, seeded
        self.policy = Policy(pool, chance)

    def handle(self, happening: Happening, now_s: float) -> list[Command]:
        """Decide, journal, and only then give the commands out."""
        commands = self.policy.handle(happening, now_s)
        facts = [command for command in commands if isinstance(command, FACTS)]
        if facts:
            self._journal.append(now_s, now_s, facts)
            self._journal.commit()
        self._expect(facts, now_s)
        return commands

    def handle_and_die(self, happening: Happening, now_s: float) -> None:
        """Die in the middle of writing the facts, at any byte; nothing is handed out."""
        before = self._path.stat().st_size
        commands = self.policy.handle(happening, now_s)
        facts = [command for command in commands if isinstance(command, FACTS)]
        if facts:
            self._journal.append(now_s, now_s, facts)
            self._journal.commit()
        after = self._path.stat().st_size
        self._journal.close()
        cut = self._random.randint(before, after)
        with self._path.open("r+b") as file:
            file.truncate(cut)
        if cut == after:
            self._expect(facts, now_s)
        self._restart(is_torn=before < cut < after)

    def compact(self, now_s: float) -> None:
        """Replace the journal by a snapshot."""
        self._journal.compact(take_snapshot(self.policy.pool, now_s, now_s))

    def close(self) -> None:
        """Let go of the file."""
        self._journal.close()

    def _restart(self, *, is_torn: bool) -> None:
        self.kills += 1
        self._open()
        demand((self._journal.past.damage is not None) == is_torn, "damage was told wrongly")
        demand(self.policy.pool.records == self._expected.records, "the replay gave another pool")

    def _expect(self, facts: list[Fact], now_s: float) -> None:
        for fact in facts:
            apply(self._expected, fact, now_s)
