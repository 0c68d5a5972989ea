"""One change of light on two hundred cameras, through the real stage."""

import json
from hashlib import sha256
from pathlib import Path

import msgspec

from conf.schema import Camera, Settings, Watch
from seda.codec import encode_body
from seda.decisions import Decided, JoinedFrames
from tests.stages.assignment.running_stage import JPEG, RunningStage, Shown, running

CAMERAS = [f"cam{number:03}" for number in range(200)]
LIGHT = "83 % of the picture changed suddenly, it is darker now."


def settings_of_many() -> Settings:
    cameras = tuple(Camera(name, "hidden") for name in CAMERAS)
    return Settings(camera=cameras, watch=Watch(test_every=0, second_clear_share=0.0))


def darken(place: RunningStage, cameras: list[str], began_s: float) -> None:
    """Let the light change on these cameras, one after the other within 40 s of their clocks."""
    for number, camera in enumerate(cameras):
        at_s = began_s + 40.0 * number / max(1, len(cameras) - 1)
        place.add(camera, 0.95, cause="light", words=LIGHT, captured_s=at_s)


def listed(place: RunningStage, shown: Shown) -> JoinedFrames:
    """Read the list beside a frame, which is what its lease names."""
    content = (place.directory / "frames" / shown.lease.frame_id / "joined.json").read_bytes()
    assert sha256(content).hexdigest() == shown.lease.joined_sha256
    return msgspec.json.decode(content, type=JoinedFrames)


def test_one_change_of_light_on_two_hundred_cameras_is_one_item(tmp_path: Path) -> None:
    """It says how many and how fast, is below the top band, and names every frame (R30, R31).

    The camera that was covered in the same minute stands alone, and first.
    """
    with running(tmp_path, settings_of_many()) as place:
        darken(place, CAMERAS[:100], 1000.0)
        place.add("cam150", 0.95, cause="overall", words="The lens may be covered.")
        darken(place, [*CAMERAS[100:150], *CAMERAS[151:]], 1000.0)
        covered = place.take("anna", "page-of-anna")
        assert covered.frame["camera"] == "cam150"
        assert (covered.frame["band"], covered.frame["joined"]) == ("alarming", None)
        asked = place.ask("bert", "page-of-bert", wait="50")
        item = place.shown(place.answered(asked), asked)
        assert item.frame["joined"] == {"cameras": 199, "within_s": 40.0}
        assert item.frame["words"] == (
            f"The light changed on 199 cameras within 40 s. On this one: {LIGHT}"
        )
        assert (item.frame["band"], item.lease.band) == ("unusual", "unusual")
        others = listed(place, item).frames
        assert sorted([item.lease.camera, *(it.camera for it in others)]) == [
            camera for camera in CAMERAS if camera != "cam150"
        ]
        for one in others:
            folder = place.directory / "frames" / one.frame_id
            assert sha256((folder / "frame.jpg").read_bytes()).hexdigest() == one.sha256
            assert json.loads((folder / "facts.json").read_text())["threat"] == 0.95
        decide(place, item)
        assert place.status(place.ask("carl", "page-of-carl")) == 204


def decide(place: RunningStage, item: Shown) -> None:
    """Tell of a verdict that is recorded for all of an item."""
    joined = tuple(it.frame_id for it in listed(place, item).frames)
    body = Decided(item.lease.lease_id, "clear", 1, item.lease.frame_id, "bert", joined)
    assert len(encode_body(body)) < 48 * 1024, "it has to fit a datagram"
    place.settle(place.submit("decided", item.lease.lease_id, body))


def test_an_item_outlives_the_process_that_gave_it(tmp_path: Path) -> None:
    """Who held it is asked about it again, all of it, and their verdict closes all of it."""
    with running(tmp_path) as place:
        for camera in ("gate", "yard", "dock", "roof", "hall"):
            place.add(camera, 0.95, cause="light", words=LIGHT, captured_s=1000.0)
        place.kill_handler()
        asked = place.ask("anna", "page-of-anna", wait="50")
        item = place.shown(place.answered(asked), asked)
        assert item.frame["joined"] == {"cameras": 5, "within_s": 1.0}
        place.kill_handler()
        again = place.take("anna", "page-of-anna")
        assert again.lease == item.lease
        assert again.picture == JPEG
        decide(place, again)
        assert place.status(place.ask("bert", "page-of-bert")) == 204


def test_live_hears_that_one_item_waits(tmp_path: Path) -> None:
    """Also while it is held back, so that nothing waits without being counted."""
    with running(tmp_path) as place:
        for camera in ("gate", "yard", "dock", "roof"):
            place.add(camera, 0.95, cause="light", words=LIGHT, captured_s=1000.0)
        facts = place.waiting_facts(lambda it: it.camera == "roof" and it.joined)
        assert {(it.frames, it.worst) for it in facts if it.joined} == {(0, 0.7)}
        assert len({it.joined for it in facts if it.joined}) == 1
