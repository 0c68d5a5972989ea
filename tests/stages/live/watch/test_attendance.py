"""Nobody on watch: when that is an incident, and when not."""

from spotter_web.views import Watcher
from stages.live.incidents import Incidents
from stages.live.now import Now
from stages.live.watch.attendance import Attendance

ANN = (Watcher("ann", 1.0),)


def _at(now_s: float) -> Now:
    return Now(now_s, 1e9 + now_s)


def test_a_system_that_nobody_has_taken_into_service_raises_nothing() -> None:
    """A demo that nobody opened is no watch that was left."""
    assert Attendance(300, _at(0), is_in_service=False).findings() == {}


def test_nobody_for_long_is_one_incident_until_somebody_comes() -> None:
    """R31: it carries since when, and is over at once when somebody comes."""
    attendance, incidents = Attendance(300, _at(0), is_in_service=False), Incidents()
    attendance.note(ANN, _at(10))
    attendance.note((), _at(60))
    raised = [
        incident
        for now_s in range(60, 1000, 10)
        for incident in incidents.look(attendance.findings(), _at(now_s))
    ]
    [incident] = raised
    assert (incident.cause, incident.at_s) == ("nobody on watch", 1e9 + 60)
    assert "5 minutes" in incident.sentence
    attendance.note(ANN, _at(1000))
    [over] = incidents.look(attendance.findings(), _at(1000))
    assert (over.root, over.is_over) == (incident.root, True)


def test_after_a_restart_it_counts_without_anybody_having_come() -> None:
    """A power cut at night leaves a watch without people as well."""
    attendance, incidents = Attendance(300, _at(0), is_in_service=True), Incidents()
    assert incidents.look(attendance.findings(), _at(0)) == []
    assert len(incidents.look(attendance.findings(), _at(300))) == 1


def test_zero_is_never() -> None:
    """Who has no watch does not want the alarm."""
    assert Attendance(0, _at(0), is_in_service=True).findings() == {}


def test_people_see_since_when_nobody_is_there() -> None:
    """From the start on, and from whenever the last one left."""
    attendance = Attendance(300, _at(5), is_in_service=False)
    assert attendance.view().unwatched_since_s == 1e9 + 5
    attendance.note(ANN, _at(10))
    assert (attendance.view().people, attendance.view().unwatched_since_s) == (ANN, None)
    attendance.note((), _at(60))
    attendance.note((), _at(90))
    assert attendance.view().unwatched_since_s == 1e9 + 60
