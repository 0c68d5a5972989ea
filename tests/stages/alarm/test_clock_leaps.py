"""A clock that leaps, at a start or while seda runs: nothing goes for that, and it is said."""

import time
from pathlib import Path

import attrs
import pytest

from conf.schema import RetentionSettings
from store.evidence import Evidence, note_evidence
from store.file.places import evidence_directory, store_path
from tests.stages.alarm.serving import SETTINGS, RunningAlarmStage, serving
from tests.store.scripted import decide, find_break_in, open_store

DAY_S = 86_400.0
SETTINGS_OF_LITTLE_ROOM = attrs.evolve(SETTINGS, keep=RetentionSettings(evidence_bytes=1000))


def fill(folder: Path, at_s: float) -> str:
    """Have a verdict, its alarm and a picture that nobody flagged, from a time; give its hash.

    Beside it lies what there is no room for.
    """
    evidence = Evidence(evidence_directory(folder))
    with open_store(store_path(folder)) as store:
        decide(store, root="flagged", at_s=at_s)
        digest = evidence.keep(b"picture")
        store.write_one(at_s, lambda tx: note_evidence(tx, "large", "f" * 64, 2000))
        store.write_one(at_s + 1.0, lambda tx: note_evidence(tx, "plain", digest, 7))
    return digest


def wait_for_tidying(alarm: RunningAlarmStage) -> None:
    """Wait until the stage has tidied, which shows by what there is too much of."""
    alarm.wait(lambda: bool(alarm.rows("SELECT 1 FROM ledger WHERE kind = 'evidence let go'")))


@pytest.mark.parametrize(
    ("days", "told"), [(800.0, "forward by 799 days"), (-800.0, "back by 800 days")]
)
def test_nothing_goes_for_a_clock_that_leapt_before_the_start(
    tmp_path: Path, days: float, told: str
) -> None:
    """Neither a flat battery nor a wrong year takes verdicts and evidence along (R27).

    Of the time that the machine may have been off a day counts.
    """
    digest = fill(tmp_path, time.time() - days * DAY_S)
    with serving(tmp_path, SETTINGS_OF_LITTLE_ROOM) as alarm:
        wait_for_tidying(alarm)
        assert alarm.rows("SELECT verdict FROM verdicts") == [{"verdict": "suspicious"}]
        assert [row["state"] for row in alarm.rows("SELECT state FROM alarms")] == ["raised"]
        assert Evidence(evidence_directory(tmp_path)).is_intact(digest)
        kinds = [row["kind"] for row in alarm.rows("SELECT kind FROM ledger ORDER BY number")]
        assert kinds[:3] == ["verdict", "alarm raised", "clock leapt"]
        alarm.wait(lambda: bool(alarm.trouble))
        assert told in alarm.trouble
    assert find_break_in(store_path(tmp_path)) is None


def test_a_night_without_power_is_no_leap(tmp_path: Path) -> None:
    """It is time like any other; nobody is told."""
    fill(tmp_path, time.time() - 0.4 * DAY_S)
    with serving(tmp_path, SETTINGS_OF_LITTLE_ROOM) as alarm:
        wait_for_tidying(alarm)
        assert not alarm.trouble
        assert not alarm.rows("SELECT 1 FROM ledger WHERE kind = 'clock leapt'")
