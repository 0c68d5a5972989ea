"""A list that was asked for before the stream told of a change, and arrives after it."""

import time

import attrs
from playwright.sync_api import Request, expect

from spotter_web import views
from testing.console.populate import populate
from testing.console.site import Site
from testing.console.spotter_browser import SpotterBrowser
from tests.spotter_web.console.conftest import Opener


def raise_alarm(site: Site) -> int:
    """Have somebody raise an alarm; return its number."""
    found = site.next_frame("somebody-elses", set(), 0)
    assert isinstance(found, tuple)
    site.decide(found[0].lease_id, "suspicious", "", "ben")
    return max(site.alarms)


def endings(desk: SpotterBrowser, *ends: str) -> list[str]:
    """Return a list that gets every request with such an address as it is over or given up."""
    found: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith(ends):
            found.append(request.url)

    desk.page.on("requestfinished", note)
    desk.page.on("requestfailed", note)
    return found


def let_it_be_drawn(desk: SpotterBrowser) -> None:
    """Let the page do what it does with an answer that has come."""
    desk.page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => resolve()))")
    desk.page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => resolve()))")


def await_made(desk: SpotterBrowser, site: Site, *routes: str) -> None:
    """Wait until the page is heard, and what it asked for is on its way."""
    desk.until(lambda: len(site.streams) == 1 and set(routes) <= set(site.made))


def test_an_alarm_stays_that_was_told_before_the_list_came(sit_down: Opener, site: Site) -> None:
    """And one that is over by then is not raised again, neither on the page nor in its number."""
    first, second = raise_alarm(site), raise_alarm(site)
    with site.late_answers("alarms"):
        desk = sit_down("/alarms")
        desk.until(lambda: site.made.count("alarms") == 2 and len(site.streams) == 1)
        raise_alarm(site)
        site.change_alarm(attrs.evolve(site.alarms[first], state="acknowledged", holder="ben"))
        expect(desk.page.locator(".alarm")).to_have_count(2)
    expect(desk.page.locator(".alarm")).to_have_count(3)
    states = [card.get_attribute("data-state") for card in desk.page.locator(".alarm").all()]
    assert sorted(map(str, states)) == ["acknowledged", "raised", "raised"]
    expect(desk.page.locator(".empty")).to_have_count(0)
    expect(desk.page).to_have_title("(2) Alarms · seda")
    assert site.alarms[second].state == "raised"


def test_the_last_filter_is_the_one_that_is_shown(sit_down: Opener, site: Site) -> None:
    """An answer to the one before, however late, changes nothing."""
    raise_alarm(site)
    desk = sit_down("/alarms")
    ended = endings(desk, "state=raised&limit=50")
    expect(desk.page.locator(".alarm")).to_have_count(1)
    choice = desk.page.locator(".filter select")
    with site.late_answers("alarms"):
        choice.select_option("raised")
        desk.until(lambda: site.made.count("alarms") == 1)
        site.late.clear()
        choice.select_option("resolved")
        expect(desk.page.locator(".empty")).to_be_visible()
    desk.until(lambda: len(ended) == 1)
    let_it_be_drawn(desk)
    assert desk.page.locator(".alarm").count() == 0


def test_a_tile_stays_as_it_was_told_last(sit_down: Opener, site: Site) -> None:
    """A list of an earlier moment puts no camera back, and takes none away."""
    with site.late_answers("wall"):
        desk = sit_down("/wall")
        await_made(desk, site, "wall")
        tile = site.wall().tiles[0]
        site.tell("tile", attrs.evolve(tile, state="offline", why="No answer."))
        site.tell("tile", attrs.evolve(tile, camera="brand-new"))
        expect(desk.page.locator(".tile")).to_have_count(2)
    expect(desk.page.locator(".tile")).to_have_count(len(site.wall().tiles) + 1)
    mine = desk.page.locator(".tile").filter(has=desk.page.get_by_text(tile.camera, exact=True))
    expect(mine).to_have_attribute("data-state", "offline")


def test_who_is_on_watch_stays_as_it_was_told_last(sit_down: Opener, site: Site) -> None:
    """And a note that was left meanwhile is not taken away by the notes from before."""
    populate(site)
    desk = sit_down("/wall")
    ended = endings(desk, "/api/v1/watch", "/api/v1/watch/notes")
    with site.late_answers("watch", "handover"):
        desk.page.goto(f"{desk.address}/on-watch")
        await_made(desk, site, "watch", "handover")
        site.tell("watch", views.Watch((views.Watcher("zoe", time.time()),)))
        expect(desk.page.locator(".people-now")).to_contain_text("zoe")
        desk.page.fill("#note", "The gate is open.")
        desk.page.get_by_role("button", name="Leave note").click()
        expect(desk.page.locator(".handover")).to_contain_text("The gate is open.")
        ended.clear()
    desk.until(lambda: len(ended) == 2)
    let_it_be_drawn(desk)
    assert "zoe" in desk.page.inner_text(".people-now")
    assert "The gate is open." in desk.page.inner_text(".handover")


def test_a_frame_that_was_taken_away_on_its_way_is_not_shown(sit_down: Opener, site: Site) -> None:
    """Its lease is over: whoever decided it would be refused."""
    desk = sit_down()
    desk.await_frame()
    desk.until(lambda: len(site.streams) == 1)
    with site.late_answers("next"):
        desk.press("c")
        desk.until(lambda: site.made.count("next") >= 1)
        lost = list(site.leases)[-1]
        del site.leases[lost]
        site.tell("unheld", lost)
    desk.until(lambda: list(site.leases)[-1] != lost)
    desk.await_frame()
    for _ in range(3):
        desk.press("c")
        desk.await_frame()
    assert lost not in [lease for lease, _ in site.sent]
