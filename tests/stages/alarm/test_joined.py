"""A verdict on what many cameras have in common is recorded for the frame of every one of them."""

import json
from functools import partial
from hashlib import sha256
from pathlib import Path

import attrs
import msgspec
import pytest

from seda.decisions import JoinedFrame, JoinedFrames, Lease
from seda.messages import Band
from spotter_web import views
from store.file.database import verify
from store.frames import list_files
from tests.stages.alarm.serving import PICTURE, RunningAlarmStage, serving

HASH = sha256(PICTURE).hexdigest()


def lay_item(alarm: RunningAlarmStage, folder: Path, number: int = 3) -> tuple[Lease, list[str]]:
    """Lay an item's frames and its list where assignment does; give lease and other frames."""
    names = [f"{place:024}" for place in range(number)]
    frames = []
    for place, name in enumerate(names):
        alarm.lease(frame_id=name)
        frames.append(
            JoinedFrame(name, f"cam{place}", f"root-{name}", HASH, 0.95, Band.ALARMING, 999.0)
        )
    listed = msgspec.json.encode(JoinedFrames(tuple(frames)))
    lease = alarm.lease(joined_sha256=sha256(listed).hexdigest())
    (folder / "assignment" / "frames" / lease.frame_id / "joined.json").write_bytes(listed)
    return lease, names


def lines(alarm: RunningAlarmStage, kind: str) -> list[dict[str, object]]:
    rows = alarm.rows("SELECT * FROM ledger ORDER BY number")
    return [json.loads(row["content"]) for row in rows if row["kind"] == kind]


@pytest.mark.parametrize("word", ["clear", "unsure"])
def test_a_verdict_is_recorded_for_every_frame_of_an_item(tmp_path: Path, word: str) -> None:
    """A line of the ledger each, with its picture's hash; its pictures can be opened (R27)."""
    with serving(tmp_path) as alarm:
        lease, names = lay_item(alarm, tmp_path)
        assert alarm.answer(alarm.decide(lease, word)).status == 200
        (decided,) = alarm.wait_for("decided")
        assert decided.body.joined == tuple(names)
        said = lines(alarm, "joined verdict")
        assert [(it["frame_id"], it["camera"], it["verdict"]) for it in said] == [
            (name, f"cam{place}", word) for place, name in enumerate(names)
        ]
        assert {it["sha256"] for it in said} == {HASH}
        assert lines(alarm, "verdict")[0]["joined"] == 3
        for name in names:
            files = alarm.look(partial(list_files, frame_id=name))
            assert files == ["facts.json", "frame.jpg"], "what was around them takes too much room"
        assert "joined.json" in alarm.look(lambda tx: list_files(tx, lease.frame_id))
        assert alarm.rows("SELECT * FROM verdicts")[0]["verdict"] == word
        assert alarm.look(verify) is None


def test_suspicious_is_one_alarm_and_the_others_are_named_in_it(tmp_path: Path) -> None:
    """Their frames belong to its evidence; how many there are stands in its sentence."""
    with serving(tmp_path) as alarm:
        lease, names = lay_item(alarm, tmp_path)
        alarm.answer(alarm.decide(lease, "suspicious"))
        shown = msgspec.json.decode(alarm.wait_for("alarm_fact")[0].body.content, type=views.Alarm)
        assert (shown.camera, shown.frame_id) == ("gate", lease.frame_id)
        assert shown.sentence.endswith("The same happened on 3 other cameras at that time.")
        assert len(alarm.rows("SELECT * FROM alarms")) == 1
        assert [it["frame_id"] for it in lines(alarm, "joined to an alarm")] == names
        roots = alarm.rows("SELECT DISTINCT root FROM frames")
        assert [it["root"] for it in roots] == [lease.root], "kept for as long as the alarm's"
        assert len(alarm.look(partial(list_files, frame_id=names[0]))) == 6, "with all of theirs"


def test_the_same_verdict_again_records_nothing_twice(tmp_path: Path) -> None:
    """And what is taken back is taken back for all, with a word of how many."""
    with serving(tmp_path) as alarm:
        lease, _ = lay_item(alarm, tmp_path)
        for _ in range(3):
            alarm.answer(alarm.decide(lease, "clear"))
        assert len(lines(alarm, "joined verdict")) == 3
        alarm.answer(alarm.decide(lease, route="undo"))
        assert lines(alarm, "verdict undone") == [{"attempt": 1, "joined": 3}]
        alarm.answer(alarm.decide(lease, "suspicious"))
        told = [(it.body.verdict, len(it.body.joined)) for it in alarm.wait_for("decided", 3)]
        assert told == [("clear", 3), ("undone", 3), ("suspicious", 3)]


@pytest.mark.parametrize("content", [None, b"{}", b'{"frames": []}'])
def test_without_the_list_that_the_lease_names_the_verdict_is_about_one_frame(
    tmp_path: Path, content: bytes | None
) -> None:
    """Nobody's word is taken for the others: assignment hears so, and asks about them again."""
    with serving(tmp_path) as alarm:
        lease, _ = lay_item(alarm, tmp_path)
        path = tmp_path / "assignment" / "frames" / lease.frame_id / "joined.json"
        path.unlink() if content is None else path.write_bytes(content)
        assert alarm.answer(alarm.decide(lease, "clear")).status == 200
        assert alarm.wait_for("decided")[0].body.joined == ()
        assert lines(alarm, "joined verdict") == []


def test_a_picture_that_is_another_one_is_recorded_and_said(tmp_path: Path) -> None:
    """The decision stands, its evidence is missing, and the ledger says which."""
    with serving(tmp_path) as alarm:
        lease, names = lay_item(alarm, tmp_path)
        path = tmp_path / "assignment" / "frames" / names[1] / "frame.jpg"
        path.write_bytes(b"\xff\xd8 another one")
        alarm.answer(alarm.decide(lease, "clear"))
        assert len(lines(alarm, "joined verdict")) == 3
        assert [list(it) for it in lines(alarm, "evidence missing")] == [[names[1]]]


def test_a_lease_of_before_is_believed_as_ever(tmp_path: Path) -> None:
    """One that names no list is about one frame."""
    with serving(tmp_path) as alarm:
        lease = attrs.evolve(alarm.lease(), joined_sha256="")
        assert alarm.answer(alarm.decide(lease, "clear")).status == 200
        assert alarm.wait_for("decided")[0].body.joined == ()
