"""The open alarms that a restarted `live` begins with."""

from functools import partial
from pathlib import Path

from conf.schema import Camera, Settings
from stages.live.stored_alarms import read_open_alarms
from store.alarms import Occasion, acknowledge, raise_alarm, resolve
from store.file.database import Store
from store.file.places import store_path

SETTINGS = Settings(camera=(Camera("gate", "http://x", instructions="Look for ladders."),))


def test_those_that_are_not_over_are_shown_as_pages_get_them(tmp_path: Path) -> None:
    """While the alarm stage goes on writing."""
    store_path(tmp_path).parent.mkdir()
    store = Store(store_path(tmp_path))
    for number in range(3):
        occasion = Occasion(root=f"r/{number}", camera="gate", cause="verdict", actor="ann")
        store.write_one(10.0 + number, partial(raise_alarm, occasion=occasion, channels=()))
    store.write_one(20.0, lambda tx: acknowledge(tx, 2, "ben", ()))
    store.write_one(21.0, lambda tx: acknowledge(tx, 1, "ben", ()))
    store.write_one(22.0, lambda tx: resolve(tx, 1, "ben", "false", ()))
    found = read_open_alarms(SETTINGS, tmp_path)
    store.close()
    assert [(it.alarm_id, it.state, it.holder) for it in found] == [
        (2, "acknowledged", "ben"),
        (3, "raised", None),
    ]
    assert found[0].instructions == "Look for ladders."


def test_without_a_store_there_are_none(tmp_path: Path) -> None:
    """At the very first start, and where the file is none."""
    assert read_open_alarms(SETTINGS, tmp_path) == []
    store_path(tmp_path).parent.mkdir()
    store_path(tmp_path).write_bytes(b"no database" * 100)
    assert read_open_alarms(SETTINGS, tmp_path) == []
