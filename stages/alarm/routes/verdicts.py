"""Deciding about a frame, and taking that back."""

import attrs
import msgspec

from seda import logs
from seda.decisions import Lease
from spotter_web import views
from spotter_web.forms import LeaseForm, VerdictForm
from spotter_web.views import AlarmRecord
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.alarm_facts import tell_alarm
from stages.alarm.evidence.joining import keep_joined, read_joined
from stages.alarm.evidence.keeping import keep_frame
from stages.alarm.replies import Notice, Reply, problem
from stages.alarm.requests import Request
from store.file.database import Missing, Transaction
from store.joined import Frame
from store.known_frames import KnownFrame, find_known_frame
from store.verdicts import (
    NONE_OF_YOURS,
    AnotherFrame,
    Recorded,
    Verdict,
    find_camera,
    record_verdict,
    undo_verdict,
)

REFUSED = "verdict refused"
_log = logs.get(__name__)


def verdict(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Record a verdict with its evidence; *suspicious* raises an alarm."""
    form = request.form(VerdictForm)
    lease = context.open_lease(form.lease, request.person, request.ask.path["frame_id"])
    known = find_known_frame(tx, lease.frame_id)
    joined = read_joined(context, lease)
    decided = attrs.evolve(
        _verdict(lease, form),
        joined=tuple(Frame(it.frame_id, it.camera, it.sha256) for it in joined),
        is_test=known is not None,
        held=context.find_hold(lease.camera, tx.at_s),
    )
    try:
        recorded = record_verdict(tx, decided, context.channels(lease.camera))
    except AnotherFrame as error:
        return _refuse(tx, lease, str(error))
    if recorded.is_new and known is None:
        _keep(tx, context, lease)
        keep_joined(tx, context, lease, joined, is_flagged=form.verdict == "suspicious")
    return Reply(
        200,
        _view(context, lease, recorded, form.verdict, known),
        notices=_tell(tx, context, recorded.alarm if recorded.is_new else None),
    )


def _verdict(lease: Lease, form: VerdictForm) -> Verdict:
    return Verdict(
        lease_id=lease.lease_id,
        incident_id=lease.frame_id,
        root=lease.root,
        camera=lease.camera,
        spotter=lease.spotter,
        verdict=form.verdict,
        threat=lease.threat,
        frame_sha256=lease.sha256,
        band=lease.band,
        captured_s=lease.captured_s,
        note=form.note,
        mark=msgspec.json.encode(lease.mark).decode(),
        words=lease.words,
    )


def _refuse(tx: Transaction, lease: Lease, why: str) -> Reply:
    """Refuse so that it is known: in the log, and once for each frame in the ledger."""
    _log.error("a verdict came under a lease of another frame", lease=lease.lease_id, why=why)
    known = "SELECT 1 FROM ledger WHERE kind = ? AND subject = ? AND frame_sha256 = ?"
    if tx.one(known, REFUSED, lease.lease_id, lease.sha256) is None:
        content = {"frame": lease.frame_id, "why": why}
        tx.note(REFUSED, lease.lease_id, lease.spotter, content, lease.sha256)
    return problem(409, why)


def undo(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Take a verdict back."""
    lease_id = request.form(LeaseForm).lease_id
    camera = find_camera(tx, lease_id, request.ask.path["frame_id"])
    if not request.sees(camera):
        raise Missing(NONE_OF_YOURS)
    undone = undo_verdict(
        tx,
        lease_id,
        request.person.name,
        context.settings.watch.undo_s,
        context.channels(camera),
    )
    view = views.Recorded(lease_id, undone.attempt, undo_until_s=0.0)
    return Reply(200, view, notices=_tell(tx, context, undone.alarm))


def _keep(tx: Transaction, context: AlarmContext, lease: Lease) -> None:
    wrong = keep_frame(tx, context, lease)
    if wrong:
        tx.note("evidence missing", lease.lease_id, "seda", {"why": wrong}, lease.sha256)
        _log.error("a decided frame is not in the evidence", frame=lease.frame_id, why=wrong)


def _view(
    context: AlarmContext, lease: Lease, recorded: Recorded, word: str, known: KnownFrame | None
) -> views.Recorded:
    if known is not None:
        debrief = views.Debrief(known.is_target, (word != "clear") == known.is_target)
        return views.Recorded(lease.lease_id, recorded.attempt, 0.0, debrief=debrief)
    return views.Recorded(
        lease.lease_id,
        recorded.attempt,
        undo_until_s=recorded.at_s + context.settings.watch.undo_s,
        alarm_id=recorded.alarm.alarm_id if recorded.alarm is not None else None,
    )


def _tell(tx: Transaction, context: AlarmContext, alarm: AlarmRecord | None) -> tuple[Notice, ...]:
    return (tell_alarm(tx, alarm, context),) if alarm is not None else ()
