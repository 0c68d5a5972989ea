"""Verdicts through the stage's real process: recorded before the answer, once, by who holds it."""

import sqlite3
from contextlib import closing
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import attrs
import msgspec
import pytest

from seda.decisions import Decided
from seda.keys import sealing
from spotter_web import views
from store.evidence import Evidence
from store.file.database import Store, verify
from store.file.places import evidence_directory, store_path
from store.frames import find_file, list_files
from tests.stages.alarm.serving import ANNA, CARL, PICTURE, SETTINGS, RunningAlarmStage, serving


def count(alarm: RunningAlarmStage, table: str) -> int:
    """Count rows."""
    return int(alarm.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])  # noqa: S608 - a word


def test_a_suspicious_verdict_is_an_alarm_with_evidence(tmp_path: Path) -> None:
    """Answered after the sync; frame, strip and facts are kept; others are told (R27)."""
    with serving(tmp_path) as alarm:
        lease = alarm.lease()
        answer = alarm.answer(alarm.decide(lease, note="<script>alert(1)</script>"))
        recorded = msgspec.convert(answer.view, views.Recorded)
        assert (answer.status, answer.has_connection, recorded.lease_id) == (200, True, "g-1")
        (row,) = alarm.rows("SELECT * FROM verdicts")
        assert recorded.undo_until_s == row["at_s"] + SETTINGS.watch.undo_s
        fact = alarm.wait_for("alarm_fact")[0]
        shown = msgspec.json.decode(fact.body.content, type=views.Alarm)
        assert (shown.alarm_id, shown.state, shown.frame_id) == (1, "raised", lease.frame_id)
        assert shown.instructions == "After 22:00 only staff."
        assert [note.text for note in shown.notes] == ["<script>alert(1)</script>"]
        (decided,) = alarm.wait_for("decided")
        (lesson,) = alarm.wait_for("lesson")
        assert decided.body == Decided("g-1", "suspicious", 1, lease.frame_id, "anna")
        assert (lesson.key, lesson.body.person, lesson.body.mark) == ("gate", "anna", lease.mark)
        assert len(alarm.look(lambda tx: list_files(tx, lease.frame_id))) == 6
        digest = alarm.look(lambda tx: find_file(tx, lease.frame_id, "frame.jpg"))
        assert digest == sha256(PICTURE).hexdigest() == row["frame_sha256"]
        assert Evidence(evidence_directory(tmp_path)).is_intact(digest)
        assert alarm.look(verify) is None


@pytest.mark.parametrize("mark", [b'{"stream": 3', b'{"stream": "\xe1"}'])
def test_a_verdict_with_a_damaged_mark_teaches_nothing_and_is_told(
    tmp_path: Path, mark: bytes
) -> None:
    """One row that something has changed on the disk stops neither the stage nor the others."""
    with serving(tmp_path) as alarm:
        for number in (1, 2):
            lease = alarm.lease(f"g-{number}", str(number) * 24)
            alarm.answer(alarm.decide(lease, "clear"))
        alarm.wait_for("lesson", 2)
        with closing(sqlite3.connect(store_path(tmp_path), isolation_level=None)) as store:
            change = "UPDATE verdicts SET mark = CAST(? AS TEXT) WHERE lease_id = 'g-1'"
            store.execute(change, (mark,))
        alarm.said.clear()
        alarm.restart()
        assert [it.body.lease_id for it in alarm.wait_for("decided", 2)] == ["g-1", "g-2"]
        assert [it.body.id for it in alarm.wait_for("lesson")] == ["g-2-1"]
        assert "g-1" in alarm.handler.next_line()


def test_the_same_verdict_again_gets_the_same_answer(tmp_path: Path) -> None:
    """From two tabs at once or a minute later: one row, one alarm; another word is refused."""
    with serving(tmp_path) as alarm:
        lease = alarm.lease()
        sent = [alarm.decide(lease) for _ in range(20)]
        answers = [alarm.answer(identity) for identity in sent]
        assert {answer.status for answer in answers} == {200}
        assert len({msgspec.json.encode(answer.view) for answer in answers}) == 1
        refused = alarm.answer(alarm.decide(lease, "clear"))
        assert refused.status == 409
        assert "undo that first" in refused.view["error"]
        assert [count(alarm, it) for it in ("verdicts", "alarms")] == [1, 1]


def test_a_verdict_on_another_frame_under_a_known_lease_is_no_repeat(tmp_path: Path) -> None:
    """It is refused loudly and never answered with "recorded": the frame has no verdict (R27)."""
    with serving(tmp_path) as alarm:
        assert alarm.answer(alarm.decide(alarm.lease("g-1", "a" * 24))).status == 200
        other_frame = alarm.lease("g-1", "b" * 24)
        other_picture = attrs.evolve(alarm.lease("g-1", "a" * 24), sha256="ab" * 32)
        for lease in (other_frame, other_picture, other_frame):
            refused = alarm.answer(alarm.decide(lease))
            assert refused.status == 409
            assert "NOT recorded" in refused.view["error"]
        assert [row["incident_id"] for row in alarm.rows("SELECT * FROM verdicts")] == ["a" * 24]
        lines = alarm.rows("SELECT * FROM ledger WHERE kind = 'verdict refused'")
        assert [row["frame_sha256"] for row in lines] == [other_frame.sha256, "ab" * 32]
        assert alarm.look(verify) is None


def test_undoing_takes_the_alarm_back_and_tells_everybody(tmp_path: Path) -> None:
    """Assignment and anomaly hear of both, in order; undoing once more changes nothing."""
    with serving(tmp_path) as alarm:
        lease = alarm.lease()
        alarm.answer(alarm.decide(lease))
        for _ in range(2):
            answer = alarm.answer(alarm.decide(lease, route="undo"))
            assert (answer.status, answer.view["attempt"]) == (200, 1)
        again = alarm.answer(alarm.decide(lease, "clear"))
        assert again.view["attempt"] == 2
        words = [(it.body.verdict, it.body.attempt) for it in alarm.wait_for("decided", 3)]
        assert words == [("suspicious", 1), ("undone", 1), ("clear", 2)]
        lessons = [(it.body.id, it.body.verdict) for it in alarm.wait_for("lesson", 3)]
        assert lessons == [("g-1-1", "suspicious"), ("g-1-1", "undone"), ("g-1-2", "clear")]
        facts = [msgspec.json.decode(it.body.content) for it in alarm.heard("alarm_fact")]
        assert [state for state, _ in groupby(it["state"] for it in facts)] == [
            "raised",
            "withdrawn",
        ]


def test_unsure_is_recorded_and_teaches_nothing(tmp_path: Path) -> None:
    """Nor does it raise an alarm."""
    with serving(tmp_path) as alarm:
        assert alarm.answer(alarm.decide(alarm.lease(), "unsure")).view["alarm_id"] is None
        alarm.wait_for("decided")
        alarm.answer(alarm.decide(alarm.lease("g-2", "e" * 24), "clear"))
        alarm.wait_for("lesson")
        assert [it.body.verdict for it in alarm.heard("lesson")] == ["clear"]
        assert count(alarm, "alarms") == 0


@pytest.mark.parametrize("what", ["forged", "garbage", "another key", "person", "frame", "scope"])
def test_a_frame_that_one_does_not_hold_does_not_exist(tmp_path: Path, what: str) -> None:
    """Forged leases, those of others, for another frame or outside the scope: 404, nothing kept."""
    with serving(tmp_path) as alarm:
        lease, person, frame_id, sealed = alarm.lease(), ANNA, "", ""
        match what:
            case "forged":
                good = sealing.seal((tmp_path / "lease.key").read_bytes(), lease)
                sealed = good[:60] + ("A" if good[60] != "A" else "B") + good[61:]
            case "garbage":
                sealed = "../../etc/passwd\x00"
            case "another key":
                sealed = sealing.seal(bytes(32), lease)
            case "person":
                person = CARL
            case "frame":
                frame_id = "0" * 24
            case "scope":
                person = attrs.evolve(ANNA, scope=frozenset({"yard"}))
        sent = alarm.decide(lease, person=person, frame_id=frame_id, sealed=sealed)
        answer = alarm.answer(sent)
        assert answer.status == 404
        assert count(alarm, "verdicts") == 0


def test_a_picture_that_is_not_the_one_shown_is_not_kept(tmp_path: Path) -> None:
    """The decision stands, with what the lease says was shown; the record says so."""
    with serving(tmp_path) as alarm:
        lease = attrs.evolve(alarm.lease(), sha256="ab" * 32)
        assert alarm.answer(alarm.decide(lease)).status == 200
        assert alarm.look(lambda tx: list_files(tx, lease.frame_id)) == []
        kinds = [row["kind"] for row in alarm.rows("SELECT kind FROM ledger")]
        assert "evidence missing" in kinds


def test_after_a_kill_the_same_verdict_gets_the_same_answer(tmp_path: Path) -> None:
    """Killed at some moment of 30 decisions: all sent again, each once, told under the same ids."""
    with serving(tmp_path) as alarm:
        leases = [alarm.lease(f"g-{n}", f"{n:024x}") for n in range(30)]
        for lease in leases:
            alarm.decide(lease)
        alarm.wait(lambda: len(alarm.heard("answer")) >= 3)
        alarm.restart()
        answers = [alarm.answer(alarm.decide(lease)) for lease in leases]
        assert [(it.status, it.view["attempt"]) for it in answers] == [(200, 1)] * 30
        alarm.wait(lambda: len({it.identity for it in alarm.heard("decided")}) == 30)
        alarm.wait(lambda: len({it.identity for it in alarm.heard("lesson")}) == 30)
        assert {it.body.attempt for it in alarm.heard("decided")} == {1}
        assert [count(alarm, it) for it in ("verdicts", "alarms")] == [30, 30]
        assert alarm.look(verify) is None


def test_what_was_told_is_told_again_after_a_restart_under_its_id(tmp_path: Path) -> None:
    """A controller that died may have lost it; receivers know the ids."""
    with serving(tmp_path) as alarm:
        alarm.answer(alarm.decide(alarm.lease()))
        (first,) = alarm.wait_for("lesson")
        alarm.restart()
        assert alarm.wait_for("lesson", 2)[1] == first
        facts = alarm.wait_for("alarm_fact", 2)
        assert len({it.identity for it in facts}) == len(facts), "facts have ids of their own"


def test_what_was_told_last_is_told_again_however_long_the_machine_was_off(tmp_path: Path) -> None:
    """A power cut may last for days, and those who were told may have lost its last second."""
    with serving(tmp_path) as alarm:
        alarm.answer(alarm.decide(alarm.lease()))
        (first,) = alarm.wait_for("decided")
        alarm.wait(lambda: bool(alarm.rows("SELECT 1 FROM verdicts WHERE told_s IS NOT NULL")))
        alarm.end()
        with closing(Store(store_path(tmp_path))) as store:
            store.write_one(0.0, lambda tx: tx.run("UPDATE verdicts SET told_s = told_s - 1e6"))
        alarm.begin()
        assert alarm.wait_for("decided", 2)[1] == first


def test_many_writes_share_a_sync(tmp_path: Path) -> None:
    """What waits at the same moment becomes one transaction, with one time."""
    with serving(tmp_path) as alarm:
        leases = [alarm.lease(f"g-{n}", f"{n:024x}") for n in range(40)]
        sent = [alarm.decide(lease, "clear") for lease in leases]
        assert {alarm.answer(it).status for it in sent} == {200}
        assert len(alarm.rows("SELECT DISTINCT at_s FROM verdicts")) < 30
