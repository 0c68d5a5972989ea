"""What people do with alarms, and what they leave for the next watch."""

from spotter_web import views
from spotter_web.forms import NoteForm, ResolveForm
from spotter_web.views import AlarmRecord
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.alarm_facts import tell_alarm
from stages.alarm.replies import Reply
from stages.alarm.requests import Request
from store import alarms, handover
from store.alarm_views import view_alarm
from store.file.database import Missing, Transaction

NOTES_SHOWN = 50


def acknowledge(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Take an alarm on oneself."""
    alarm = _find(request, tx)
    channels = context.channels(alarm.camera)
    alarms.acknowledge(tx, alarm.alarm_id, request.actor, channels)
    return _reply(context, tx, alarm)


def resolve(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """End an alarm with its outcome."""
    form = request.form(ResolveForm)
    alarm = _find(request, tx)
    channels = context.channels(alarm.camera)
    after = alarms.resolve(tx, alarm.alarm_id, request.actor, form.outcome, channels)
    if form.note and after != alarm:
        alarms.add_note(tx, alarm.alarm_id, request.actor, form.note)
    return _reply(context, tx, alarm)


def note(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Write something beside an alarm."""
    form = request.form(NoteForm)
    alarm = _find(request, tx)
    alarms.add_note(tx, alarm.alarm_id, request.actor, form.text)
    return _reply(context, tx, alarm, has_note=True)


def hand_over(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Leave a note for the next watch."""
    form = request.form(NoteForm)
    handover.add_handover_note(tx, request.actor, form.text)
    rows = handover.list_handover_notes(tx, NOTES_SHOWN)
    notes = tuple(views.NoteView(it.author, it.text, it.at_s) for it in rows)
    return Reply(200, views.HandoverNotes(notes))


def _find(request: Request, tx: Transaction) -> AlarmRecord:
    """Find the alarm in the path; one outside the person's scope does not exist."""
    number = request.ask.path["alarm_id"]
    if not (number.isascii() and number.isdigit() and len(number) <= 15):
        raise Missing(f"there is no alarm {number}")
    alarm = alarms.find(tx, int(number))
    if not request.sees(alarm.camera):
        raise Missing(f"there is no alarm {number}")
    return alarm


def _reply(
    context: AlarmContext, tx: Transaction, before: AlarmRecord, *, has_note: bool = False
) -> Reply:
    """Answer with the alarm as it stands; where nothing has changed nobody else is told."""
    alarm = alarms.find(tx, before.alarm_id)
    view = view_alarm(tx, alarm, context.instructions(alarm.camera))
    has_changed = has_note or alarm != before
    return Reply(200, view, notices=(tell_alarm(tx, alarm, context),) if has_changed else ())
