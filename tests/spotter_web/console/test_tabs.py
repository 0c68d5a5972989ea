"""Several tabs of one browser: they share what the browser has few of, and none depends on one."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from testing.console.site import Site
from testing.console.spotter_browser import CAMERA, SpotterBrowser
from tests.spotter_web.console.conftest import Opener

EIGHT = 8
NO_SHARED_WORKER = "delete self.SharedWorker"
NO_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })"
ALONE = f"{NO_SHARED_WORKER}; {NO_LOCKS}"
HUBS = {"worker": "", "channel": NO_SHARED_WORKER}
"""By what tabs share their hub: the script that makes a browser do so."""


def open_tabs(desk: SpotterBrowser, count: int) -> list[Page]:
    """Open tabs beside the first; each shows a frame."""
    tabs = [desk.page, *(desk.new_tab() for _ in range(count - 1))]
    for tab in tabs:
        tab.goto(desk.address)
        expect(tab.locator(f"{CAMERA}:not(:empty)")).to_be_visible()
    return tabs


def sit_with_tabs(sit_down: Opener, script: str, count: int) -> tuple[SpotterBrowser, list[Page]]:
    """Open a browser with several tabs, after a script that takes something from it."""
    desk = sit_down("/sign-in", session="")
    if script:
        desk.context.add_init_script(script)
    cookie = {"name": "seda_session", "value": "signed-in", "url": desk.address}
    desk.context.add_cookies([cookie])  # type: ignore[list-item]  # a dict is one, too
    return desk, open_tabs(desk, count)


def await_shared(desk: SpotterBrowser, site: Site, count: int) -> None:
    """Wait until one stream is the presence of so many pages, and one request waits for all."""
    desk.until(lambda: [len(pages) for pages in site.watching.values()] == [count])
    desk.until(lambda: len(site.leases) == 2 * count and len(site.asking) == 1)


def decide(desk: SpotterBrowser, site: Site, tab: Page) -> None:
    """Decide in a tab, and see the next frame and the verdict."""
    before, decided = tab.inner_text(CAMERA), len(site.standing)
    tab.wait_for_timeout(170)
    tab.keyboard.press("c")
    expect(tab.locator(f"{CAMERA}:not(:empty)")).not_to_have_text(before)
    desk.until(lambda: len(site.standing) == decided + 1)


@pytest.mark.parametrize("hub", HUBS)
def test_eight_tabs_share_one_stream_and_one_waiting_request(
    sit_down: Opener, site: Site, hub: str
) -> None:
    """Each has frames of its own, and each decides."""
    desk, tabs = sit_with_tabs(sit_down, HUBS[hub], EIGHT)
    await_shared(desk, site, EIGHT)
    for tab in tabs:
        decide(desk, site, tab)
    await_shared(desk, site, EIGHT)
    pages = [held.page for held in site.leases.values()]
    assert sorted(pages.count(page) for page in set(pages)) == [2] * EIGHT
    assert sorted(site.sent) == sorted(set(site.sent)), "each verdict was sent once"
    assert desk.errors == []


@pytest.mark.parametrize("hub", HUBS)
def test_a_tab_that_is_closed_hands_over(sit_down: Opener, site: Site, hub: str) -> None:
    """Also the one that all others spoke through; what it held goes back at once."""
    desk, tabs = sit_with_tabs(sit_down, HUBS[hub], 3)
    await_shared(desk, site, 3)
    desk.page = tabs[-1]
    tabs.pop(0).close()
    await_shared(desk, site, 2)
    for tab in tabs:
        decide(desk, site, tab)
    desk.until(lambda: len(site.leases) == 4)
    assert all(tab.locator("html[data-link=lost]").count() == 0 for tab in tabs)


@pytest.mark.parametrize("hub", HUBS)
def test_a_tab_that_crashes_hands_over(sit_down: Opener, site: Site, hub: str) -> None:
    """It says nothing, and neither does the worker, if it goes with it."""
    desk, tabs = sit_with_tabs(sit_down, HUBS[hub], 3)
    await_shared(desk, site, 3)
    desk.page = tabs[-1]
    crash(tabs.pop(0))
    await_shared(desk, site, 2)
    for tab in tabs:
        decide(desk, site, tab)
    desk.until(lambda: len(site.leases) == 4)


def test_a_decision_of_a_tab_that_crashed_is_sent_by_another(sit_down: Opener, site: Site) -> None:
    """Once: whoever has written it down sends it for as long as it lives."""
    desk, tabs = sit_with_tabs(sit_down, "", 3)
    await_shared(desk, site, 3)
    desk.page = tabs[-1]
    lease_id = next(iter(site.leases))
    site.refusals["verdict"] = 503
    tabs[0].keyboard.press("s")
    desk.until(lambda: count_verdicts(site) > 0)
    crash(tabs.pop(0))
    site.requests.clear()
    desk.until(lambda: count_verdicts(site) > 0)
    del site.refusals["verdict"]
    desk.until(lambda: site.standing == {lease_id: "suspicious"})
    for tab in tabs:
        tab.reload()
        expect(tab.locator(f"{CAMERA}:not(:empty)")).to_be_visible()
    assert site.sent == [(lease_id, "suspicious")]


def test_a_decision_that_waits_is_left_to_the_tab_that_made_it(
    sit_down: Opener, site: Site
) -> None:
    """However many tabs are opened meanwhile."""
    desk, tabs = sit_with_tabs(sit_down, "", 2)
    await_shared(desk, site, 2)
    with site.stalling("verdict"):
        tabs[0].keyboard.press("s")
        desk.until(lambda: count_verdicts(site) > 0)
        tabs.append(desk.new_tab())
        tabs[-1].goto(desk.address)
        expect(tabs[-1].locator(f"{CAMERA}:not(:empty)")).to_be_visible()
        decide_unsent(tabs[-1])
        desk.until(lambda: count_verdicts(site) == 2)
    desk.until(lambda: len(site.standing) == 2)
    assert len(site.sent) == 2


def count_verdicts(site: Site) -> int:
    """Count the verdicts that were sent, answered or not."""
    return sum(path.endswith("/verdict") for _, path in site.requests)


def decide_unsent(tab: Page) -> None:
    """Decide where no verdict is answered."""
    tab.wait_for_timeout(170)
    tab.keyboard.press("c")


def crash(tab: Page) -> None:
    """End the process that shows a tab; it never answers that."""
    with tab.expect_event("crash"), suppress(Error):
        tab.goto("chrome://crash")


def test_tabs_that_can_share_nothing_work_each_alone(sit_down: Opener, site: Site) -> None:
    """As over plain HTTP in a browser without shared workers."""
    desk, tabs = sit_with_tabs(sit_down, ALONE, 2)
    desk.until(lambda: sorted(len(pages) for pages in site.watching.values()) == [1, 1])
    for tab in tabs:
        decide(desk, site, tab)
