"""Verdicts are recorded once, an alarm is one, and both can be followed."""

from pathlib import Path

import attrs
import pytest

from spotter_web.views import AlarmRecord
from store.alarms import (
    NOTE_CHARS_MAX,
    Occasion,
    acknowledge,
    add_note,
    find,
    raise_alarm,
    resolve,
)
from store.file.database import Refused, Store, Transaction, read
from store.verdicts import Undone, note_lease, undo_verdict
from tests.store.scripted import CHANNELS, count, decide, find_break_in, open_store


def undo(store: Store, at_s: float, spotter: str = "anna", lease_id: str = "g-1") -> int:
    """Take a verdict back within 30 s."""
    undone = store.write_one(at_s, lambda tx: undo_verdict(tx, lease_id, spotter, 30.0, CHANNELS))
    assert isinstance(undone, Undone)
    return undone.attempt


def get_alarm(store: Store, alarm_id: int = 1) -> AlarmRecord:
    """Read an alarm."""
    alarm = store.write_one(0.0, lambda tx: find(tx, alarm_id))
    assert isinstance(alarm, AlarmRecord)
    return alarm


def test_suspicious_raises_one_alarm_however_often_it_is_sent(tmp_path: Path) -> None:
    """The same verdict gets the same answer and changes nothing (R27)."""
    path = tmp_path / "store"
    with open_store(path) as store:
        first = decide(store)
        again = [decide(store, at_s=20.0) for _ in range(5)]
    assert first.is_new
    assert first.alarm is not None
    assert {(a.is_new, a.alarm) for a in again} == {(False, first.alarm)}
    with read(path) as tx:
        assert [count(tx, t) for t in ("verdicts", "alarms", "deliveries")] == [1, 1, 1]


def test_several_verdicts_on_one_incident_are_one_alarm(tmp_path: Path) -> None:
    """An incident that several people flagged alarms once."""
    with open_store(tmp_path / "store") as store:
        alarms = {decide(store, f"g-{n}", spotter=f"s{n}").alarm for n in range(3)}
        other = decide(store, "g-9", root="another").alarm
    assert len(alarms) == 1
    assert other not in alarms


@pytest.mark.parametrize("word", ["clear", "unsure"])
def test_other_verdicts_raise_nothing(tmp_path: Path, word: str) -> None:
    """They are recorded, and that is all."""
    with open_store(tmp_path / "store") as store:
        assert decide(store, verdict=word).alarm is None  # type: ignore[arg-type]  # parametrized


def test_a_test_frame_never_raises_an_alarm(tmp_path: Path) -> None:
    """Nor does it stand in the outbox; its verdict is recorded and cannot be undone."""
    path = tmp_path / "store"
    with open_store(path) as store:
        assert decide(store, is_test=True).alarm is None
        assert decide(store, is_test=True).alarm is None
        with pytest.raises(Refused, match="test frame"):
            undo(store, 11.0)
    with read(path) as tx:
        assert [count(tx, t) for t in ("verdicts", "alarms", "deliveries")] == [1, 0, 0]


def test_another_verdict_under_the_same_lease_is_refused(tmp_path: Path) -> None:
    """Two tabs that disagree do not overwrite each other, nor does another person."""
    with open_store(tmp_path / "store") as store:
        decide(store)
        with pytest.raises(Refused, match="decided as suspicious; undo that first"):
            decide(store, verdict="clear")
        with pytest.raises(Refused, match="someone else"):
            decide(store, spotter="mallory")


def test_undo_takes_verdict_and_alarm_back(tmp_path: Path) -> None:
    """Within its window; what was told outside is followed by a withdrawal."""
    path = tmp_path / "store"
    with open_store(path) as store:
        decide(store)
        assert undo(store, 40.0) == 1
        assert get_alarm(store).state == "withdrawn"
        second = decide(store, verdict="clear", at_s=41.0)
        assert (second.is_new, second.attempt, second.alarm) == (True, 2, None)
        assert undo(store, 42.0) == 2
        third = decide(store, at_s=43.0).alarm
    assert third is not None
    assert third.state == "raised"
    with read(path) as tx:
        told = [row["body"] for row in tx.run("SELECT body FROM deliveries ORDER BY delivery_id")]
    assert ["withdrawn" in body for body in told] == [False, True, False]
    assert find_break_in(path) is None


def test_undo_is_refused_after_its_window_and_to_others(tmp_path: Path) -> None:
    """The message says why."""
    with open_store(tmp_path / "store") as store:
        decide(store)
        with pytest.raises(Refused, match="no verdict of yours"):
            undo(store, 11.0, spotter="bert")
        with pytest.raises(Refused, match="taken back for 30 s"):
            undo(store, 40.1)
        with pytest.raises(Refused, match="no verdict of yours"):
            undo(store, 11.0, lease_id="g-2")


def test_an_alarm_stays_while_another_person_still_suspects(tmp_path: Path) -> None:
    """One of two who flagged it takes their verdict back: the alarm stands."""
    with open_store(tmp_path / "store") as store:
        decide(store, "g-1")
        decide(store, "g-2", spotter="bert")
        undo(store, 11.0)
        assert get_alarm(store).state == "raised"


def test_the_life_of_an_alarm(tmp_path: Path) -> None:
    """Acknowledged, noted, resolved with an outcome; each step attributed and in the outbox."""
    path = tmp_path / "store"
    with open_store(path) as store:
        decide(store)
        store.write_one(11.0, lambda tx: acknowledge(tx, 1, "bert", CHANNELS))
        store.write_one(12.0, lambda tx: add_note(tx, 1, "bert", "a fox"))
        alarm = store.write_one(13.0, lambda tx: resolve(tx, 1, "carl", "false", CHANNELS))
        again = store.write_one(14.0, lambda tx: resolve(tx, 1, "carl", "false", CHANNELS))
    assert (alarm.state, alarm.holder, alarm.outcome) == ("resolved", "carl", "false")
    assert again == alarm
    with read(path) as tx:
        kinds = [row["kind"] for row in tx.run("SELECT kind FROM ledger ORDER BY number")]
        assert count(tx, "deliveries") == 3
    steps = ["alarm raised", "alarm acknowledged", "alarm noted", "alarm resolved"]
    assert kinds == ["verdict", *steps]


def test_an_alarm_that_someone_has_is_not_taken_from_them(tmp_path: Path) -> None:
    """Acknowledging twice is harmless for the same person and refused to another."""
    with open_store(tmp_path / "store") as store:
        decide(store)
        store.write_one(11.0, lambda tx: acknowledge(tx, 1, "bert", CHANNELS))
        store.write_one(12.0, lambda tx: acknowledge(tx, 1, "bert", CHANNELS))
        with pytest.raises(Refused, match="is acknowledged by bert"):
            store.write_one(13.0, lambda tx: acknowledge(tx, 1, "carl", CHANNELS))
        with pytest.raises(Refused, match="no alarm 7"):
            store.write_one(13.0, lambda tx: acknowledge(tx, 7, "carl", CHANNELS))


def test_a_resolved_alarm_that_is_raised_again_starts_anew(tmp_path: Path) -> None:
    """A new flag on the same incident calls people again."""
    with open_store(tmp_path / "store") as store:
        decide(store)
        store.write_one(11.0, lambda tx: resolve(tx, 1, "carl", "false", CHANNELS))
        decide(store, "g-2", spotter="bert", at_s=12.0)
        alarm = get_alarm(store)
    assert attrs.astuple(alarm)[4:9] == ("raised", 12.0, 12.0, None, None)


def test_alarms_have_other_causes_too(tmp_path: Path) -> None:
    """An offline camera alarms like a verdict does, once for each occasion."""
    with open_store(tmp_path / "store") as store:

        def report(tx: Transaction) -> AlarmRecord:
            occasion = Occasion(
                root="offline gate 3", camera="gate", cause="camera offline", actor="seda"
            )
            return raise_alarm(tx, occasion, CHANNELS)

        assert store.write_one(1.0, report) == store.write_one(2.0, report)


@pytest.mark.parametrize("text", ["", "x" * (NOTE_CHARS_MAX + 1)])
def test_a_note_is_bounded(tmp_path: Path, text: str) -> None:
    """Neither empty nor a book."""
    with open_store(tmp_path / "store") as store:
        decide(store)
        with pytest.raises(Refused, match="characters"):
            store.write_one(1.0, lambda tx: add_note(tx, 1, "bert", text))


def test_a_verdict_is_the_last_word_on_its_lease(tmp_path: Path) -> None:
    """An expiry that is reported after the verdict does not hide that it was decided."""
    path = tmp_path / "store"
    with open_store(path) as store:
        store.write_one(9.0, lambda tx: note_lease(tx, "g-1", "gate-1-7", "anna", "expired"))
        decide(store)
        store.write_one(11.0, lambda tx: note_lease(tx, "g-1", "gate-1-7", "anna", "expired"))
    with read(path) as tx:
        (row,) = tx.run("SELECT outcome FROM leases")
        assert row["outcome"] == "decided"
