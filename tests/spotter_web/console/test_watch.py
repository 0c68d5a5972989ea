"""The page where frames are decided, in a real browser."""

import re
import time

import attrs
import pytest
from playwright.sync_api import expect

from testing.console.site import Condition, Site
from testing.console.spotter_browser import CAMERA, SpotterBrowser
from tests.spotter_web.console.conftest import Opener

PRESS_AS_IT_CHANGES = """(selector) => {
  const press = (_, observer) => {
    observer.disconnect();
    dispatchEvent(new KeyboardEvent("keydown", { key: "s" }));
  };
  const what = { childList: true, characterData: true, subtree: true };
  new MutationObserver(press).observe(document.querySelector(selector), what);
}"""
"""Before anybody could have seen the change, however slow this machine is."""


def verdicts(site: Site) -> list[tuple[str, str]]:
    return list(site.standing.items())


def end_session(site: Site) -> None:
    """For every request, after one was refused on cue."""
    site.sessions.clear()
    del site.refusals["verdict"]


@pytest.mark.parametrize(("key", "verdict"), [("c", "clear"), ("s", "suspicious"), ("u", "unsure")])
def test_a_key_decides_and_the_next_frame_is_there_at_once(
    sit_down: Opener, site: Site, key: str, verdict: str
) -> None:
    """Without waiting for the server: the next frame was fetched ahead (R35)."""
    desk = sit_down()
    assert desk.await_frame() == "camera-0"
    with site.stalling("verdict", "next"):
        desk.press(key)
        assert desk.camera == "camera-1"
        assert site.standing == {}
    desk.until(lambda: site.standing == {"1-1": verdict})
    assert desk.errors == []


def test_a_button_decides_too(sit_down: Opener, site: Site) -> None:
    """For thumbs."""
    desk = sit_down()
    desk.await_frame()
    desk.page.click(".decision.unsure")
    desk.until(lambda: site.standing == {"1-1": "unsure"})


def test_a_key_that_is_held_decides_once(sit_down: Opener, site: Site) -> None:
    """Nobody decides about a frame that they have not seen."""
    desk = sit_down()
    desk.await_frame()
    for _ in range(5):
        desk.page.keyboard.down("c")  # repeats, as the keyboard does
        desk.page.wait_for_timeout(170)  # longer than what counts as bouncing
    desk.until(lambda: site.standing == {"1-1": "clear"})
    assert desk.camera == "camera-1"


def test_a_second_press_within_a_blink_is_no_decision(sit_down: Opener, site: Site) -> None:
    """A key that bounces does not decide the next frame."""
    desk = sit_down()
    desk.await_frame()
    press = 'dispatchEvent(new KeyboardEvent("keydown", { key: "c" }))'
    desk.page.evaluate(f"() => {{ {press}; {press}; }}")
    desk.until(lambda: len(site.standing) == 1)
    assert desk.camera == "camera-1"


def test_undo_brings_the_frame_back_to_be_decided_anew(sit_down: Opener, site: Site) -> None:
    """And the frame after it comes next again."""
    desk = sit_down()
    desk.await_frame()
    desk.press("c")
    desk.until(lambda: site.standing == {"1-1": "clear"})
    desk.press("z")
    assert desk.camera == "camera-0"
    desk.until(lambda: site.standing == {})
    desk.press("s")
    assert desk.camera == "camera-1"
    desk.until(lambda: site.standing == {"1-1": "suspicious"})
    assert desk.errors == []


def test_what_can_not_be_taken_back_stands_and_says_so(sit_down: Opener, site: Site) -> None:
    """The frame goes off the screen again."""
    desk = sit_down()
    desk.await_frame()
    desk.press("c")
    desk.until(lambda: site.standing == {"1-1": "clear"})
    site.refusals["undo"] = 409
    desk.press("z")
    expect(desk.page.locator(".toast.bad")).to_contain_text("could not be taken back")
    expect(desk.page.locator(CAMERA)).to_have_text("camera-1")
    assert verdicts(site) == [("1-1", "clear")]


def test_a_note_goes_with_the_decision(sit_down: Opener, site: Site) -> None:
    """Letters typed into it decide nothing."""
    desk = sit_down()
    desk.await_frame()
    desk.press("n")
    desk.page.keyboard.type("scissors, a cup")
    desk.page.keyboard.press("Enter")
    desk.press("s")
    desk.until(lambda: site.verdicts == {("1-1", 1): ("suspicious", "scissors, a cup")})
    expect(desk.page.locator(".note-field")).to_have_value("")


def test_decisions_while_the_server_is_away_are_kept_and_sent_once(
    sit_down: Opener, site: Site
) -> None:
    """In their order; and the page says that it has lost the connection."""
    desk = sit_down()
    desk.await_frame()
    with site.away():
        desk.press("c")
        desk.press("s")
        expect(desk.page.locator(".notice")).to_contain_text("2 decisions are kept")
        expect(desk.page.locator("html")).to_have_attribute("data-link", "lost")
    desk.until(lambda: len(site.standing) == 2)
    assert site.sent == [("1-1", "clear"), ("1-2", "suspicious")]
    expect(desk.page.locator(".notice")).to_have_count(0)
    expect(desk.page.locator(".toast.good")).to_contain_text("2 kept decisions were sent")


def test_a_stream_that_is_heard_does_not_hide_that_nobody_answers(
    sit_down: Opener, site: Site
) -> None:
    """Open streams outlive what stops new requests; the page says all the same that it is lost."""
    desk = sit_down()
    desk.await_frame()
    desk.page.context.set_offline(True)
    desk.press("c")

    def is_said_while_heard() -> bool:
        site.tell("waiting", 7)
        return desk.page.locator("html[data-link=lost]").count() == 1

    desk.until(is_said_while_heard)
    expect(desk.page.locator("header.bar")).to_contain_text("7 frames wait")
    expect(desk.page.locator(".notice")).to_contain_text("1 decision is kept")
    desk.page.context.set_offline(False)
    desk.until(lambda: site.sent == [("1-1", "clear")])
    expect(desk.page.locator("html")).not_to_have_attribute("data-link", "lost")


def test_decisions_that_are_not_recorded_are_said(sit_down: Opener, site: Site) -> None:
    """Also when the server answers everything else."""
    desk = sit_down()
    desk.await_frame()
    site.refusals["verdict"] = 503
    desk.press("s")
    expect(desk.page.locator(".notice")).to_have_text(
        "1 decision is not recorded yet. It is kept here and sent again by itself."
    )
    expect(desk.page.locator("html")).not_to_have_attribute("data-link", "lost")
    del site.refusals["verdict"]
    desk.until(lambda: site.standing == {"1-1": "suspicious"})
    expect(desk.page.locator(".notice")).to_have_count(0)
    expect(desk.page.locator(".toast.good")).to_contain_text("1 kept decision was sent.")


def test_kept_decisions_survive_the_page(sit_down: Opener, site: Site) -> None:
    """A reload, or a browser that ends, loses nothing."""
    desk = sit_down()
    desk.await_frame()
    site.refusals["verdict"] = 503
    desk.press("s")
    desk.until(lambda: any(path.endswith("/verdict") for _, path in site.requests))
    desk.page.reload()
    desk.await_frame()
    del site.refusals["verdict"]
    desk.until(lambda: site.standing == {"1-1": "suspicious"})


def test_a_decision_that_was_not_sent_is_taken_back_here(sit_down: Opener, site: Site) -> None:
    """The server never hears of it."""
    desk = sit_down()
    desk.await_frame()
    with site.away():
        desk.press("c")
        desk.press("c")
        desk.press("z")
        assert desk.camera == "camera-1"
    desk.press("s")
    desk.until(lambda: site.standing == {"1-1": "clear", "1-2": "suspicious"})
    assert site.sent == [("1-1", "clear"), ("1-2", "suspicious")]


def test_a_session_that_ends_loses_no_decision(sit_down: Opener, site: Site) -> None:
    """The page asks to sign in and sends what it kept after that."""
    desk = sit_down()
    desk.await_frame()
    site.refusals["verdict"] = 401  # the first to hear that the session has ended
    desk.press("s")
    expect(desk.page.locator("main.sign-in")).to_contain_text("1 decision is kept here for anna")
    end_session(site)
    tries = sum(path.endswith("/verdict") for _, path in site.requests)
    desk.page.wait_for_timeout(1_200)
    assert sum(path.endswith("/verdict") for _, path in site.requests) == tries
    desk.page.fill("#password", "correct horse battery")
    desk.page.keyboard.press("Enter")
    desk.until(lambda: site.standing == {"1-1": "suspicious"})
    desk.await_frame()


def test_somebody_else_does_not_send_what_is_kept(sit_down: Opener, site: Site) -> None:
    """A decision is its person's own."""
    desk = sit_down()
    desk.await_frame()
    site.refusals["verdict"] = 401  # the first to hear that the session has ended
    desk.press("s")
    expect(desk.page.locator("main.sign-in")).to_be_visible()
    end_session(site)
    desk.page.fill("#name", "ben")
    desk.page.fill("#password", "correct horse battery")
    desk.page.keyboard.press("Enter")
    desk.await_frame()
    assert site.sent == []


def test_a_refused_decision_is_said_and_not_repeated(sit_down: Opener, site: Site) -> None:
    """The server's last word is told to whoever decided."""
    desk = sit_down()
    desk.await_frame()
    site.refusals["verdict"] = 409
    desk.press("c")
    expect(desk.page.locator(".toast.bad")).to_contain_text("camera-0 was not recorded")
    sent = [path for _, path in site.requests if path.endswith("/verdict")]
    assert len(sent) == 1


def test_a_frame_that_is_somebody_elses_goes_off_the_screen(sit_down: Opener, site: Site) -> None:
    """With the next one in its place, and no key counts for a moment."""
    desk = sit_down()
    desk.await_frame()
    desk.page.evaluate(PRESS_AS_IT_CHANGES, CAMERA)
    site.take_back("1-1")
    expect(desk.page.locator(CAMERA)).to_have_text("camera-1")
    desk.page.wait_for_timeout(650)
    assert desk.camera == "camera-1"
    desk.page.keyboard.press("s")
    desk.until(lambda: site.standing == {"1-2": "suspicious"})


def test_a_frame_ahead_gives_way_to_something_worse(sit_down: Opener, site: Site) -> None:
    """What is on the screen stays."""
    desk = sit_down()
    desk.await_frame()
    site.swap("1-2")
    desk.until(lambda: "1-3" in site.leases)
    desk.await_held(2)
    assert desk.camera == "camera-0"
    desk.press("c")
    assert desk.camera == "camera-2"


def test_a_frame_that_is_on_the_screen_by_now_is_not_given_up(sit_down: Opener, site: Site) -> None:
    """The server asked for it while the key was pressed; it stays, and nobody else has it."""
    desk = sit_down()
    desk.await_frame()
    with site.late_answers("next"):
        site.swap("1-2")
        desk.until(lambda: "next" in site.made[-1:])
        desk.press("c")
        assert desk.camera == "camera-1"
    desk.await_held(2)
    assert desk.camera == "camera-1"
    assert "1-2" in site.leases
    assert not any("yields=1-2" in path for _, path in site.requests)


def test_a_frame_that_nobody_decides_goes_back_and_no_other_is_taken(
    sit_down: Opener, site: Site
) -> None:
    """Who is not there holds nothing, until they say that they are."""
    desk = sit_down("/history")
    desk.page.clock.install()
    desk.open("/")
    desk.await_frame()
    desk.page.clock.fast_forward(int(site.limits.lease_s * 800))
    expect(desk.page.locator(".expires")).to_contain_text("Goes to somebody else")
    desk.page.clock.fast_forward(int(site.limits.lease_s * 200))
    expect(desk.page.locator(".instead h1")).to_have_text("Are you still there?")
    assert desk.camera == ""
    site.leases.clear()
    desk.page.click(".instead .button")
    assert desk.await_frame() != ""


def test_an_old_frame_is_marked(sit_down: Opener, site: Site) -> None:
    """Nothing old is shown as if it were now."""
    site.limits.age_limit_s = 2.0
    desk = sit_down()
    desk.await_frame()
    expect(desk.page.locator(".facts .old")).to_be_visible()


def test_how_the_camera_is_stands_beside_the_frame(sit_down: Opener, site: Site) -> None:
    """With the age of what is to be seen, not of its newest copy."""
    why = "The camera repeats one picture."
    site.said.conditions["camera-0"] = Condition("frozen", why, 185.0)
    desk = sit_down()
    desk.await_frame()
    expect(desk.page.locator(".facts .states")).to_have_text("Frozen")
    expect(desk.page.locator(".said .condition")).to_have_text(why)
    expect(desk.page.locator(".facts .age")).to_have_text(re.compile("^3 min .* old$"))
    expect(desk.page.locator(".facts .old")).to_be_visible()
    desk.press("v")
    expect(desk.page.locator(".view.live.is-old")).to_contain_text("Not live: 3 min")


def test_a_camera_that_goes_dark_meanwhile_is_said_on_its_frame(
    sit_down: Opener, site: Site
) -> None:
    """The words of a picture that shows nothing give way."""
    quiet = "Nothing unusual for this camera."
    site.cases = (attrs.evolve(site.cases[0], cause="nothing", words=quiet),)
    desk = sit_down()
    desk.await_frame()
    expect(desk.page.locator(".said .why")).to_have_text(quiet)
    expect(desk.page.locator(".facts .states")).to_be_empty()
    desk.until(lambda: len(site.streams) == 1)
    tile = site.wall().tiles[0]
    why = "The picture is black or shows nothing: covered lens, or no light?"
    since_s = time.time() - 60
    site.tell("tile", attrs.evolve(tile, state="dark", why=why, same_since_s=since_s))
    expect(desk.page.locator(".facts .states")).to_have_text("Dark")
    expect(desk.page.locator(".said .why")).to_have_text(why)


def test_an_old_live_picture_is_marked(sit_down: Opener, site: Site) -> None:
    """A camera that is offline is never shown as live."""
    desk = sit_down()
    camera = desk.await_frame()
    desk.press("v")
    expect(desk.page.locator(".view.live:not(.is-old)")).to_contain_text("old")
    site.states[camera] = "offline"
    expect(desk.page.locator(".view.live.is-old")).to_contain_text("Not live: 1 min 3")


def test_a_test_frame_is_told_at_once(sit_down: Opener, site: Site) -> None:
    """Calmly, with the picture, and with what was right."""
    site.test_every = 1
    desk = sit_down()
    desk.await_frame()
    desk.press("c")
    expect(desk.page.locator(".debrief.wrong")).to_contain_text("something was there")
    expect(desk.page.locator(".debrief canvas")).to_be_visible()
    desk.press("s")
    expect(desk.page.locator(".debrief.right")).to_contain_text("Well seen")
    expect(desk.page.locator(".debrief.right canvas")).to_be_visible()


def test_with_nothing_to_decide_the_wall_is_shown_until_a_frame_comes(
    sit_down: Opener, site: Site
) -> None:
    """By itself."""
    site.is_endless, site.left = False, 0
    desk = sit_down()
    expect(desk.page.locator(".instead h1")).to_have_text("Nothing to decide")
    expect(desk.page.locator(".wall-grid .tile").first).to_be_visible()
    site.more(1)
    expect(desk.page.locator(CAMERA)).to_have_text("camera-0")
    expect(desk.page.locator(".wall-grid")).to_have_count(0)
    desk.press("c")
    expect(desk.page.locator(".instead h1")).to_have_text("Nothing to decide")


def test_nothing_to_decide_is_said_only_when_all_is_well(sit_down: Opener, site: Site) -> None:
    """Of a camera that nobody can see, and of what waits for others, it says that instead."""
    site.is_endless, site.left = False, 0
    site.states["camera-1"] = "offline"
    desk = sit_down()
    words = desk.page.locator(".instead")
    expect(words.locator("h1")).to_have_text("No frame for you now")
    expect(words).to_contain_text("camera-1 is offline")
    tiles = {tile.camera: tile for tile in site.wall().tiles}
    site.tell("tile", attrs.evolve(tiles["camera-2"], state="dark", waiting=1))
    expect(words).to_contain_text("camera-2 is dark")
    expect(words).to_contain_text("1 frame waits for somebody else")
    site.states.clear()
    for tile in site.wall().tiles:
        site.tell("tile", tile)
    expect(words.locator("h1")).to_have_text("Nothing to decide")
    expect(words).to_contain_text("All 4 cameras are live")
    site.tell("tile", attrs.evolve(tiles["camera-1"], state="live", is_learning=True))
    expect(words.locator("h1")).to_have_text("No frame for you now")
    expect(words).to_contain_text("1 camera still learns what is usual there")
    site.tell("tile", attrs.evolve(tiles["camera-1"], state="live"))
    expect(words.locator("h1")).to_have_text("Nothing to decide")
    with site.away():
        expect(words.locator("h1")).to_have_text("No frame for you now")
        expect(words).to_contain_text("Not connected")
    expect(words.locator("h1")).to_have_text("Nothing to decide")


def test_a_sample_says_what_it_is(sit_down: Opener, site: Site) -> None:
    """So that nobody looks for something that is not there."""
    site.said.kind = "sample"
    desk = sit_down()
    desk.await_frame()
    expect(desk.page.locator(".facts .states")).to_have_text("Sample")
    expect(desk.page.locator(".said .kind")).to_contain_text("every camera is looked at")


def test_old_frames_are_decided_on_a_page_without_a_clock(sit_down: Opener, site: Site) -> None:
    """The way there is between the frames; the page asks for nothing else."""
    site.is_endless, site.left, site.said.review = False, 0, 1
    site.limits.lease_s = 1.0
    desk = sit_down()
    link = desk.page.locator(".instead .to-review")
    expect(link).to_have_text("4 older frames wait in Review")
    link.click()
    expect(desk.page.locator(".instead h1")).to_have_text("Nothing to review")
    site.said.kind = "review"
    site.more(1)
    expect(desk.page.locator(CAMERA)).to_have_text("camera-0")
    asked = [path for _, path in site.requests if path.startswith("/api/v1/next")]
    assert "is_review=true" in asked[-1]
    expect(desk.page.locator(".facts .states")).to_have_text("Review")
    desk.page.wait_for_timeout(1500)  # a clock would have run out by now
    assert desk.camera == "camera-0"
    desk.press("c")
    desk.until(lambda: site.standing == {"1-1": "clear"})
    expect(desk.page.locator(".instead h1")).to_have_text("Nothing to review")


def test_a_hidden_page_gives_back_what_it_holds(sit_down: Opener, site: Site) -> None:
    """And asks anew when it is seen again."""
    desk = sit_down()
    desk.await_frame()
    desk.until(lambda: len(site.streams) == 1)
    desk.hide(is_hidden=True)
    desk.until(lambda: site.leases == {})
    assert desk.camera == ""
    desk.hide(is_hidden=False)
    assert desk.await_frame() != ""
    desk.until(lambda: len(site.streams) == 1)


def test_another_page_is_no_watch(sit_down: Opener, site: Site) -> None:
    """Who looks at History holds no frame."""
    desk = sit_down()
    desk.await_frame()
    desk.until(lambda: len(site.streams) == 1)
    desk.page.click("nav.pages a[data-page=history]")
    desk.until(lambda: site.leases == {})
    desk.page.keyboard.press("1")
    desk.await_frame()


def test_two_tabs_hold_different_frames(sit_down: Opener, site: Site) -> None:
    """A decision in one leaves the other as it is."""
    desk = sit_down()
    desk.await_frame()
    other = desk.new_tab()
    other.goto(desk.address)
    expect(other.locator(CAMERA)).to_have_text("camera-2")
    desk.press("c")
    desk.until(lambda: site.standing == {"1-1": "clear"})
    assert other.inner_text(CAMERA) == "camera-2"


def test_a_request_that_overtakes_a_verdict_still_names_its_lease(
    sit_down: Opener, site: Site
) -> None:
    """Or else what was just decided would come again as lost."""
    desk = sit_down()
    desk.await_frame()
    with site.stalling("verdict"):
        desk.press("c")
        before = len(site.requests)
        site.end_waits()
        desk.until(lambda: any("/next" in path for _, path in site.requests[before:]))
        asked = next(path for _, path in site.requests[before:] if "/next" in path)
        assert "holds=1-2%2C1-1" in asked
    desk.until(lambda: site.standing == {"1-1": "clear"})
    assert desk.camera == "camera-1"


def test_what_comes_from_outside_is_text(sit_down: Opener, site: Site) -> None:
    """A script in a camera's name is its name."""
    evil = "<img src=x onerror=alert(1)>"
    site.cases = tuple(
        attrs.evolve(case, camera=evil, words=evil, instructions=evil) for case in site.cases
    )
    desk = sit_down()
    assert desk.await_frame() == evil
    expect(desk.page.locator(".why")).to_have_text(evil)
    assert desk.page.locator("main img[src=x]").count() == 0


def test_what_was_before_and_after_is_fetched_when_it_is_asked_for(
    sit_down: Opener, site: Site
) -> None:
    """Whoever decides without it is spared the traffic, however long they look."""
    desk = sit_down()
    desk.await_frame()
    desk.until(lambda: any("/heat" in path for _, path in site.requests))
    desk.page.wait_for_timeout(500)
    assert not any("/strip" in path for _, path in site.requests)
    desk.press("ArrowLeft")
    desk.until(lambda: any("/strip/1" in path for _, path in site.requests))
    desk.press("ArrowLeft")
    expect(desk.page.locator(".mark")).to_contain_text("s")


@pytest.mark.parametrize(
    ("key", "route", "words"),
    [
        ("h", "heat", "No heat map for this frame."),
        ("p", "strip", "No pictures before or after are kept."),
        ("b", "", "No boxes for this frame."),
    ],
)
def test_a_control_that_has_nothing_to_show_says_so(
    sit_down: Opener, site: Site, key: str, route: str, words: str
) -> None:
    """Nobody wonders whether the key was heard."""
    site.cases = tuple(attrs.evolve(case, boxes=(), strip=()) for case in site.cases)
    site.refusals.update({route: 404} if route == "heat" else {})
    desk = sit_down()
    desk.await_frame()
    desk.page.keyboard.down(key)
    expect(desk.page.get_by_text(words)).to_be_visible()
    desk.page.keyboard.up(key)


def test_holding_a_key_plays_what_was_before_and_after(sit_down: Opener) -> None:
    """Said on the picture, and over when the key goes up."""
    desk = sit_down()
    desk.await_frame()
    desk.page.keyboard.down("p")
    expect(desk.page.locator(".mark")).to_contain_text("s")
    desk.page.keyboard.up("p")
    expect(desk.page.locator(".mark")).to_be_hidden()


def test_holding_a_key_shows_where_the_evidence_lies(sit_down: Opener) -> None:
    """For as long as it is held."""
    desk = sit_down()
    desk.await_frame()
    desk.page.keyboard.down("h")
    expect(desk.page.locator("canvas.heat")).to_be_visible()
    desk.page.keyboard.up("h")
    expect(desk.page.locator("canvas.heat")).to_be_hidden()


def test_a_heat_map_that_comes_late_takes_its_note_away(sit_down: Opener, site: Site) -> None:
    """With the key held all the time, and nothing lies over the picture after it."""
    with site.late_answers("heat"):
        desk = sit_down()
        desk.await_frame()
        desk.page.keyboard.down("h")
        expect(desk.page.locator(".mark")).to_contain_text("Loading the heat map")
    expect(desk.page.locator("canvas.heat")).to_be_visible()
    expect(desk.page.locator(".mark")).to_be_hidden()


def test_without_an_answer_the_heat_map_is_asked_for_once_a_wish(
    sit_down: Opener, site: Site
) -> None:
    """Held with the connection lost, the key asks once, and says so."""
    site.refusals["heat"] = 503
    desk = sit_down()
    desk.await_frame()
    desk.page.keyboard.down("h")
    expect(desk.page.locator(".mark")).to_contain_text("Nobody answered")
    desk.page.wait_for_timeout(300)
    assert sum("/heat" in path for _, path in site.requests) <= 2


def test_a_rest_is_suggested_and_not_forced(sit_down: Opener, site: Site) -> None:
    """It can be put off, and deciding goes on meanwhile."""
    site.limits.on_watch_s = 1860.0
    desk = sit_down()
    desk.await_frame()
    rest = desk.page.locator(".toast", has_text="on watch for 31 min")
    expect(rest).to_be_visible()
    desk.press("c")
    desk.until(lambda: site.standing == {"1-1": "clear"})
    rest.get_by_role("button").click()
    expect(rest).to_have_count(0)


def _measures(desk: SpotterBrowser) -> int:
    found = desk.page.evaluate("performance.getEntriesByName('seda.key-to-frame').length")
    return int(found)


def test_the_time_from_key_to_frame_is_measured_in_the_page(sit_down: Opener) -> None:
    """For the bench; nothing here judges how long it took."""
    desk = sit_down()
    desk.await_frame()
    desk.press("c")
    desk.until(lambda: _measures(desk) == 1)


def test_single_keys_can_be_switched_off(sit_down: Opener, site: Site) -> None:
    """For those who type by accident; the buttons stay."""
    desk = sit_down()
    desk.await_frame()
    desk.page.click(".menu-button")
    desk.page.get_by_label("Decide by single keys").uncheck()
    desk.page.keyboard.press("Escape")
    desk.press("s")
    desk.page.click(".decision.clear")
    desk.until(lambda: site.standing == {"1-1": "clear"})


def test_an_answer_that_hangs_keeps_nothing_else_away(sit_down: Opener, site: Site) -> None:
    """The pages come without the frame."""
    with site.stalling("next"):
        desk = sit_down()
        expect(desk.page.locator("nav.pages")).to_be_visible()
        assert desk.camera == ""
    desk.await_frame()


def test_who_raises_an_alarm_is_told_once(sit_down: Opener, site: Site) -> None:
    """By the answer to the decision, and not again by the stream."""
    desk = sit_down()
    desk.await_frame()
    desk.until(lambda: len(site.streams) == 1)
    desk.press("s")
    expect(desk.page.locator(".toast")).to_contain_text("Alarm 1 was raised.")
    expect(desk.page).to_have_title("(1) Watch · seda")
    expect(desk.page.locator(".toast")).to_have_count(1)
