"""Test frames and second opinions as people meet them in their browsers, with all that runs."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.console.conftest import Desks, add_people, desks_before
from tests.end_to_end.console.system import running
from tests.end_to_end.console.test_console import (
    PATIENCE_MS,
    await_frame,
    await_verdicts,
    decide,
    verdicts,
)

pytestmark = pytest.mark.slow

WATCH = """\
second_threat = 1.0
second_clear_share = 0.0
test_every = 2
undo_s = 1.0
"""
"""Who is unsure has somebody else asked; of two frames one is a test frame, if there is one."""
DECISIONS_MAX = 60


@pytest.fixture(scope="module")
def own_desks(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Desks]:
    """Give browsers before a system of its own."""
    with running(tmp_path_factory.mktemp("looks"), WATCH) as system:
        add_people(system)
        with desks_before(system, chromium) as found:
            yield found


def with_somebody(page: Page, address: str, camera: str, folder: Path) -> Path:
    """Keep a picture of this camera in which somebody stands."""
    answer = page.request.get(f"{address}/api/v1/cameras/{camera}/picture")
    image = Image.open(io.BytesIO(answer.body())).convert("RGB")
    left, top = image.width * 0.6, image.height * 0.4
    draw = ImageDraw.Draw(image)
    draw.rectangle((left, top, left + image.width * 0.05, top + image.height * 0.3), "black")
    path = folder / "somebody.jpg"
    image.save(path, "JPEG")
    return path


def test_a_test_frame_comes_as_any_other_and_is_told_after_the_decision(
    own_desks: Desks, tmp_path: Path
) -> None:
    """A supervisor adds it, a spotter misses it, is shown it, and it counts (R35)."""
    anna, carla = own_desks.sign_in("anna"), own_desks.sign_in("carla", "/test-frames")
    await_frame(anna)
    camera = anna.inner_text(".facts .camera")
    carla.select_option("#camera", camera)
    picture = with_somebody(carla, own_desks.system.address, camera, tmp_path)
    carla.set_input_files("#file", picture)
    carla.get_by_role("button", name="Add").click()
    expect(carla.locator(".known-frame")).to_contain_text("Something is there")
    debrief = anna.locator(".debrief")
    for _ in range(DECISIONS_MAX):
        expect(anna.locator(".facts")).not_to_contain_text("test", ignore_case=True)
        decide(anna, "c")
        if debrief.count():
            break
    expect(debrief).to_contain_text("That was a test frame")
    expect(debrief).to_contain_text("suspicious was right")
    expect(debrief.locator("canvas")).to_be_visible()
    carla.reload()
    expect(carla.locator(".known-frame")).to_contain_text("Decided 1 time")


def test_who_is_unsure_has_somebody_else_asked_who_is_told_nothing(own_desks: Desks) -> None:
    """The same frame comes to another person as any other, and both verdicts stand."""
    anna, ben = own_desks.sign_in("anna"), own_desks.sign_in("ben")
    known = {one["lease_id"] for one in verdicts(anna, "?limit=200")}
    decide(anna, "u")
    mine = new(anna, "anna", known)
    [frame_id] = [one["frame_id"] for one in mine if one["verdict"] == "unsure"][:1]
    for _ in range(DECISIONS_MAX):
        decide(ben, "c")
        if frame_id in [one["frame_id"] for one in verdicts(ben, "?limit=200")]:
            break
    watcher = own_desks.sign_in("carla", "/history")
    both = [one for one in verdicts(watcher, "?limit=200") if one["frame_id"] == frame_id]
    assert {(one["person"], one["verdict"]) for one in both} == {
        ("anna", "unsure"),
        ("ben", "clear"),
    }


def new(page: Page, person: str, known: set[str]) -> list[dict[str, Any]]:
    """Wait for a decision of somebody that was not there before; the newest comes first."""
    for _ in range(PATIENCE_MS // 200):
        found = [it for it in await_verdicts(page, person, 1) if it["lease_id"] not in known]
        if found:
            return found
        page.wait_for_timeout(200)
    raise AssertionError(f"{person} has decided nothing")
