"""Test frames through the stage's real process: added, slipped in, debriefed, withdrawn."""

import io
import re
from pathlib import Path

import attrs
import pytest
from PIL import Image

from stages.alarm.replies import Invalid
from stages.alarm.uploads.jpeg_upload import SIDE_PX_MAX, clean_jpeg
from store.evidence import Evidence
from store.file.places import evidence_directory
from store.frames import find_files, list_files
from testing.films import media
from tests.stages.alarm.serving import CARL, PICTURE, ClientAnswer, RunningAlarmStage, serving


def jpeg(width_px: int = 64, height_px: int = 48, **options: object) -> bytes:
    """Make a picture."""
    file = io.BytesIO()
    gradient = Image.linear_gradient("L").resize((width_px, height_px)).convert("RGB")
    gradient.save(file, "jpeg", **options)
    return file.getvalue()


def upload(alarm: RunningAlarmStage, content: bytes, **more: object) -> ClientAnswer:
    """Add a picture that shows something."""
    query = {"camera": "gate", "is_target": "true", "threat": "0.9", **more}
    return alarm.ask("upload_test_frame", CARL, query=query, content=content)


def test_an_uploaded_picture_is_slipped_in_and_debriefed(tmp_path: Path) -> None:
    """Its verdict is told at once whether it was right, teaches nothing and raises nothing."""
    with serving(tmp_path) as alarm:
        alarm.watch()
        answer = upload(alarm, jpeg())
        assert answer.status == 201
        (told,) = alarm.heard("test_frame")
        frame_id = answer.view["frame_id"]
        assert (told.key, told.body.frame_id, told.body.threat) == ("gate", frame_id, 0.9)
        assert Image.open(io.BytesIO(told.payloads[0])).size == (64, 48)
        for lease_id, verdict, is_right in (
            ("g-1", "suspicious", True),
            ("g-2", "unsure", True),
            ("g-3", "clear", False),
        ):
            lease = alarm.lease(lease_id, frame_id)
            decided = alarm.answer(alarm.decide(lease, verdict))
            assert decided.view["debrief"] == {"is_target": True, "is_right": is_right}
            assert decided.view["alarm_id"] is None
        refused = alarm.answer(alarm.decide(lease, route="undo"))
        assert (refused.status, "test frame" in refused.view["error"]) == (409, True)
        alarm.wait_for("decided", 3)
        assert alarm.heard("lesson") == alarm.heard("alarm_fact") == []
        assert alarm.rows("SELECT * FROM alarms") == []


def test_test_frames_are_told_again_at_a_start_and_withdrawn(tmp_path: Path) -> None:
    """So that assignment has them whatever it lost; one that is withdrawn is told as such."""
    with serving(tmp_path) as alarm:
        alarm.watch()
        first = upload(alarm, jpeg()).view["frame_id"]
        second = upload(alarm, jpeg(80, 60)).view["frame_id"]
        gone = [
            alarm.ask("withdraw_test_frame", CARL, path={"frame_id": it}).status
            for it in (first, first, "nothing")
        ]
        assert gone == [204, 204, 404]
        alarm.said.clear()
        alarm.restart()
        told = [(it.body.frame_id, it.body.is_withdrawn) for it in alarm.wait_for("test_frame", 2)]
        assert told == [(first, True), (second, False)]


def test_a_decided_frame_becomes_one_under_another_name(tmp_path: Path) -> None:
    """With its heat map and strip; its picture is one test frame at most."""
    with serving(tmp_path) as alarm:
        lease = alarm.lease()
        form = {"frame_id": lease.frame_id, "is_target": False}
        assert alarm.ask("confirm_test_frame", CARL, form).status == 404
        alarm.answer(alarm.decide(lease, "clear"))
        answer = alarm.ask("confirm_test_frame", CARL, form)
        frame_id = answer.view["frame_id"]
        assert (answer.status, answer.view["camera"], answer.view["threat"]) == (201, "gate", 0.8)
        assert frame_id != lease.frame_id
        (told,) = alarm.heard("test_frame")
        assert told.payloads[0] == PICTURE
        assert told.body.pictures == (
            *("frame.jpg", "heat.png", "usual.jpg"),
            *("strip-1001000.jpg", "strip-999000.jpg"),
        )
        assert len(alarm.look(lambda tx: list_files(tx, frame_id))) == 6
        assert alarm.ask("confirm_test_frame", CARL, form).status == 409


def damage_evidence(alarm: RunningAlarmStage, folder: Path, frame_id: str, name: str) -> Path:
    """Flip a bit in a file of a frame's evidence, so that no text is UTF-8 any more."""
    digest = alarm.look(lambda tx: find_files(tx, frame_id))[name]
    path = Evidence(evidence_directory(folder)).locate(digest)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x80
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["facts.json", "heat.png"])
def test_a_damaged_file_of_a_test_frame_is_left_out_and_named(tmp_path: Path, name: str) -> None:
    """The stage starts all the same, tells the rest, and says which file it is (R24)."""
    with serving(tmp_path) as alarm:
        lease = alarm.lease()
        alarm.answer(alarm.decide(lease, "clear"))
        form = {"frame_id": lease.frame_id, "is_target": False}
        frame_id = alarm.ask("confirm_test_frame", CARL, form).view["frame_id"]
        path = damage_evidence(alarm, tmp_path, frame_id, name)
        alarm.said.clear()
        alarm.restart()
        (told,) = alarm.wait_for("test_frame")
        assert told.body.facts is None
        assert ("heat.png" in told.body.pictures) == (name != "heat.png")
        assert str(path) in alarm.handler.next_line()
        alarm.wait(lambda: alarm.counts["unreadable_files"] > 0)


def test_a_test_frame_without_its_picture_is_not_shown(tmp_path: Path) -> None:
    """What is damaged would be judged wrongly; the others are told."""
    with serving(tmp_path) as alarm:
        alarm.watch()
        first = upload(alarm, jpeg()).view["frame_id"]
        second = upload(alarm, jpeg(80, 60)).view["frame_id"]
        damage_evidence(alarm, tmp_path, second, "frame.jpg")
        alarm.said.clear()
        alarm.restart()
        assert [it.body.frame_id for it in alarm.wait_for("test_frame")] == [first]
        alarm.wait(lambda: alarm.counts["unreadable_files"] > 0)
        assert len(alarm.heard("test_frame")) == 1


def test_damaged_facts_of_a_waiting_frame_do_not_hide_the_usual_view(tmp_path: Path) -> None:
    """An upload is compared with the newest frame of its camera that can be read."""
    with serving(tmp_path) as alarm:
        alarm.watch()
        broken = tmp_path / "assignment" / "frames" / "broken"
        broken.mkdir()
        (broken / "facts.json").write_bytes(b'{"camera": "g\xe1te"}')
        assert upload(alarm, jpeg()).status == 201
        assert str(broken / "facts.json") in alarm.handler.next_line()
        alarm.wait(lambda: alarm.counts["unreadable_files"] > 0)


def test_pictures_of_cameras_out_of_sight_are_refused(tmp_path: Path) -> None:
    """Of none that there is, and of none outside the scope."""
    with serving(tmp_path) as alarm:
        assert upload(alarm, jpeg(), camera="nowhere").status == 409
        assert upload(alarm, jpeg(), threat="2").status == 422
        assert upload(alarm, jpeg(), is_target="perhaps").status == 422
        unseen = upload(alarm, jpeg(), camera="yard")
        assert (unseen.status, "how yard usually looks" in unseen.view["error"]) == (409, True)
        alarm.watch()
        torn = upload(alarm, re.sub(rb"(?s)\xff\xdb\x00\x43.{65}", b"", jpeg()))
        assert (torn.status, "cannot be compared" in torn.view["error"]) == (422, True)
        narrow = attrs.evolve(CARL, scope=frozenset({"yard"}))
        query = {"camera": "gate", "is_target": "true"}
        answer = alarm.ask("upload_test_frame", narrow, query=query, content=jpeg())
        assert answer.status == 409
        assert alarm.heard("test_frame") == []


def test_what_is_no_picture_is_taken_out() -> None:
    """Places, thumbnails and comments go, and what hangs behind the end; the picture stays."""
    image = Image.new("RGB", (64, 48), "red")
    exif = image.getexif()
    exif[0x010E] = "the home address"
    plain, noted = jpeg(), jpeg(exif=exif, comment=b"a comment")
    cleaned = clean_jpeg(noted + b"<script>alert(1)</script>\xff\xd9")
    assert b"home address" in noted
    for word in (b"home address", b"comment", b"script", b"Exif"):
        assert word not in cleaned
    opened = Image.open(io.BytesIO(cleaned))
    assert opened.tobytes() == Image.open(io.BytesIO(plain)).tobytes()
    progressive = clean_jpeg(jpeg(progressive=True))
    assert Image.open(io.BytesIO(progressive)).size == (64, 48)


def test_a_picture_that_takes_too_long_to_decode_is_refused() -> None:
    """Thousands of scans are told to whoever uploads them, before anything is decoded."""
    with pytest.raises(Invalid, match="too long to decode"):
        clean_jpeg(media.scan_bomb(2000))


@pytest.mark.parametrize("length", range(0, 700, 7))
def test_a_picture_that_is_cut_off_is_refused(length: int) -> None:
    """Wherever it ends."""
    with pytest.raises(Invalid):
        clean_jpeg(jpeg()[:length])


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a",
        b"\xff\xd8\xff\xd9",
        jpeg(16, 16),
        jpeg(64, SIDE_PX_MAX + 1),
        jpeg().replace(b"\xff\xc0", b"\xff\xc3"),
        b"\xff\xd8" + b"\xff\xe0\x00\x00" * 9 + b"\xff\xd9",
    ],
)
def test_what_browsers_would_not_show_is_refused(content: bytes) -> None:
    """Other formats, no picture inside, sides out of bounds, lossless, lengths that lie."""
    with pytest.raises(Invalid):
        clean_jpeg(content)
