"""An alarm as the pages get it."""

from sqlite3 import Row

from spotter_web import views
from store import alarms, reading
from store.alarms import StoredAlarm
from store.file.database import Transaction
from store.joined import count_joined_to


def view_alarm(tx: Transaction, alarm: StoredAlarm, instructions: str) -> views.Alarm:
    """Return an alarm with its latest notes, and of each channel the newest delivery."""
    notes = _notes(tx, alarm.alarm_id)
    return views.Alarm(
        alarm_id=alarm.alarm_id,
        camera=alarm.camera,
        cause=alarm.cause,
        sentence=alarm.sentence,
        state=alarm.state,
        raised_s=alarm.raised_s,
        changed_s=alarm.changed_s,
        raised_by=alarm.raised_by,
        holder=alarm.holder,
        outcome=alarm.outcome,  # type: ignore[arg-type]  # the store takes no other words
        frame_id=alarm.frame_id,
        instructions=instructions,
        notes=notes,
        earlier_notes=alarms.count_notes(tx, alarm.alarm_id) - len(notes),
        deliveries=_deliveries(tx, alarm.alarm_id),
        joined=count_joined_to(tx, alarm.frame_id),
    )


def _notes(tx: Transaction, alarm_id: int) -> tuple[views.NoteView, ...]:
    return tuple(map(view_note, reading.list_notes(tx, alarm_id)))


def view_note(row: Row) -> views.NoteView:
    """Return a note as the pages get it."""
    return views.NoteView(row["author"], row["text"], row["at_s"])


def _deliveries(tx: Transaction, alarm_id: int) -> tuple[views.DeliveryView, ...]:
    return tuple(
        views.DeliveryView(
            channel=row["channel"],
            made_s=row["made_s"],
            attempts=row["attempts"],
            delivered_s=row["delivered_s"],
            due_s=row["due_s"],
            receipt=row["receipt"] or "",
        )
        for row in reading.list_deliveries(tx, alarm_id)
    )
