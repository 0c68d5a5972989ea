"""People in front of the console of a running system: real stages, cameras that are rendered."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from testing.console.accessibility import assert_accessible
from testing.console.pages import PAGES
from tests.end_to_end.console.conftest import Desks
from tests.end_to_end.console.system import CAMERAS, System

pytestmark = pytest.mark.slow

COUNT_KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('seda.kept.')).length"
FRAME = ".facts .camera:not(:empty)"
BOUNCE_MS = 200
PATIENCE_MS = 60_000
"""A detector that has only just begun, on a machine that does other things too."""
expect.set_options(timeout=PATIENCE_MS)


def await_frame(page: Page) -> None:
    page.wait_for_selector(FRAME)
    page.wait_for_timeout(BOUNCE_MS)


def decide(page: Page, key: str, count: int = 1) -> None:
    for _ in range(count):
        await_frame(page)
        page.keyboard.press(key)


def verdicts(page: Page, query: str = "") -> list[dict[str, Any]]:
    found = page.evaluate(f"fetch('/api/v1/verdicts{query}').then((answer) => answer.json())")
    entries: list[dict[str, Any]] = found["entries"]
    return entries


def await_verdicts(page: Page, person: str, count: int) -> list[dict[str, Any]]:
    """Wait until so many decisions of somebody stand in the store."""
    for _ in range(PATIENCE_MS // 200):
        mine = [one for one in verdicts(page, "?limit=200") if one["person"] == person]
        if len(mine) >= count:
            return mine
        page.wait_for_timeout(200)
    raise AssertionError(f"{person} has {len(mine)} decisions, not {count}")


def test_a_one_time_link_leads_to_a_frame(desks: Desks, system: System) -> None:
    """The first person comes in without a password, and the secret leaves the address."""
    page = desks.open()
    page.goto(system.seda("user", "link", "dora"))
    await_frame(page)
    assert "link" not in page.url
    assert page.inner_text(".facts .camera") in CAMERAS


def test_deciding_by_keyboard_is_in_the_store(desks: Desks) -> None:
    """Frame by frame, and each picture that was decided is kept (R1, R26, R30, R35)."""
    page = desks.sign_in("anna")
    decide(page, "c", 5)
    mine = await_verdicts(page, "anna", 5)
    assert {one["verdict"] for one in mine[:5]} == {"clear"}
    status = page.evaluate(
        "(id) => fetch(`/api/v1/frames/${id}`).then((answer) => answer.status)", mine[0]["frame_id"]
    )
    assert status == 200


def test_suspicious_is_an_alarm_at_once(desks: Desks) -> None:
    """On the page of whoever acts on it, until they end it (R27)."""
    supervisor = desks.sign_in("carla", "/alarms")
    spotter = desks.sign_in("anna")
    await_frame(spotter)
    camera = spotter.inner_text(".facts .camera")
    spotter.keyboard.press("s")
    card = supervisor.locator(".alarm", has_text="raised by anna").last
    expect(card).to_contain_text(camera)
    card.get_by_role("button", name="Acknowledge").click()
    expect(card).to_have_attribute("data-state", "acknowledged")
    card.get_by_role("button", name="Resolve").click()
    card.get_by_label("False alarm").check()
    card.get_by_role("button", name="Resolve").last.click()
    expect(card).to_have_attribute("data-state", "resolved")


def test_undo_brings_the_frame_back(desks: Desks) -> None:
    """And what is decided then stands."""
    page = desks.sign_in("ben")
    await_frame(page)
    before = len(verdicts(page, "?limit=200"))
    shown = page.inner_text(".facts .when .captured")
    decide(page, "c")
    await_verdicts(page, "ben", before + 1)
    page.keyboard.press("z")
    expect(page.locator(".facts .when .captured")).to_have_text(shown)
    page.wait_for_timeout(BOUNCE_MS)
    page.keyboard.press("u")
    last, first = await_verdicts(page, "ben", before + 2)[:2]
    assert last["lease_id"] == first["lease_id"]
    assert (first["verdict"], last["verdict"]) == ("clear", "unsure")
    assert first["undone_s"] is not None


def test_two_spotters_never_see_the_same_frame(desks: Desks) -> None:
    """However fast both decide (R28)."""
    anna, ben = desks.sign_in("anna"), desks.sign_in("ben")
    watcher = desks.sign_in("carla", "/history")
    before = {one["lease_id"] for one in verdicts(watcher, "?limit=200")}
    for _ in range(6):
        decide(anna, "c")
        decide(ben, "c")
    await_verdicts(watcher, "anna", 6)
    await_verdicts(watcher, "ben", 6)
    new = [one for one in verdicts(watcher, "?limit=200") if one["lease_id"] not in before]
    frames = [one["frame_id"] for one in new]
    assert len(frames) == len(set(frames))
    assert {one["person"] for one in new} == {"anna", "ben"}


def test_decisions_made_offline_are_sent_once(desks: Desks) -> None:
    """When the connection is back; meanwhile nothing looks live."""
    page = desks.sign_in("ben")
    await_frame(page)
    page.wait_for_timeout(1500)
    before = len([one for one in verdicts(page, "?limit=200") if one["person"] == "ben"])
    page.context.set_offline(True)
    for _ in range(50):  # a frame that has only just come takes no key yet
        if page.evaluate(COUNT_KEPT):
            break
        page.keyboard.press("c")
        page.wait_for_timeout(BOUNCE_MS)
    expect(page.locator(".notice")).to_contain_text("1 decision is kept")
    page.context.set_offline(False)
    await_verdicts(page, "ben", before + 1)
    expect(page.locator(".notice")).to_have_count(0)
    await_frame(page)
    assert (
        len([one for one in verdicts(page, "?limit=200") if one["person"] == "ben"]) == before + 1
    )


def test_on_a_phone_a_thumb_decides(desks: Desks) -> None:
    """With decisions at the bottom."""
    page = desks.sign_in(
        "anna", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    await_frame(page)
    before = len([one for one in verdicts(page, "?limit=200") if one["person"] == "anna"])
    page.tap(".decision.clear")
    await_verdicts(page, "anna", before + 1)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_of_the_running_system_passes_axe(
    desks: Desks, system: System, theme: str
) -> None:
    """With what it says itself."""
    page = desks.open(color_scheme=theme)
    page.goto(system.seda("user", "link", "dora"))
    await_frame(page)
    for name, path in PAGES.items():
        page.goto(system.address + path)
        page.wait_for_selector(FRAME if name == "watch" else "main h1:visible")
        page.wait_for_load_state("load")
        assert_accessible(page, name)


def test_what_a_closed_browser_held_goes_to_somebody_else(desks: Desks, system: System) -> None:
    """Without waiting for its lease to run out."""
    ben = desks.sign_in("ben")
    await_frame(ben)
    ben.wait_for_timeout(1500)
    system.stop_cameras()
    try:
        anna = desks.sign_in("anna")
        words = anna.locator(".instead h1", has_text="No frame for you now")
        while not words.is_visible():
            if anna.locator(FRAME).count():
                anna.keyboard.press("c")
            anna.wait_for_timeout(BOUNCE_MS)
        ben.context.close()
        await_frame(anna)
    finally:
        system.start_cameras()
