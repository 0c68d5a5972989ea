"""An alarm as the pages get it."""

from sqlite3 import Row

import attrs

from spotter_web import views
from store import alarms, reading
from store.file.database import Transaction
from store.joined import count_joined_to


def view_alarm(tx: Transaction, alarm: views.AlarmRecord, instructions: str) -> views.Alarm:
    """Return an alarm with its latest notes, and of each channel the newest delivery."""
    notes = _notes(tx, alarm.alarm_id)
    return views.Alarm(
        **attrs.asdict(alarm),
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
