"""One running system for all tests of this folder, and browsers in front of it."""

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.end_to_end.console.system import PASSWORD, System, running

ROLES = {"anna": "spotter", "ben": "spotter", "carla": "supervisor", "dora": "admin"}


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run seda with demo cameras, and people who may sign in."""
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    with running(tmp_path_factory.mktemp("console")) as system:
        add_people(system)
        yield system


def add_people(system: System) -> None:
    """Let people sign in."""
    for name, role in ROLES.items():
        system.seda("user", "add", name, "--role", role, given=f"{PASSWORD}\n{PASSWORD}\n")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield started
        started.close()


class Desks:
    """Browsers of their own for people."""

    def __init__(self, system: System, browser: Browser) -> None:
        self.system = system
        self._browser = browser
        self.pages: list[Page] = []
        self.errors: list[str] = []

    def open(self, **options: Any) -> Page:
        """Open a browser that nobody is signed in with."""
        context = self._browser.new_context(**options)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.pages.append(page)
        return page

    def sign_in(self, name: str, path: str = "/", **options: Any) -> Page:
        """Open a browser and sign in with it."""
        page = self.open(**options)
        page.goto(self.system.address + path)
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".menu-button")
        return page


@pytest.fixture
def desks(system: System, chromium: Browser) -> Iterator[Desks]:
    """Give browsers in front of the system of this folder."""
    with desks_before(system, chromium) as found:
        yield found


@contextlib.contextmanager
def desks_before(system: System, chromium: Browser) -> Iterator[Desks]:
    """Give browsers that are closed in the end, in which nothing went wrong."""
    found = Desks(system, chromium)
    yield found
    for page in found.pages:
        page.context.close()
    assert found.errors == []
