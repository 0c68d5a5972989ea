"""What becomes an alarm besides verdicts: a camera offline, nobody on watch and the like.

One alarm for each occasion, and for what comes and goes one for as long as nobody has ended it:
roots end in "/" and when it began, so that what stands before tells what it is about. That
something is over changes no state, because somebody has to have looked; a note says so.
"""

from seda.decisions import Incident
from spotter_web.views import AlarmRecord
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.alarm_facts import tell_alarm
from stages.alarm.evidence.keeping import keep_shown
from stages.alarm.replies import Notice
from store import alarms
from store.alarms import Occasion
from store.file.database import Transaction
from store.held import drop_held, hold_alarm, list_held, take_held

SEDA = "seda"
"""Who raises and writes what no person did."""
NOTES_MAX = 50
"""By seda beside one alarm; what comes and goes more often is in the ledger alone."""


def take_incident(context: AlarmContext, incident: Incident, tx: Transaction) -> tuple[Notice, ...]:
    """Raise an alarm, or note that what it was about is over."""
    kind = "incident over" if incident.is_over else "incident"
    if not _note_once(tx, kind, incident):
        return ()
    if incident.is_over:
        drop_held(tx, incident.root, SEDA)
        return _annotate(tx, context, _find_like(tx, incident), f"Ended: {incident.sentence}")
    occasion = Occasion(
        root=incident.root,
        camera=incident.camera,
        cause=incident.cause,
        actor=SEDA,
        sentence=incident.sentence,
        frame_id=incident.frame_id,
    )
    keep_shown(tx, context, incident)
    hold = context.find_hold(incident.camera, tx.at_s)
    if hold:
        hold_alarm(tx, occasion, hold)
        return ()
    like = _find_like(tx, incident)
    if like is not None and like.root != incident.root:
        return _annotate(tx, context, like, f"Again: {incident.sentence}")
    return (_raise(tx, context, occasion),)


def release_held(context: AlarmContext, tx: Transaction) -> tuple[Notice, ...]:
    """Raise the alarms that were held back for a maintenance that is over."""
    ready = sorted(it for it in list_held(tx) if not context.find_hold(it, tx.at_s))
    return tuple(
        _raise(tx, context, occasion) for camera in ready for occasion in take_held(tx, camera)
    )


def _raise(tx: Transaction, context: AlarmContext, occasion: Occasion) -> Notice:
    alarm = alarms.raise_alarm(tx, occasion, context.channels(occasion.camera))
    return tell_alarm(tx, alarm, context)


def _note_once(tx: Transaction, kind: str, incident: Incident) -> bool:
    """Put an incident into the ledger; False where it is there, because it was said before."""
    if tx.one("SELECT 1 FROM ledger WHERE subject = ? AND kind = ?", incident.root, kind):
        return False
    content = {"cause": incident.cause, "camera": incident.camera, "sentence": incident.sentence}
    tx.note(kind, incident.root, SEDA, {**content, "at_s": incident.at_s})
    return True


def _find_like(tx: Transaction, incident: Incident) -> AlarmRecord | None:
    """Find the open alarm about the same thing, whenever that began."""
    about = incident.root.rpartition("/")[0] or incident.root
    for alarm in alarms.list_open(tx):
        if alarm.root == incident.root:
            return alarm
        if alarm.cause == incident.cause and alarm.root.rpartition("/")[0] == about:
            return alarm
    return None


def _annotate(
    tx: Transaction, context: AlarmContext, alarm: AlarmRecord | None, text: str
) -> tuple[Notice, ...]:
    if alarm is None or alarms.count_notes(tx, alarm.alarm_id) >= NOTES_MAX:
        return ()
    alarms.add_note(tx, alarm.alarm_id, SEDA, text[: alarms.NOTE_CHARS_MAX])
    return (tell_alarm(tx, alarm, context),)
