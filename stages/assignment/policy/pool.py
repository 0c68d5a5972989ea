"""The pool: what waits, who holds what, and the orders in which that is read.

It changes by facts alone (`apply`), decides nothing and knows no time.
"""

from stages.assignment.policy.index import Index
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.records import Incident, Lease, Records, Spotter


class Pool:
    """Records, and the orders in which they are read."""

    def __init__(self, records: Records, limits: Limits) -> None:
        self.records = records
        self.limits = limits
        self.index = Index(records, limits)

    def leases_of(self, session: str) -> list[Lease]:
        """Return the leases of a session, the one on the screen first."""
        return [self.records.leases[name] for name in self.index.sessions.get(session, ())]

    def incident_of(self, lease_id: str) -> Incident | None:
        """Return the incident of a lease, live or ended, unless it is gone."""
        lease = self.records.leases.get(lease_id) or self.records.ended.get(lease_id)
        return self.records.incidents.get(lease.incident_id) if lease else None

    def item_of(self, lease_id: str) -> list[Incident]:
        """Return a lease's incidents that are in the pool, the one that is shown first."""
        lease = self.records.leases.get(lease_id) or self.records.ended.get(lease_id)
        names = (lease.incident_id, *lease.joined) if lease else ()
        return [self.records.incidents[it] for it in names if it in self.records.incidents]

    def find_incident(self, frame_id: str) -> Incident | None:
        """Find what a frame belongs to; looks at every incident, so not for every event."""
        return next(
            (
                incident
                for incident in self.records.incidents.values()
                if any(frame.frame_id == frame_id for frame in incident.frames)
            ),
            None,
        )

    def spotter(self, name: str) -> Spotter:
        """Return what is remembered of a spotter."""
        return self.records.spotters.get(name) or Spotter()
