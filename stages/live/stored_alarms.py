"""The open alarms as the store has them: read once, so that a restarted `live` shows them too.

Afterwards every change comes as a fact. Where the store cannot be read, because the alarm stage is
only just making it, that stage tells of every open alarm when it is done.
"""

import sqlite3
from pathlib import Path

from conf.schema import Settings
from seda import logs
from spotter_web.views import Alarm
from store.alarm_views import view_alarm
from store.alarms import list_open
from store.file.database import read
from store.file.places import store_path

_log = logs.get(__name__)


def read_open_alarms(settings: Settings, data_directory: Path) -> list[Alarm]:
    """Return the open alarms, the oldest first; none where there is no store."""
    path = store_path(data_directory)
    if not path.exists():
        return []
    words = {camera.name: camera.instructions for camera in settings.camera}
    try:
        with read(path) as tx:
            alarms = list_open(tx)
            return [view_alarm(tx, it, words.get(it.camera, "")) for it in alarms]
    except sqlite3.Error as error:
        _log.info("open alarms cannot be read yet; waiting to be told", detail=str(error))
        return []
