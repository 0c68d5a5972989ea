"""One decision about many cameras, in a real browser."""

from collections.abc import Iterator

import attrs
import pytest
from playwright.sync_api import Browser, expect

from testing.console.pictures import plain_cases
from testing.console.server import serving
from testing.console.site import Site
from testing.console.spotter_browser import SpotterBrowser
from tests.spotter_web.console.conftest import Opener

OTHERS = tuple(f"hall-{number:03}" for number in range(186))
WORDS = (
    "The light changed on 187 cameras within 40 s. On this one: 83 % of the picture changed"
    " suddenly, it is darker now."
)


@pytest.fixture
def site() -> Site:
    """Give a site whose first frame is one of many, and whose others are not."""
    first, *rest = plain_cases()
    return Site((attrs.evolve(first, cause="light", words=WORDS, joined=OTHERS), *rest))


def test_the_page_says_how_many_cameras_a_decision_is_about(sit_down: Opener) -> None:
    """In words beside the frame, with every camera's picture by its name (R30)."""
    desk = sit_down()
    desk.await_frame()
    page = desk.page
    expect(page.locator(".why")).to_have_text(WORDS)
    box = page.locator(".panel .joined")
    expect(box.locator("h2")).to_have_text("One decision for 187 cameras, within 40 s")
    expect(box.locator(".joined-why")).to_have_text(
        "Clear and Unsure count for every one of them. Suspicious raises one alarm, about camera-0,"
        " and names the others."
    )
    expect(box.locator(".joint")).to_have_count(len(OTHERS))
    expect(box.locator(".joint span").first).to_have_text("hall-000")
    assert desk.errors == []


def test_in_doubt_they_are_seen_one_after_the_other(sit_down: Opener, site: Site) -> None:
    """Each large, with its name; the decision is about all of them still."""
    desk = sit_down()
    desk.await_frame()
    page, mark = desk.page, desk.page.locator(".mark")
    expect(page.locator(".joint")).to_have_count(len(OTHERS))
    page.keyboard.press("ArrowDown")
    expect(mark).to_contain_text("hall-000")
    page.keyboard.press("ArrowDown")
    expect(mark).to_contain_text("hall-001")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(mark).to_be_hidden()
    page.locator(".joint").nth(3).hover()
    expect(mark).to_contain_text("hall-003")
    desk.press("c")
    desk.until(lambda: site.standing == {"1-1": "clear"})
    assert desk.errors == []


def test_a_frame_alone_says_nothing_of_others(sit_down: Opener) -> None:
    """And the list of those before it is gone."""
    desk = sit_down()
    desk.await_frame()
    expect(desk.page.locator(".joint")).to_have_count(len(OTHERS))
    desk.press("c")
    expect(desk.page.locator(".panel .joined")).to_be_hidden()
    expect(desk.page.locator(".joint")).to_have_count(0)


def test_a_list_that_can_not_be_had_is_said(sit_down: Opener, site: Site) -> None:
    """Nobody takes silence for "these are all"."""
    site.refusals["joined"] = 503
    desk = sit_down()
    desk.await_frame()
    expect(desk.page.locator(".joined-why")).to_contain_text("cannot be listed now")


def test_history_and_alarm_name_the_cameras(sit_down: Opener, site: Site) -> None:
    """Each of their pictures can be opened later (R27)."""
    desk = sit_down()
    desk.await_frame()
    desk.press("s")
    desk.until(lambda: site.standing == {"1-1": "suspicious"})
    desk.open("/history")
    row = desk.page.locator(".entry").first
    expect(row).to_contain_text("With 186 other cameras")
    row.locator(".entry-picture").click()
    expect(desk.page.locator("dialog .joint")).to_have_count(len(OTHERS))
    desk.open("/alarms")
    desk.page.get_by_role("button", name="Show the 186 other cameras").click()
    expect(desk.page.locator(".alarm .joint")).to_have_count(len(OTHERS))
    assert desk.errors == []


@pytest.fixture
def seated(site: Site) -> Iterator[str]:
    """Serve the site for desks of several sizes."""
    with serving(site) as address:
        yield address


@pytest.mark.parametrize("width", [1440, 390])
def test_the_list_leaves_the_picture_and_the_decisions_where_they_are(
    browser: Browser, site: Site, seated: str, width: int
) -> None:
    """On a desk and on a phone."""
    desk = SpotterBrowser(browser, seated, site, viewport={"width": width, "height": 860})
    desk.open("/")
    desk.await_frame()
    expect(desk.page.locator(".joint")).to_have_count(len(OTHERS))
    for part in (".well", ".decision.clear"):
        box = desk.page.locator(part).bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 860
        assert box["height"] > 40
    desk.close()
