"""A real browser for the pages, and the scripted server behind them."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from testing.console.pictures import plain_cases
from testing.console.server import serving
from testing.console.site import Site
from testing.console.spotter_browser import SpotterBrowser

Opener = Callable[..., SpotterBrowser]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium once; skip where there is none."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        # Without its sandbox, because tests may run as root; it is shown pages of our own alone.
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def site() -> Site:
    """Give a site whose frames never end."""
    return Site(plain_cases())


@pytest.fixture
def sit_down(browser: Browser, site: Site) -> Iterator[Opener]:
    """Give a function that opens a desk at the site: a browser of its own, signed in."""
    desks: list[SpotterBrowser] = []
    with serving(site) as address:

        def sit(path: str = "/", **options: Any) -> SpotterBrowser:
            desk = SpotterBrowser(browser, address, site, **options)
            desks.append(desk)
            desk.open(path)
            return desk

        yield sit
        for desk in desks:
            desk.close()
