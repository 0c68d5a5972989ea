"""`python -P -m scripts.pictures.console [FOLDER]`: every page of the console, to be looked at.

In both themes, on a desk and on a phone, with what an evening leaves; by default into `out/`.
Needs Debian's Chromium.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts.pictures.places import rendered_cases
from testing.console.pages import PAGES, READY, SIZES
from testing.console.populate import populate
from testing.console.server import serving
from testing.console.site import Site
from testing.console.spotter_browser import SpotterBrowser

THEMES = ("dark", "light")


class Photographer:
    """Takes pictures of one desk."""

    def __init__(self, desk: SpotterBrowser, folder: Path, ending: str) -> None:
        self._desk = desk
        self._folder = folder
        self._ending = ending

    def take_pages(self) -> None:
        """Take every page as it has come."""
        for name, path in PAGES.items():
            self._desk.open(path)
            expect(self._desk.page.locator(READY[name]).first).to_be_visible()
            _await_pictures(self._desk.page)
            self._take(name)

    def take_watch(self) -> None:
        """Take what is beside the frame, what is held, what goes wrong, what there is to read."""
        desk, site, page = self._desk, self._desk.site, self._desk.page
        desk.open("/")
        desk.await_frame()
        page.wait_for_selector(".scrub:enabled")
        page.keyboard.down("h")
        self._take("heat")
        page.keyboard.up("h")
        desk.press("v")
        page.wait_for_selector(".view.live img:not([hidden])")
        self._take("beside")
        desk.press("v")
        desk.press("?")
        self._take("keys")
        page.keyboard.press("Escape")
        site.known.update(site.leases)
        desk.press("c")
        page.wait_for_selector(".debrief")
        self._take("debrief")
        with site.away():
            desk.press("c")
            page.wait_for_selector(".notice")
            self._take("lost")
        site.is_endless, site.left = False, 0
        page.wait_for_selector(".notice", state="detached")
        while page.locator(".instead").is_hidden():
            desk.press("c")
        page.wait_for_selector(".tile img:not([hidden])")
        self._take("nothing")
        site.is_endless = True

    def _take(self, name: str) -> None:
        self._desk.page.screenshot(path=str(self._folder / f"{name}-{self._ending}.png"))


def _await_pictures(page: Page) -> None:
    page.wait_for_function(
        "[...document.images].every((one) => one.hidden || one.loading === 'lazy' || one.complete)"
    )


def main(folder: Path) -> None:
    """Take all pictures of one evening."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("scripts.pictures.console: chromium is not installed: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(rendered_cases(passes=1))
    populate(site)
    with serving(site) as address, sync_playwright() as playwright:
        # Without its sandbox, because it may run as root; it is shown pages of our own alone.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for theme in THEMES:
            for size in SIZES:
                _take_all(browser, address, site, folder, f"{theme}-{size}")


def _take_all(browser: Browser, address: str, site: Site, folder: Path, ending: str) -> None:
    theme, _, size = ending.partition("-")
    desk = SpotterBrowser(browser, address, site, viewport=SIZES[size], color_scheme=theme)
    photographer = Photographer(desk, folder, ending)
    photographer.take_pages()
    photographer.take_watch()
    desk.close()
    if desk.errors:
        sys.exit(f"scripts.pictures.console: the pages went wrong: {desk.errors}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out"))
