"""What `alarm` is told: frames that nobody took in time, and spotters who disagree.

Each is an alarm of its own beside that of a verdict, so that the one about a late frame ends when
somebody has judged it, whatever they said. Of a camera that somebody works on nothing is told.
"""

from typing import Literal

import attrs

from runtime.asynchronous import AsyncContext
from seda.decisions import Incident
from stages.assignment.emitting import Emitter
from stages.assignment.journaled_policy import JournaledPolicy
from stages.assignment.leases import Leases
from stages.assignment.policy import commands as c
from stages.assignment.policy import records


@attrs.frozen
class _About:
    word: str
    """Tells an incident's alarms apart."""
    cause: Literal["frame overdue", "spotters disagree", "nobody sure", "no second opinion"]
    words: str = ""


_OVERDUE = _About("overdue", "frame overdue")
_REFERRED: dict[c.ReferReason, _About] = {
    "disagreement": _About(
        "referred", "spotters disagree", "Two people judged the same picture differently"
    ),
    "nobody sure": _About(
        "referred", "nobody sure", "Two people are unsure about the same picture"
    ),
    "stranded": _About(
        "referred", "no second opinion", "A second opinion was asked for and nobody gave it"
    ),
    "no room for a second opinion": _About(
        "referred",
        "no second opinion",
        "Too many second opinions are waited for to ask one on a frame",
    ),
}


class Reporting:
    """Says what has to become an alarm."""

    def __init__(
        self,
        context: AsyncContext,
        policy: JournaledPolicy,
        leases: Leases,
        emitter: Emitter,
        target_s: float,
    ) -> None:
        self._context = context
        self._policy = policy
        self._leases = leases
        self._emitter = emitter
        self._target_s = target_s

    def carry(self, command: c.Command) -> None:
        """Tell what the command means for a supervisor, if it means anything."""
        incidents = self._policy.pool.records.incidents
        match command:
            case c.Overdue(incident_id) if incident_id in incidents:
                waited = f"An alarming picture has waited for {self._target_s:g} s"
                words = f"{waited} and nobody looked at it"
                self._report(_OVERDUE, words, incidents[incident_id])
            case c.Referred(incident_id, reason) if incident_id in incidents:
                about = _REFERRED[reason]
                self._report(about, about.words, incidents[incident_id])
            case c.Judged(lease_id):
                incident = self._policy.pool.incident_of(lease_id)
                if incident is not None and incident.is_overdue:
                    words = "Somebody has looked at the picture that waited"
                    self._report(_OVERDUE, words, incident, is_over=True)
            case _:
                pass

    def tell_damage(self, words: str) -> None:
        """Tell that something of what was kept is lost, whatever camera it was about."""
        at_s = self._policy.clock.wall_s()
        root = f"assignment/journal/{at_s:.0f}"
        said = Incident(root, "", "records damaged", words, at_s)
        self._emitter.emit(self._context.output("incident", f"incident/{root}", said, key=root))

    def _report(
        self, about: _About, words: str, incident: records.Incident, *, is_over: bool = False
    ) -> None:
        if self._leases.is_maintained(incident.camera):
            self._context.count("alarms_held_back")
            return
        said = Incident(
            root=f"{incident.root}-{about.word}",
            camera=incident.camera,
            cause=about.cause,
            sentence=f'{words}: camera "{incident.camera}".',
            at_s=self._policy.clock.wall_s(),
            is_over=is_over,
            frame_id=incident.face.frame_id,
        )
        identity = f"incident/{incident.incident_id}/{about.word}{'/over' if is_over else ''}"
        self._emitter.emit(self._context.output("incident", identity, said, key=incident.camera))
