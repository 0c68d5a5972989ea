"""What follows from verdicts: a second opinion, the end of an incident, a supervisor.

The second person is asked after the first has decided and is told nothing, so that no incident is
ever held by two people. Nobody is asked about what was found *suspicious*: that is an alarm at
once, which shows everybody whom one could ask the frame and who found it. None of them is blind any
more, and whoever takes the alarm is the second to look.

The functions are generators like those of `admission`.
"""

from collections.abc import Iterator, Sequence

from stages.assignment.policy import commands as c
from stages.assignment.policy.choice import Draw
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Incident


def conclude(pool: Pool, item: Sequence[Incident], draw: Draw) -> Iterator[c.Fact]:
    """Say what becomes of what one verdict was about; what goes with the first shares its fate."""
    if not item:
        return
    first = item[0]
    yield from _conclude_one(pool, first, draw)
    for other in item[1:]:
        if other.lease_id is None and other.opinions and other.closed_s is None:
            yield from _follow(first, other)


def _follow(first: Incident, other: Incident) -> Iterator[c.Fact]:
    """One question, or one line for a supervisor, is enough for all of an item."""
    is_asked = first.second_reason is not None and first.closed_s is None
    if is_asked and first.second_reason is not None and len(other.opinions) == 1:
        yield c.SecondAsked(other.incident_id, first.second_reason)
    else:
        yield c.Closed(other.incident_id)


def _conclude_one(pool: Pool, incident: Incident, draw: Draw) -> Iterator[c.Fact]:
    if incident.lease_id is not None or not incident.opinions:
        return
    if len(incident.opinions) > 1:
        yield from _compare(incident)
    elif incident.second_reason is None and incident.closed_s is None:
        yield from _end_or_ask(pool, incident, draw)


def _compare(incident: Incident) -> Iterator[c.Fact]:
    verdicts = {opinion.verdict for opinion in incident.opinions}
    if incident.closed_s is None:
        yield c.Closed(incident.incident_id)
    if len(verdicts) > 1:
        yield c.Referred(incident.incident_id, "disagreement")
    elif verdicts == {"unsure"}:
        yield c.Referred(incident.incident_id, "nobody sure")


def _end_or_ask(pool: Pool, incident: Incident, draw: Draw) -> Iterator[c.Fact]:
    reason = _find_reason(pool, incident, draw)
    if reason is not None and _count_asked(pool) < pool.limits.second_max:
        yield c.SecondAsked(incident.incident_id, reason)
        return
    yield c.Closed(incident.incident_id)
    if reason not in {None, "sample"}:
        yield c.Referred(incident.incident_id, "no room for a second opinion")


def _find_reason(pool: Pool, incident: Incident, draw: Draw) -> c.SecondReason | None:
    verdict = incident.opinions[0].verdict
    if verdict == "suspicious":
        return None
    if incident.weight >= pool.limits.second_threat:
        return "threat"
    if verdict == "unsure":
        return "unsure"
    if verdict == "clear" and draw.random() < pool.limits.second_clear_share:
        return "sample"
    return None


def _count_asked(pool: Pool) -> int:
    """Count the questions; what is asked about together is one."""
    incidents = (pool.records.incidents[name] for name in [*pool.index.urgent, *pool.index.review])
    asked = (it for it in incidents if it.second_reason is not None)
    return len({it.gathering or it.incident_id for it in asked})
