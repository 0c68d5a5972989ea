"""The other pages, in a real browser."""

import re
import time

import attrs
import pytest
from playwright.sync_api import expect

from spotter_web import views
from testing.console.populate import populate
from testing.console.site import LINK, PASSWORD, Site
from tests.spotter_web.console.conftest import Opener


def test_signing_in_leads_to_the_page_that_was_asked_for(sit_down: Opener, site: Site) -> None:
    """A wrong password is said and leaves the name."""
    desk = sit_down("/history", session="")
    page = desk.page
    page.fill("#name", "anna")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_have_text("Name or password is wrong.")
    expect(page.locator("#name")).to_have_value("anna")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("History")
    assert site.sessions == {"signed-in": "anna"}


def test_a_one_time_link_signs_in_and_leaves_the_address(sit_down: Opener) -> None:
    """Its secret stays in no history."""
    desk = sit_down(f"/#link={LINK}", session="")
    desk.await_frame()
    assert "link" not in desk.page.url


def test_a_used_link_says_what_to_do(sit_down: Opener) -> None:
    """And leaves the way by password open."""
    desk = sit_down("/#link=old", session="")
    expect(desk.page.locator("[role=alert]")).to_contain_text("used already")
    assert "link" not in desk.page.url


def test_too_many_tries_say_how_long_to_wait(sit_down: Opener, site: Site) -> None:
    """As the server says it."""
    site.refusals["sign_in"] = 429
    desk = sit_down(session="")
    desk.page.fill("#name", "anna")
    desk.page.fill("#password", "x")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("[role=alert]")).to_contain_text("Too many tries. Wait 1 s")


def test_signing_out_ends_the_session(sit_down: Opener, site: Site) -> None:
    """And gives back what was held."""
    desk = sit_down()
    desk.await_frame()
    desk.until(lambda: len(site.streams) == 1)
    desk.page.click(".menu-button")
    desk.page.get_by_role("button", name="Sign out").click()
    expect(desk.page.locator("main.sign-in h1")).to_be_visible()
    assert site.sessions == {}
    desk.until(lambda: site.leases == {})


def test_a_spotter_sees_no_page_that_is_not_theirs(sit_down: Opener, site: Site) -> None:
    """Neither in the bar nor by its address."""
    site.sessions["signed-in"] = "ben"
    desk = sit_down("/people")
    expect(desk.page.locator("main")).to_contain_text("This page is for admins.")
    assert desk.page.locator("nav.pages a[data-page=people]").count() == 0


def test_who_decided_no_test_frame_is_told_so(sit_down: Opener, site: Site) -> None:
    """A table of nothing but its heads looks as if something were missing."""
    site.is_tested = False
    desk = sit_down("/session")
    expect(desk.page.locator("main")).to_contain_text("No test frame was decided yet.")


def test_the_wall_shows_the_worst_first_and_how_old_a_picture_is(
    sit_down: Opener, site: Site
) -> None:
    """A camera that is offline is never shown as live."""
    site.states["camera-2"] = "offline"
    desk = sit_down("/wall")
    tiles = desk.page.locator(".tile")
    expect(tiles.locator("h2")).to_have_text(["camera-3", "camera-2", "camera-1", "camera-0"])
    expect(tiles.nth(1).locator(".fresh")).to_contain_text("1 min 3")
    expect(tiles.first.locator(".fresh")).to_have_text("")
    tiles.nth(1).click()
    expect(desk.page.locator("dialog .when-live")).to_contain_text("Not live")


def test_the_wall_follows_what_the_stream_tells(sit_down: Opener, site: Site) -> None:
    """Without being asked."""
    desk = sit_down("/wall")
    tile = desk.page.locator(".tile", has_text="camera-1")
    expect(tile.locator(".state")).to_have_text("Live")
    desk.until(lambda: len(site.streams) == 1)
    site.states["camera-1"] = "frozen"
    found = next(one for one in site.wall().tiles if one.camera == "camera-1")
    site.tell("tile", found)
    expect(tile.locator(".state")).to_have_text("Frozen")


def test_history_filters_and_goes_on_to_what_is_older(sit_down: Opener, site: Site) -> None:
    """By keyboard alone."""
    populate(site)
    entry = site.history[0]
    site.history += [
        attrs.evolve(entry, lease_id=f"9-{n}", camera="camera-9", note=f"note {n}", alarm_id=None)
        for n in range(60)
    ]
    desk = sit_down("/history")
    rows = desk.page.locator(".entry")
    expect(rows).to_have_count(50)
    desk.page.get_by_role("button", name="Show older").click()
    expect(rows).to_have_count(84)
    desk.page.select_option("select[name=verdict]", "unsure")
    expect(rows).to_have_count(sum(one.verdict == "unsure" for one in site.history))
    desk.page.keyboard.press("Tab")
    desk.page.locator("main").focus()
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()


def test_history_takes_back_within_the_time_for_it(sit_down: Opener, site: Site) -> None:
    """A verdict of this page, by its signed lease."""
    desk = sit_down()
    desk.await_frame()
    desk.press("s")
    desk.until(lambda: site.standing == {"1-1": "suspicious"})
    desk.page.keyboard.press("3")
    undo = desk.page.locator(".entry .undo")
    expect(undo).to_be_visible()
    undo.click()
    desk.until(lambda: site.standing == {})
    expect(desk.page.locator(".verdict")).to_have_text("Suspicious, taken back")


def test_an_alarm_appears_at_once_everywhere(sit_down: Opener, site: Site) -> None:
    """With its number in the title, and a word on pages that are not the alarms'."""
    desk = sit_down("/wall")
    other = desk.new_tab()
    other.goto(f"{desk.address}/alarms")
    desk.until(lambda: len(site.streams) == 1)
    expect(desk.page.locator(".tile").first).to_be_visible()
    found = site.next_frame("somebody-elses", set(), 0)
    assert isinstance(found, tuple)
    site.decide(found[0].lease_id, "suspicious", "", "ben")
    expect(other.locator(".alarm")).to_contain_text("raised by ben")
    expect(desk.page.locator(".toast.alarm")).to_contain_text("camera-0")
    expect(desk.page).to_have_title("(1) Wall · seda")


def test_filters_are_in_the_address(sit_down: Opener, site: Site) -> None:
    """A reload, a bookmark and a link to somebody keep them."""
    populate(site)
    desk = sit_down("/history")
    desk.page.select_option("select[name=verdict]", "suspicious")
    expect(desk.page).to_have_url(re.compile(r"/history\?verdict=suspicious$"))
    desk.page.reload()
    expect(desk.page.locator("select[name=verdict]")).to_have_value("suspicious")
    expect(desk.page.locator(".entry .verdict").first).to_contain_text("Suspicious")
    for path in ("/alarms?state=resolved", "/wall?state=offline"):
        desk.open(path)
        wanted = path.partition("=")[2]
        expect(desk.page.locator(".head select")).to_have_value(wanted)
        desk.page.select_option(".head select", "")
        expect(desk.page).to_have_url(re.compile(rf"{path.partition('?')[0]}$"))


def test_the_wall_shows_the_cameras_of_one_state(sit_down: Opener, site: Site) -> None:
    """Of a large wall those that somebody has to look after."""
    site.states["camera-1"] = "offline"
    desk = sit_down("/wall?state=offline")
    expect(desk.page.locator(".tile:visible")).to_have_count(1)
    expect(desk.page.locator(".tile:visible h2")).to_have_text("camera-1")


def test_a_person_is_found_by_a_part_of_the_name(sit_down: Opener, site: Site) -> None:
    """In whatever case."""
    populate(site)
    desk = sit_down("/history")
    desk.page.fill("input[name=person]", "BE")
    desk.page.keyboard.press("Enter")
    desk.until(lambda: any("person=BE" in path for _, path in site.requests))
    expect(desk.page.locator(".entry .entry-sub").first).to_contain_text("ben")


def test_a_person_is_added_with_the_cameras_that_they_may_see(sit_down: Opener, site: Site) -> None:
    """Nobody sees all cameras until somebody remembers to say which."""
    desk = sit_down("/people")
    form = desk.page.locator("form:has(input[name=name])")
    form.locator("input[name=name]").fill("carl")
    form.locator("input[name=password]").fill("correct horse battery")
    form.get_by_label("All cameras").uncheck()
    for name in ("camera-1", "camera-2", "camera-3"):
        form.get_by_label(name).uncheck()
    form.get_by_role("button", name="Add").click()
    desk.until(lambda: "carl" in site.users)
    assert site.users["carl"].scope == ("camera-0",)


def test_the_frame_of_an_alarm_is_shown_large(sit_down: Opener, site: Site) -> None:
    """Whoever takes it wants to see what it is about."""
    populate(site)
    desk = sit_down("/alarms")
    desk.page.locator(".alarm-picture").first.click()
    expect(desk.page.locator("dialog .large img")).to_be_visible()


def test_sound_is_asked_for_once(sit_down: Opener) -> None:
    """In a browser, whatever the answer was and however many tabs it has."""
    desk = sit_down()
    desk.await_frame()
    other = desk.new_tab()
    other.goto(f"{desk.address}/wall")
    expect(other.get_by_role("button", name="Sound?")).to_be_visible()
    desk.page.get_by_role("button", name="Sound?").click()
    desk.page.get_by_role("button", name="No sound").click()
    expect(other.get_by_role("button", name="Sound?")).to_have_count(0)
    desk.page.reload()
    desk.await_frame()
    expect(desk.page.locator("header.bar .link")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Sound?")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "key", "words"),
    [("/history", "o", "Choose a decision first"), ("/alarms", "a", "Choose an alarm first")],
)
def test_a_key_for_which_nothing_is_chosen_says_so(
    sit_down: Opener, site: Site, path: str, key: str, words: str
) -> None:
    """Nobody wonders whether it was heard."""
    populate(site)
    desk = sit_down(path)
    expect(desk.page.locator(".entry, .alarm").first).to_be_visible()
    desk.press(key)
    expect(desk.page.locator(".toast")).to_contain_text([words])


@pytest.mark.parametrize("name", ["app.js", "clock.js", "watch/frames.js"])
def test_a_script_that_cannot_be_loaded_is_said_in_words(sit_down: Opener, name: str) -> None:
    """And tried again by itself."""
    desk = sit_down("/sign-in", session="")
    desk.context.route(f"**/{name}", lambda route: route.abort())
    cookie = {"name": "seda_session", "value": "signed-in", "url": desk.address}
    desk.context.add_cookies([cookie])  # type: ignore[list-item]  # a dict is one, too
    desk.open("/")
    words = desk.page.get_by_text("A part of this page could not be loaded").first
    expect(words).to_be_visible()
    desk.context.unroute(f"**/{name}")
    desk.await_frame()


def test_an_alarm_is_taken_and_ended_with_an_outcome(sit_down: Opener, site: Site) -> None:
    """Without an outcome it does not end."""
    populate(site)
    desk = sit_down("/alarms")
    card = desk.page.locator(".alarm").first
    expect(card).to_have_attribute("data-state", "raised")
    desk.page.locator("main").focus()
    desk.page.keyboard.press("j")
    desk.page.keyboard.press("a")
    expect(card).to_have_attribute("data-state", "acknowledged")
    desk.page.keyboard.press("r")
    card.get_by_role("button", name="Resolve").last.click()
    assert not any(path.endswith("/resolve") for _, path in site.requests)
    card.get_by_label("False alarm").check()
    card.get_by_label("What happened").fill("A cat.")
    desk.page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-state", "resolved")
    assert "false" in {alarm.outcome for alarm in site.alarms.values()}


def test_a_note_beside_an_alarm_is_text(sit_down: Opener, site: Site) -> None:
    """Whatever it holds."""
    populate(site)
    desk = sit_down("/alarms")
    card = desk.page.locator(".alarm").first
    card.get_by_role("button", name="Add a note").click()
    card.get_by_role("textbox").fill("<b>bold</b>")
    card.get_by_role("button", name="Save").click()
    expect(card.locator(".notes")).to_contain_text("<b>bold</b>")


def test_who_is_on_watch_leaves_a_note(sit_down: Opener, site: Site) -> None:
    """For whoever comes next."""
    desk = sit_down("/on-watch")
    expect(desk.page.locator(".people-now")).to_contain_text("ben")
    desk.page.fill("#note", "White van is known.")
    desk.page.get_by_role("button", name="Leave note").click()
    expect(desk.page.locator(".handover")).to_contain_text("White van is known.")
    assert site.notes[0].person == "anna"


def test_a_watch_with_nobody_on_it_is_said(sit_down: Opener, site: Site) -> None:
    """And for how long."""
    desk = sit_down("/on-watch")
    desk.until(lambda: len(site.streams) == 1)
    expect(desk.page.locator(".people-now")).to_contain_text("ben")
    site.tell("watch", {"people": [], "unwatched_since_s": time.time() - 400})
    expect(desk.page.locator(".warning")).to_contain_text("Nobody has been on watch for 6 min")


def test_figures_are_shown_from_enough_test_frames_on(sit_down: Opener) -> None:
    """Fewer say nothing."""
    desk = sit_down("/session")
    expect(desk.page.locator("table")).to_contain_text("91 %")
    expect(desk.page.locator("table")).to_contain_text("Shown from 10 on")


def test_a_token_is_shown_once(sit_down: Opener, site: Site) -> None:
    """And can be made worthless."""
    desk = sit_down("/session")
    desk.page.fill("#label", "door display")
    desk.page.get_by_role("button", name="Make token").click()
    expect(desk.page.locator(".secret code")).to_have_text("k3J9-shown-once-Qw81")
    desk.page.locator(".tokens").get_by_role("button", name="Remove").click()
    expect(desk.page.locator(".secret")).to_have_text("")
    assert site.tokens == []


def test_an_admin_sees_and_removes_the_tokens_of_others(sit_down: Opener, site: Site) -> None:
    """How many there are stands with each user; each is removed once that was meant."""
    site.tokens = [views.Token(label, "ben", 1.0, time.time() + 9e6) for label in ("door", "gate")]
    desk = sit_down("/people")
    ben = desk.page.locator(".user").filter(has_text="ben")
    expect(ben).to_contain_text("2 tokens")
    ben.locator("summary").click()
    rows = ben.locator(".tokens li")
    expect(rows).to_have_count(2)
    rows.filter(has_text="door").get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("gate")
    assert [one.label for one in site.tokens] == ["gate"]


def test_test_frames_are_added_and_withdrawn(sit_down: Opener, site: Site) -> None:
    """From a file."""
    desk = sit_down("/test-frames")
    expect(desk.page.locator("#camera option").first).to_be_attached()
    picture = {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": site.cases[0].frame}
    desk.page.set_input_files("#file", picture)  # type: ignore[arg-type]  # a dict is one, too
    desk.page.get_by_role("button", name="Add", exact=True).click()
    expect(desk.page.locator(".known-frame")).to_have_count(1)
    assert site.test_frames[0].is_target
    desk.page.get_by_role("button", name="Withdraw").click()
    expect(desk.page.locator(".known-frame")).to_have_count(0)


def test_a_decided_frame_becomes_a_test_frame(sit_down: Opener, site: Site) -> None:
    """Where a supervisor says what was there."""
    populate(site)
    site.test_frames = []
    desk = sit_down("/history")
    desk.page.locator(".entry-picture").first.click()
    desk.page.get_by_role("button", name="Use as test: nothing is there").click()
    desk.until(lambda: [one.is_target for one in site.test_frames] == [False])


def test_people_are_added_changed_and_removed(sit_down: Opener, site: Site) -> None:
    """With their role and the cameras that they may see."""
    desk = sit_down("/people")
    page = desk.page
    page.fill("input[name=name]", "dora")
    page.fill("input[name=password]", "a long enough one")
    page.get_by_role("button", name="Add", exact=True).click()
    dora = page.locator(".user", has_text="dora")
    dora.locator("select").select_option("supervisor")
    expect(page.locator(".toast", has_text="dora was changed.")).to_be_visible()
    assert site.users["dora"].role == "supervisor"
    dora.locator("summary").click()
    dora.get_by_label("All cameras").uncheck()
    dora.get_by_label("camera-1").uncheck()
    dora.get_by_role("button", name="Save").click()
    desk.until(lambda: site.users["dora"].scope == ("camera-0", "camera-2", "camera-3"))
    expect(dora.locator(".user-scope")).to_contain_text("camera-0, camera-2, camera-3")
    dora.locator("summary").click()
    dora.get_by_role("button", name="Remove").click()
    dora.get_by_role("button", name="Really remove dora?").click()
    expect(dora).to_have_count(0)
    assert "dora" not in site.users


def test_the_system_page_says_what_needs_somebody(sit_down: Opener) -> None:
    """A stage that is not heard of is missing, and has no figures."""
    desk = sit_down("/system")
    expect(desk.page.locator(".troubles")).to_contain_text("http_parser")
    row = desk.page.locator("tr", has_text="http_parser")
    expect(row).to_contain_text("Missing")
    assert "0" not in row.inner_text()


def test_the_system_page_says_in_words_why_events_were_dropped(sit_down: Opener) -> None:
    """Not by the name under which they are counted."""
    desk = sit_down("/system")
    expect(desk.page.locator("main")).to_contain_text("1 a worse frame of the camera waits")


def test_the_system_page_says_which_disk_is_full(sit_down: Opener) -> None:
    """R28: first of what needs somebody, and a line a directory with what is free."""
    desk = sit_down("/system")
    first = desk.page.locator(".troubles li").first
    expect(first).to_contain_text("/var/lib/seda")
    expect(first).to_contain_text("disk full: 3 MiB free")
    expect(desk.page.locator("tr.is-wrong", has_text="/var/lib/seda")).to_contain_text("512 MiB")
    expect(desk.page.locator("tr", has_text="/run")).to_contain_text("Has room")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_is_kept(sit_down: Opener, theme: str) -> None:
    """From before the first paint on."""
    desk = sit_down()
    desk.page.click(".menu-button")
    desk.page.locator(f"input[name=theme][value={theme}]").check()
    desk.page.reload()
    expect(desk.page.locator("html")).to_have_attribute("data-theme", theme)
