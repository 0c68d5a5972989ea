"""The open alarms as the store has them: read once, so that a restarted `live` shows them too.

Afterwards every change comes as a fact. Where the store can not be read, because the alarm stage is
only just making it, that stage tells of every open alarm when it is done.
"""

import sqlite3
from pathlib import Path

from conf.schema import Settings
from seda import logs
from spotter_web.views import Alarm
from stages.alarm.alarm_views import view_alarm
from stages.alarm.office import Office
from stages.alarm.places import store_path
from stages.alarm.store.alarms import list_open
from stages.alarm.store.database import read

_log = logs.get(__name__)


def read_open_alarms(settings: Settings, data_directory: Path) -> list[Alarm]:
    """Return the open alarms, the oldest first; none where there is no store."""
    path = store_path(data_directory)
    if not path.exists():
        return []
    office = Office(settings, data_directory)
    try:
        with read(path) as tx:
            alarms = list_open(tx)
            return [view_alarm(tx, it, office.instructions(it.camera)) for it in alarms]
    except sqlite3.Error as error:
        _log.info("open alarms can not be read yet; waiting to be told", detail=str(error))
        return []
