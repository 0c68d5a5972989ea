"""What a page can see of a test frame before it decided, beside what it sees of others (R35).

The test frames come from the alarm stage as it runs, and go through assignment as it runs.
"""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import msgspec
import numpy as np
import pytest
from PIL import Image, ImageDraw

from seda.messages import Mark, ScoredFacts
from stages.http_reply.frames import Frames
from tests.stages.alarm.serving import CARL, RunningAlarmStage, SentEvent, serving
from tests.stages.assignment.running_stage import (
    RunningStage,
    Shown,
    facts_of,
    running,
    settings_with,
)

_LONG = 0.6123456789012345
_MARK = Mark("moving", 0.5, 0.5, (1, 2, 3))
_STRIP_S = (-2.5, -1.7, -0.9, 0.9, 1.7)


def jpeg(side_px: tuple[int, int] = (640, 384), *, has_thing: bool = False) -> bytes:
    """Make a picture of a street, with somebody in it or not."""
    image = Image.linear_gradient("L").resize(side_px).convert("RGB")
    if has_thing:
        ImageDraw.Draw(image).rectangle((500, 200, 540, 320), fill="white")
    file = io.BytesIO()
    image.save(file, "jpeg")
    return file.getvalue()


def confirmed(alarm: RunningAlarmStage, folder: Path) -> SentEvent:
    """Have a frame decided that has all that a frame may have, and made a test frame."""
    lease = alarm.lease()
    kept = folder / "assignment" / "frames" / lease.frame_id
    facts = facts_of("gate", _LONG, 1, captured_s=1000.0004, words="Kept words.", mark=_MARK)
    (kept / "facts.json").write_bytes(msgspec.json.encode(facts))
    alarm.answer(alarm.decide(lease, "clear"))
    form = {"frame_id": lease.frame_id, "is_target": False}
    assert alarm.ask("confirm_test_frame", CARL, form).status == 201
    return alarm.heard("test_frame")[0]


def uploaded(alarm: RunningAlarmStage, _: Path) -> SentEvent:
    """Upload a picture with somebody in it."""
    query = {"camera": "gate", "is_target": "true", "threat": "0.6"}
    answer = alarm.ask("upload_test_frame", CARL, query=query, content=jpeg(has_thing=True))
    assert answer.status == 201, answer.view
    return alarm.heard("test_frame")[0]


@pytest.fixture(params=[confirmed, uploaded])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SentEvent]:
    """Yield a test frame as the alarm stage tells of it."""
    with serving(tmp_path / "alarm") as alarm:
        alarm.watch()
        yield request.param(alarm, tmp_path / "alarm")


def shape_of(value: Any) -> Any:
    """Return what is there and of which type; of a list the first stands for all."""
    if isinstance(value, dict):
        return {name: shape_of(it) for name, it in value.items()}
    if isinstance(value, list):
        return [shape_of(it) for it in value[:1]]
    return type(value).__name__


def seen(place: RunningStage, shown: Shown) -> dict[str, Any]:
    """Return all that tells frames apart for who has a lease, but for what they show."""
    frames = Frames(place.directory / "frames")
    frame_id = shown.lease.frame_id
    frame = dict(shown.frame)
    return {
        "headers": [name for name, _ in shown.answer.headers],
        "facts": shape_of(frame),
        "name": len(frame_id),
        "root": shown.lease.root == frame_id,
        "lease": shape_of(attrs.asdict(shown.lease)),
        "mark": len(shown.lease.mark.pattern),
        "band fits": "Nothing unusual" in frame["words"] and frame["band"] != "ordinary",
        "has words": bool(frame["words"]),
        "digits": len(repr(frame["threat"])) > 10,
        "digits of time": len(repr(frame["captured_s"])) > 14,
        "pictures": {
            name: frames.picture(frame_id, name) is not None for name in ("heat.png", "usual.jpg")
        },
        "strip": bool(frames.strip(frame_id)),
        "camera": frames.camera(frame_id),
    }


def take_both(
    place: RunningStage, said: SentEvent, ring_s: tuple[float, ...]
) -> tuple[Shown, Shown]:
    """Have a page take a real frame and then the test frame."""
    assert place.settle(
        place.submit("test_frame", said.key, said.body, said.payloads)
    ).outcome == "done"  # fmt: skip
    captured_s = time.time()
    place.store("gate", *(captured_s + it for it in ring_s))
    problems = ("A rule is broken.",)
    place.add("gate", _LONG, captured_s=captured_s, mark=_MARK, problems=problems)
    first = place.take("anna", "page-of-anna")
    folder = place.directory / "frames" / first.lease.frame_id
    if ring_s:
        place.wait(lambda: list(folder.glob("strip-*.jpg")))
    place.decide(first)
    return first, take_known(place, said, "anna")


def take_known(place: RunningStage, said: SentEvent, person: str) -> Shown:
    """Have a page decide real frames until it gets the test frame."""
    for _ in range(5):
        place.add("yard", 0.1)
        shown = place.take(person, f"page-of-{person}")
        if shown.lease.frame_id == said.body.frame_id:
            return shown
        place.decide(shown)
    raise AssertionError("the test frame never came")


def test_nothing_tells_a_test_frame_before_it_is_decided(tmp_path: Path, told: SentEvent) -> None:
    """Headers, facts, pictures, words and digits are those of others, and the strip is there."""
    with running(tmp_path / "place", settings_with(test_every=1)) as place:
        assert any(name.startswith("strip") for name in told.body.pictures)
        first, known = take_both(place, told, _STRIP_S)
        assert first.lease.frame_id != known.lease.frame_id == told.body.frame_id
        assert seen(place, known) == seen(place, first)
        assert known.frame["problems"] == first.frame["problems"]
        facts = told.body.facts
        assert isinstance(facts, ScoredFacts)
        assert (known.frame["words"], known.frame["cause"]) == (facts.words, facts.cause)
        assert known.picture == told.payloads[0]


def test_a_test_frames_strip_comes_at_the_times_that_are_shown(tmp_path: Path) -> None:
    """What seems to lie ahead is not there yet; the next one who sees it gets other times."""
    with serving(tmp_path / "alarm") as alarm:
        said = confirmed(alarm, tmp_path / "alarm")
    with running(tmp_path / "place", settings_with(test_every=1)) as place:
        _, known = take_both(place, said, ())
        shown_ms = round(known.frame["captured_s"] * 1000)
        frames = Frames(place.directory / "frames")

        def offsets() -> list[int]:
            return [
                round(it.captured_s * 1000) - shown_ms for it in frames.strip(said.body.frame_id)
            ]

        assert round(offsets()[0], -1) == -1000
        place.wait(lambda: len(offsets()) == 2)
        assert [round(it, -1) for it in offsets()] == [-1000, 1000]
        place.decide(known)
        again = take_known(place, said, "bert")
        place.wait(lambda: len(frames.strip(said.body.frame_id)) == 2)
        moved_ms = round(again.frame["captured_s"] * 1000) - shown_ms
        assert [round(it - moved_ms, -1) for it in offsets()] == [-1000, 1000]


def test_an_uploaded_picture_is_explained(tmp_path: Path) -> None:
    """Hot where it differs from the usual view, with a box and a place in words."""
    with serving(tmp_path / "alarm") as alarm:
        alarm.watch()
        said = uploaded(alarm, tmp_path)
        facts = said.body.facts
        assert facts.words == (
            "Looks like a person walking, which is unusual here, on the right of the picture."
        )
        (box,) = facts.boxes
        assert (box.left < 500 / 640 < 540 / 640 < box.right, box.label) == (
            True,
            "a person walking",
        )
        heat = np.asarray(Image.open(io.BytesIO(said.payloads[1])))
        assert heat.shape == (28, 48)
        assert heat[20, 39] > 100
        assert heat[5, 5] < 20
        assert re.fullmatch(r"0\.(59|60)\d{5,}|0\.61\d{5,}", repr(facts.threat))


def test_an_uploaded_pictures_strip_is_taken_as_the_cameras_strips_are(tmp_path: Path) -> None:
    """At the times of its newest one, in the same size, and no two pictures are the same."""
    with serving(tmp_path / "alarm") as alarm:
        alarm.watch()
        [folder] = (tmp_path / "alarm" / "assignment" / "frames").iterdir()
        (folder / "facts.json").write_text('{"camera": "gate", "captured_s": 500.0}')
        for at_s in _STRIP_S:
            (folder / f"strip-{round((500 + at_s) * 1000)}.jpg").touch()
        said = uploaded(alarm, tmp_path)
        captured_s = said.body.facts.captured_s
        names = [name for name in said.body.pictures if name.startswith("strip-")]
        times_s = [int(name[6:-4]) / 1000 - captured_s for name in names]
        assert sorted(times_s) == pytest.approx(_STRIP_S)
        assert {Image.open(io.BytesIO(it)).size for it in said.payloads[3:]} == {(640, 384)}
        assert len({said.payloads[0], *said.payloads[3:]}) == 1 + len(_STRIP_S)
