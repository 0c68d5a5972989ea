"""Pictures of every page for a person to look at, in tests/screenshots: themes, desk and phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from testing.console.desk import Desk
from testing.console.pictures import rendered_cases
from testing.console.populate import populate
from testing.console.server import serving
from testing.console.site import Site
from tests.spotter_web.console.test_access import PAGES, READY, SIZES

FOLDER = Path(__file__).parents[2] / "screenshots"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def evening() -> Iterator[tuple[str, Site]]:
    """Serve what an evening leaves, with pictures as the demo cameras show them."""
    site = Site(rendered_cases(passes=1))
    populate(site)
    FOLDER.mkdir(exist_ok=True)
    with serving(site) as address:
        yield address, site


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_has_its_picture_taken(
    browser: Browser, evening: tuple[str, Site], theme: str, size: str
) -> None:
    """And moves nothing about while it comes."""
    desk = Desk(browser, *evening, viewport=SIZES[size], color_scheme=theme)
    for name, path in PAGES.items():
        desk.open(path)
        expect(desk.page.locator(READY[name]).first).to_be_visible()
        _await_pictures(desk.page)
        _take(desk, f"{name}-{theme}-{size}")
    assert desk.errors == []
    desk.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_happens_on_watch_has_its_picture_taken(
    browser: Browser, evening: tuple[str, Site], theme: str, size: str
) -> None:
    """What is beside the frame, what is held, what goes wrong, what there is to read."""
    desk = Desk(browser, *evening, viewport=SIZES[size], color_scheme=theme)
    site, page = desk.site, desk.page
    desk.open("/")
    desk.await_frame()
    page.wait_for_selector(".scrub:enabled")
    page.keyboard.down("h")
    _take(desk, f"heat-{theme}-{size}")
    page.keyboard.up("h")
    desk.press("v")
    page.wait_for_selector(".view.live img:not([hidden])")
    _take(desk, f"beside-{theme}-{size}")
    desk.press("v")
    desk.press("?")
    _take(desk, f"keys-{theme}-{size}")
    page.keyboard.press("Escape")
    site.known.update(site.leases)
    desk.press("c")
    page.wait_for_selector(".debrief")
    _take(desk, f"debrief-{theme}-{size}")
    with site.away():
        desk.press("c")
        page.wait_for_selector(".notice")
        _take(desk, f"lost-{theme}-{size}")
    site.is_endless, site.left = False, 0
    page.wait_for_selector(".notice", state="detached")
    while page.locator(".instead").is_hidden():
        desk.press("c")
    page.wait_for_selector(".tile img:not([hidden])")
    _take(desk, f"nothing-{theme}-{size}")
    site.is_endless = True
    desk.close()


def _take(desk: Desk, name: str) -> None:
    desk.page.screenshot(path=str(FOLDER / f"{name}.png"))


def _await_pictures(page: Page) -> None:
    page.wait_for_function(
        "[...document.images].every((one) => one.hidden || one.loading === 'lazy' || one.complete)"
    )
