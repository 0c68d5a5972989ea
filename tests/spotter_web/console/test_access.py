"""What holds on every page: axe's rules, no other host, no word outside text.js, small files."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from testing.console.accessibility import assert_accessible
from testing.console.pages import PAGES, READY, SIZES
from testing.console.populate import populate
from testing.console.site import Site
from tests.spotter_web.console.conftest import Opener

STATIC = Path(__file__).parents[3] / "spotter_web" / "static"
LINES_MAX = 300
FIRST_BYTES_MAX = 100 * 1024
FIRST_REQUESTS_MAX = 5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_passes_axe(sit_down: Opener, site: Site, theme: str, size: str) -> None:
    """And makes no error, asks no other host, and is no wider than the screen."""
    populate(site)
    desk = sit_down("/sign-in", session="", color_scheme=theme, viewport=SIZES[size])
    foreign: list[str] = []
    desk.page.on("request", lambda request: _note_foreign(foreign, request, desk.address))
    expect(desk.page.locator("h1")).to_be_visible()
    _check(desk.page, "sign-in")
    cookie = {"name": "seda_session", "value": "signed-in", "url": desk.address}
    desk.context.add_cookies([cookie])  # type: ignore[list-item]  # a dict is one, too
    for name, path in PAGES.items():
        desk.open(path)
        expect(desk.page.locator(READY[name]).first).to_be_visible()
        _check(desk.page, name)
    assert foreign == []
    assert desk.errors == []


def _check(page: Page, name: str) -> None:
    assert_accessible(page, name)
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, f"{name} is wider than the screen"


def _note_foreign(foreign: list[str], request: Request, address: str) -> None:
    if not request.url.startswith((address, "blob:")):
        foreign.append(request.url)


def test_the_first_frame_needs_few_requests_and_bytes(sit_down: Opener, site: Site) -> None:
    """On a cold cache: the page, its style, one script and the session come before the frame."""
    desk = sit_down()
    desk.await_frame()
    asked = [path.partition("?")[0] for _, path in site.requests]
    before = [path for path in asked[: asked.index("/api/v1/next")] if path != "/icon.svg"]
    assert len(before) <= FIRST_REQUESTS_MAX
    files = {path for path in asked if path != "/" and not path.startswith("/api/")}
    packed = sum(len(gzip.compress((STATIC / name.lstrip("/")).read_bytes())) for name in files)
    assert packed + len(gzip.compress((STATIC / "index.html").read_bytes())) <= FIRST_BYTES_MAX


def test_the_first_frame_is_painted_before_the_modules_come(sit_down: Opener, site: Site) -> None:
    """Whoever comes to decide sees something to decide first."""
    desk = sit_down()
    desk.await_frame()
    asked = [path.partition("?")[0] for _, path in site.requests]
    assert asked.index("/api/v1/next") < asked.index("/app.js")
    marks = desk.page.evaluate("performance.getEntriesByName('seda.first-frame').length")
    assert marks == 1


def test_every_word_that_is_used_is_written_down() -> None:
    """One file to translate; nothing in it that nobody uses."""
    written = set(
        re.findall(r'^ {2}"?([\w.?-]+)"?: ', (STATIC / "text.js").read_text(), re.MULTILINE)
    )
    sources = "".join(path.read_text() for path in STATIC.rglob("*.js") if path.name != "text.js")
    asked = set(re.findall(r'\bt\("([^"]+)"', sources))
    assert asked - written == set()
    # Some are put together: t(`band.${name}`), or chosen between and asked for later.
    quoted = set(re.findall(r'"([a-z][\w.-]+)"', sources))
    begun = (*re.findall(r"\bt\(`([\w.-]+\.)\$\{", sources), "key.")
    assert {key for key in written - asked - quoted if not key.startswith(begun)} == set()


def test_modules_are_small() -> None:
    """One responsibility fits into so many lines."""
    for path in [*STATIC.rglob("*.js"), *STATIC.rglob("*.css")]:
        if path.name == "text.js":
            continue  # a table, and the one place for words
        assert len(path.read_text().splitlines()) <= LINES_MAX, path.name


def test_nothing_is_made_of_markup() -> None:
    """What comes from outside cannot become a script: no way of parsing markup is used."""
    parsing = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(")
    for path in STATIC.rglob("*.js"):
        assert not parsing.search(path.read_text()), path.name


def test_every_key_is_shown(sit_down: Opener) -> None:
    """On `?`."""
    desk = sit_down()
    desk.await_frame()
    desk.press("?")
    expect(desk.page.locator("dialog .keys")).to_contain_text("Suspicious: raises an alarm")
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("dialog")).to_have_count(0)


WINDOWS = {
    "zoom of 200 %": (640, 360),
    "zoom of 150 % on a laptop": (910, 512),
    "small": (1024, 600),
    "phone": (390, 844),
    "phone on its side": (844, 390),
    "desk": (1440, 900),
}
"""In pixels as the page counts them: at a zoom of 200 % a screen of 1280x720 has 640x360."""


@pytest.mark.parametrize("window", WINDOWS)
def test_the_whole_frame_and_all_buttons_are_seen_without_scrolling(
    sit_down: Opener, window: str
) -> None:
    """And the frame has at least a third of the window's height, or all of its width."""
    width, height = WINDOWS[window]
    desk = sit_down(viewport={"width": width, "height": height})
    desk.await_frame()
    boxes = [it.bounding_box() for it in desk.page.locator(".well, .decision, .tool").all()]
    for box in boxes:
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    well = boxes[0]
    assert well is not None
    assert well["height"] >= height / 3 or well["width"] == width
    assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_on_a_wide_screen_the_live_picture_stands_beside_the_frame(sit_down: Opener) -> None:
    """Without being asked for; on a small one it is fetched when it is."""
    desk = sit_down()
    desk.await_frame()
    expect(desk.page.locator(".view.live img:not([hidden])")).to_be_visible()
    expect(desk.page.locator(".view.usual")).to_be_hidden()
    desk.page.set_viewport_size({"width": 1024, "height": 600})
    expect(desk.page.locator(".view.live")).to_be_hidden()
    desk.press("v")
    expect(desk.page.locator(".view.live img:not([hidden])")).to_be_visible()


def test_the_tiles_of_the_wall_grow_with_the_screen(sit_down: Opener) -> None:
    """As large as lets all of them be seen."""
    desk = sit_down("/wall")
    wide_px = {}
    for width, height in ((1280, 720), (2560, 1440)):
        desk.page.set_viewport_size({"width": width, "height": height})
        tile = desk.page.locator(".tile").last
        expect(tile).to_be_in_viewport(ratio=1)
        box = tile.bounding_box()
        assert box is not None
        wide_px[width] = box["width"]
    assert wide_px[2560] > 1.5 * wide_px[1280]


def test_deciding_works_by_thumb(sit_down: Opener, site: Site) -> None:
    """On a phone decisions are at the bottom, large, and never below the fold."""
    desk = sit_down(viewport=SIZES["phone"], has_touch=True, is_mobile=True)
    desk.await_frame()
    for button in desk.page.locator(".decision, .tool").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= SIZES["phone"]["height"]
    desk.page.tap(".decision.suspicious")
    desk.until(lambda: site.standing == {"1-1": "suspicious"})
