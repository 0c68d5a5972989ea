"""The alarm stage on a disk that is full: decisions are kept, and whoever asks is answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from conf.schema import Settings
from seda.command import exits
from seda.decisions import Incident
from seda.requests import Ask
from stages.alarm import people
from stages.alarm.alarm_context import EVIDENCE_BYTES, ROWS_BYTES
from store.frames import list_files
from testing.faults.disks import fill, small_disk
from tests.stages.alarm.serving import CLIENT, ROOT, RunningAlarmStage, serving

ROOM_BYTES = 3 * (EVIDENCE_BYTES + ROWS_BYTES)


def has_reserves(folder: Path) -> bool:
    """Return whether both were made, the later one too."""
    return (folder / "alarm" / "evidence.reserve").exists()


def fill_anew(place: Path, number: int) -> None:
    """Be somebody else, who takes whatever is free."""
    taken = place / f"others-{number}"
    try:
        taken.mkdir()
        fill(taken)
    except OSError:
        return


@contextmanager
def cramped(folder: Path, size_bytes: int = ROOM_BYTES) -> Iterator[RunningAlarmStage]:
    """Have the stage's directory on a small disk of its own."""
    place = folder / "alarm"
    place.mkdir()
    with small_disk(place, size_bytes), serving(folder) as alarm:
        yield alarm


def test_decisions_and_their_evidence_have_room_of_their_own(tmp_path: Path) -> None:
    """R25, R31: nothing else is free, again and again, and every verdict is recorded whole.

    By a handler that begins on a full disk, too.
    """
    with cramped(tmp_path) as alarm:
        alarm.wait(lambda: has_reserves(tmp_path))
        for number in range(20):
            fill_anew(tmp_path / "alarm", number)
            if number == 10:
                alarm.restart()
            lease = alarm.lease(f"g-{number}", f"{number:024d}")
            answer = alarm.answer(alarm.decide(lease))
            assert answer.status == 200, answer.view
        assert len(alarm.rows("SELECT * FROM verdicts")) == 20
        assert len(alarm.look(lambda tx: list_files(tx, f"{19:024d}"))) == 6
        assert alarm.rows("SELECT * FROM ledger WHERE kind = 'evidence missing'") == []


def test_a_decision_stands_where_its_evidence_finds_no_room(tmp_path: Path) -> None:
    """The ledger says so, the alarm is raised, and the pictures are kept as soon as they can be."""
    with cramped(tmp_path) as alarm:
        alarm.wait(lambda: has_reserves(tmp_path))
        lease = alarm.lease()
        folder = tmp_path / "assignment" / "frames" / lease.frame_id
        for number in range(7):
            (folder / f"strip-{number}.jpg").write_bytes(bytes([number]) * (EVIDENCE_BYTES // 6))
        filler = fill(tmp_path / "alarm")
        answer = alarm.answer(alarm.decide(lease))
        assert (answer.status, answer.view["alarm_id"]) == (200, 1)
        [missing] = alarm.rows("SELECT content FROM ledger WHERE kind = 'evidence missing'")
        assert "the disk is full" in missing["content"]
        assert alarm.look(lambda tx: list_files(tx, lease.frame_id)) == ["frame.jpg"]
        filler.unlink()
        alarm.wait(lambda: len(alarm.look(lambda tx: list_files(tx, lease.frame_id))) > 1)
        assert alarm.rows("SELECT * FROM ledger WHERE kind = 'evidence kept late'")


def test_an_alarm_is_raised_where_its_frame_finds_no_room(tmp_path: Path) -> None:
    """What nobody took in time is said although its picture cannot be kept."""
    with cramped(tmp_path) as alarm:
        alarm.lease(frame_id="f" * 24)
        alarm.wait(lambda: has_reserves(tmp_path))
        (tmp_path / "alarm" / "evidence.reserve").unlink()
        fill(tmp_path / "alarm")
        late = Incident("late/1", "gate", "frame overdue", "Nobody looked.", 1.0)
        alarm.tell(attrs.evolve(late, frame_id="f" * 24))
        assert [row["cause"] for row in alarm.rows("SELECT cause FROM alarms")] == ["frame overdue"]


def test_who_writes_is_refused_in_words_and_served_again(tmp_path: Path) -> None:
    """Without any reserve: 503, NOT recorded; recorded once there is room; nobody dies."""
    with cramped(tmp_path, 4 * 1024 * 1024) as alarm:
        assert alarm.answer(alarm.decide(alarm.lease())).status == 200
        filler = fill(tmp_path / "alarm")
        lease = alarm.lease("g-2", "e" * 24)
        refused = alarm.answer(alarm.decide(lease))
        assert refused.status == 503
        assert "NOT recorded" in refused.view["error"]
        filler.unlink()
        assert alarm.answer(alarm.decide(lease)).status == 200


def test_the_command_line_says_that_the_disk_is_full(tmp_path: Path) -> None:
    """R23: while nothing runs it writes the store itself, and ends with words and no stack."""
    place = tmp_path / "alarm"
    place.mkdir()
    with small_disk(place):
        fill(place)
        settings = Settings(data_directory=str(tmp_path))
        ask = Ask(CLIENT, ROOT, "make_link", {"name": "anna"})
        with pytest.raises(exits.Failure) as failure:
            people._write(settings, ask)
        assert "full" in failure.value.sentences[0]
