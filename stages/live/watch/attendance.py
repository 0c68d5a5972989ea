"""Whether anybody is on watch, and since when nobody is. Pure.

Nobody on watch for long is an incident from the day on which somebody was on watch for the first
time: before that a system is being set up, or is a demo that nobody has opened. From then on it
counts always, whatever waits: after a power cut at night too, from the moment at which the system
is up again, and also where no frame waits, because a watch is kept for what comes.
"""

from collections.abc import Sequence

from seda.decisions import Incident
from spotter_web.views import Watch, Watcher
from stages.live.incidents import Finding
from stages.live.now import Now

NAME = "nobody on watch"


class Attendance:
    """Who is on watch over time."""

    def __init__(self, nobody_s: float, now: Now, *, is_in_service: bool) -> None:
        self._nobody_s = nobody_s
        self._people: tuple[Watcher, ...] = ()
        self._without_s: float | None = now.monotonic_s
        self._without_wall_s = now.wall_s
        self.is_in_service = is_in_service
        """Somebody was on watch once."""

    @property
    def people(self) -> tuple[Watcher, ...]:
        """Return who is on watch."""
        return self._people

    def note(self, people: Sequence[Watcher], now: Now) -> None:
        """Take in who is on watch now."""
        self._people = tuple(people)
        if people:
            self.is_in_service = True
            self._without_s = None
        elif self._without_s is None:
            self._without_s, self._without_wall_s = now.monotonic_s, now.wall_s

    def view(self) -> Watch:
        """Return who is on watch, as people see it."""
        return Watch(self._people, None if self._people else self._without_wall_s)

    def findings(self) -> dict[str, Finding]:
        """Return what is wrong with that; how long it may last stands in the finding."""
        if self._people or not self._nobody_s or not self.is_in_service:
            return {}
        minutes = f"{self._nobody_s / 60:.0f} minutes"
        length = minutes if self._nobody_s >= 120 else f"{self._nobody_s:.0f} s"
        sentence = f"Nobody has been on watch for {length}: somebody has to open the watch page."
        incident = Incident(NAME, "", "nobody on watch", sentence, self._without_wall_s)
        return {NAME: Finding(incident, self._nobody_s)}
