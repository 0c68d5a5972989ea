"""Which troubles became incidents, and when they are over. Pure.

Whoever looks says each time everything that is wrong now. A trouble becomes an incident when it has
lasted, and is over when it has been away: each kind has its own patience, so that nothing that
comes and goes makes an alarm each time. What is open is remembered across restarts
(stages/live/notebook.py), because the end has to name the root of the beginning.
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from seda.decisions import Incident
from stages.live.now import Now


@attrs.frozen
class Finding:
    """Something that is wrong now."""

    incident: Incident
    """As it would be said now; its root has no time yet."""
    raise_after_s: float
    can_begin: bool = True
    """Not where the cause is known to be another one: what is open stays, nothing new begins."""


OVER_AFTER_S = {
    "camera offline": 30.0,
    "stage gave up": 10.0,
    "nobody on watch": 0.0,
    "disk full": 30.0,
}
"""A camera that shows something for less than this between two silences never came back."""


class Incidents:
    """Everything that is wrong, by root without its time."""

    def __init__(self, remembered: Iterable[Incident] = ()) -> None:
        self._open = {it.root.rpartition("/")[0]: it for it in remembered}
        self._found_s: dict[str, float] = {}
        self._away_s: dict[str, float] = {}

    @property
    def open(self) -> tuple[Incident, ...]:
        """Return the incidents that are not over."""
        return tuple(self._open.values())

    def look(self, findings: Mapping[str, Finding], now: Now) -> list[Incident]:
        """Take in all that is wrong now; return what began and what is over."""
        return [*self._begun(findings, now), *self._ended(findings, now)]

    def _begun(self, findings: Mapping[str, Finding], now: Now) -> Iterator[Incident]:
        self._found_s = {
            name: self._found_s.get(name, now.monotonic_s)
            for name, finding in findings.items()
            if finding.can_begin
        }
        for name, since_s in self._found_s.items():
            finding = findings[name]
            if name not in self._open and now.monotonic_s - since_s >= finding.raise_after_s:
                root = f"{name}/{now.wall_s:.0f}"
                self._open[name] = attrs.evolve(finding.incident, root=root)
                yield self._open[name]

    def _ended(self, findings: Mapping[str, Finding], now: Now) -> Iterator[Incident]:
        self._away_s = {
            name: self._away_s.get(name, now.monotonic_s)
            for name in self._open
            if name not in findings
        }
        for name, since_s in self._away_s.items():
            if now.monotonic_s - since_s >= OVER_AFTER_S.get(self._open[name].cause, 0.0):
                incident = self._open.pop(name)
                yield attrs.evolve(incident, at_s=now.wall_s, is_over=True)
