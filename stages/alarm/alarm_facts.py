"""An alarm as `live` is told of it."""

import attrs
import msgspec

from seda.decisions import AlarmFact
from spotter_web.views import AlarmRecord
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.replies import Notice
from store.alarm_views import view_alarm
from store.file.database import Transaction

FACT_BYTES_MAX = 40 * 1024
"""Events have no room for more; of notes the oldest are left to the ledger."""


def tell_alarm(tx: Transaction, alarm: AlarmRecord, context: AlarmContext) -> Notice:
    """Return what `live` is told of an alarm."""
    view = view_alarm(tx, alarm, context.instructions(alarm.camera))
    while len(content := msgspec.json.encode(view)) > FACT_BYTES_MAX and view.notes:
        view = attrs.evolve(view, notes=view.notes[1:], earlier_notes=view.earlier_notes + 1)
    return Notice(
        "alarm_fact", str(alarm.alarm_id), AlarmFact(alarm.alarm_id, alarm.camera, content)
    )
