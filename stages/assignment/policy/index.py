"""The orders in which the pool is read. They follow from the records and can be rebuilt from them.

Four orders: `urgent` of what is work by band and due time, `worst` of all that waits by weight,
`rotation` of the cameras that wait by their last turn, `review` of what is too old for the clock by
weight. A waiting incident is *due* at `since + doubling_s * log2(1 / weight)`: the worst are due at
once, and every halving of the threat is worth `doubling_s` of waiting. Of a band the earliest due
goes first, which is the same as ordering by threat that doubles every `doubling_s`, but the key
never changes while an incident waits, so that nothing is sorted again as time passes. Between bands
waiting counts nothing: what is over may wait, what happens now may not.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from math import log2

from anomaly.bands import BORDERS
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.ranking import Ranking
from stages.assignment.policy.records import Incident, Lease, Records


def due_s(threat: float, since_s: float, limits: Limits) -> float:
    """Return when an incident is due; what is due first goes first."""
    return since_s + limits.doubling_s * log2(1.0 / max(threat, limits.least_threat))


def band_of(weight: float) -> int:
    """Return the number of a weight's band, the highest for the worst."""
    return bisect(BORDERS, weight)


class Index:
    """The orders and memberships that choosing reads."""

    def __init__(self, records: Records, limits: Limits) -> None:
        self._limits = limits
        self._records = records
        self.urgent = Ranking()
        self.worst = Ranking()
        self.rotation = Ranking()
        self.review = Ranking()
        self.waiting: dict[str, set[str]] = {}
        """The incidents that wait, by camera; no camera without one."""
        self.sessions: dict[str, list[str]] = {}
        """The leases of each session, the one on the screen first."""
        self.holders: Counter[str] = Counter()
        """The number of leases that each spotter has, on whatever pages."""
        self.tests: set[str] = set()
        self.common: dict[str, set[str]] = {}
        """What is not closed and has a cause that others may share, by cause; held or not."""
        self.closed: set[str] = set()
        self._build()

    def _build(self) -> None:
        for incident in self._records.incidents.values():
            self.refile(incident)
        for lease in self._records.leases.values():
            self.hold(lease)

    def hold(self, lease: Lease) -> None:
        """Enter a lease with its holder."""
        self.sessions.setdefault(lease.session, []).append(lease.lease_id)
        self.holders[lease.spotter] += 1

    def release(self, lease: Lease) -> None:
        """Take a lease from its holder."""
        others = self.sessions[lease.session]
        others.remove(lease.lease_id)
        if not others:
            del self.sessions[lease.session]
        self.holders[lease.spotter] -= 1
        if not self.holders[lease.spotter]:
            del self.holders[lease.spotter]

    def refile(self, incident: Incident) -> None:
        """Put an incident where it belongs by its state."""
        self.remove(incident)
        if incident.is_test:
            self.tests.add(incident.incident_id)
        elif incident.closed_s is not None:
            self.closed.add(incident.incident_id)
        elif incident.is_waiting and incident.is_deferred:
            self.review.place(incident.incident_id, -incident.weight, incident.since_s)
        elif incident.is_waiting:
            self._add_waiting(incident)
        if incident.common and incident.closed_s is None:
            self.common.setdefault(incident.common, set()).add(incident.incident_id)

    def remove(self, incident: Incident) -> None:
        """Take an incident out of every order."""
        name = incident.incident_id
        self.tests.discard(name)
        self.closed.discard(name)
        self.review.discard(name)
        self._remove_common(incident)
        if name not in self.worst:
            return
        self.urgent.discard(name)
        self.worst.discard(name)
        others = self.waiting[incident.camera]
        others.discard(name)
        if not others:
            del self.waiting[incident.camera]
            self.rotation.discard(incident.camera)

    def _remove_common(self, incident: Incident) -> None:
        of_cause = self.common.get(incident.common)
        if of_cause is not None:
            of_cause.discard(incident.incident_id)
            if not of_cause:
                del self.common[incident.common]

    def _add_waiting(self, incident: Incident) -> None:
        name, since_s = incident.incident_id, incident.since_s
        if incident.is_work:
            band = band_of(incident.weight)
            self.urgent.place(name, -band, self.due_s(incident), since_s)
        self.worst.place(name, -incident.weight, since_s)
        self.waiting.setdefault(incident.camera, set()).add(name)
        self.refile_camera(incident.camera)

    def refile_camera(self, camera: str) -> None:
        """Put a camera at its place in the rotation, if it waits."""
        if camera in self.waiting:
            self.rotation.place(camera, self._records.cameras[camera].last_turn)

    def due_s(self, incident: Incident) -> float:
        """Return when an incident is due."""
        return due_s(incident.weight, incident.since_s, self._limits)

    def incidents_with(self, cause: str) -> list[Incident]:
        """Return what is not closed of a cause that others may share, in a fixed order."""
        incidents = self._records.incidents
        return [incidents[name] for name in sorted(self.common.get(cause, ()))]

    def incidents_of(self, camera: str) -> Iterable[Incident]:
        """Return the waiting incidents of a camera, in a fixed order."""
        incidents = self._records.incidents
        return [incidents[name] for name in sorted(self.waiting.get(camera, ()))]
