"""Deciding about a frame, and taking that back."""

import msgspec

from seda import logs
from seda.decisions import Lease
from spotter_web import views
from spotter_web.forms import LeaseForm, VerdictForm
from stages.alarm.alarm_facts import tell_alarm
from stages.alarm.keeping import keep_frame
from stages.alarm.office import Office
from stages.alarm.replies import Reply, Told
from stages.alarm.requests import Request
from stages.store.alarms import Alarm
from stages.store.database import Missing, Transaction
from stages.store.known_frames import KnownFrame, find_known_frame
from stages.store.verdicts import (
    NONE_OF_YOURS,
    Recorded,
    Verdict,
    find_camera,
    record_verdict,
    undo_verdict,
)

_log = logs.get(__name__)


def verdict(office: Office, request: Request, tx: Transaction) -> Reply:
    """Record a verdict with its evidence; *suspicious* raises an alarm."""
    form = request.form(VerdictForm)
    lease = office.open_lease(form.lease, request.person, request.ask.path["frame_id"])
    known = find_known_frame(tx, lease.frame_id)
    recorded = record_verdict(
        tx,
        Verdict(
            lease_id=lease.lease_id,
            incident_id=lease.frame_id,
            root=lease.root,
            camera=lease.camera,
            spotter=lease.spotter,
            verdict=form.verdict,
            threat=lease.threat,
            frame_sha256=lease.sha256,
            is_test=known is not None,
            band=lease.band,
            captured_s=lease.captured_s,
            note=form.note,
            mark=msgspec.json.encode(lease.mark).decode(),
            held=office.find_hold(lease.camera, tx.at_s),
        ),
        office.channels(lease.camera),
    )
    if recorded.is_new and known is None:
        _keep(tx, office, lease)
    return Reply(
        200,
        _view(office, lease, recorded, form.verdict, known),
        told=_tell(tx, office, recorded.alarm if recorded.is_new else None),
    )


def undo(office: Office, request: Request, tx: Transaction) -> Reply:
    """Take a verdict back."""
    lease_id = request.form(LeaseForm).lease_id
    camera = find_camera(tx, lease_id, request.ask.path["frame_id"])
    if not request.sees(camera):
        raise Missing(NONE_OF_YOURS)
    undone = undo_verdict(
        tx,
        lease_id,
        request.person.name,
        office.settings.watch.undo_s,
        office.channels(camera),
    )
    view = views.Recorded(lease_id, undone.attempt, undo_until_s=0.0)
    return Reply(200, view, told=_tell(tx, office, undone.alarm))


def _keep(tx: Transaction, office: Office, lease: Lease) -> None:
    wrong = keep_frame(tx, office, lease)
    if wrong:
        tx.note("evidence missing", lease.lease_id, "seda", {"why": wrong}, lease.sha256)
        _log.error("a decided frame is not in the evidence", frame=lease.frame_id, why=wrong)


def _view(
    office: Office, lease: Lease, recorded: Recorded, word: str, known: KnownFrame | None
) -> views.Recorded:
    if known is not None:
        debrief = views.Debrief(known.is_target, (word != "clear") == known.is_target)
        return views.Recorded(lease.lease_id, recorded.attempt, 0.0, debrief=debrief)
    return views.Recorded(
        lease.lease_id,
        recorded.attempt,
        undo_until_s=recorded.at_s + office.settings.watch.undo_s,
        alarm_id=recorded.alarm.alarm_id if recorded.alarm is not None else None,
    )


def _tell(tx: Transaction, office: Office, alarm: Alarm | None) -> tuple[Told, ...]:
    return (tell_alarm(tx, alarm, office),) if alarm is not None else ()
