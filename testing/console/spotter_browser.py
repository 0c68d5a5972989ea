"""One person's browser: what tests do with it, in the words of the pages."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from testing.console.site import Site
from testing.waiting import wait_until

CAMERA = ".facts .camera"
PATIENCE_MS = 60_000
"""Nothing here takes long; a machine under load may. Only a test that fails waits so long."""
expect.set_options(timeout=PATIENCE_MS)

HIDE = """(isHidden) => {
  const get = () => isHidden ? "hidden" : "visible";
  Object.defineProperty(document, "visibilityState", { configurable: true, get });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class SpotterBrowser:
    """A browser context of its own; what goes wrong in it is kept."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        site: Site,
        session: str = "signed-in",
        **options: Any,
    ) -> None:
        self.address, self.site = address, site
        self.context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, **options}
        )
        self.context.set_default_timeout(PATIENCE_MS)
        if session:
            cookie = {"name": "seda_session", "value": session, "url": address}
            self.context.add_cookies([cookie])  # type: ignore[list-item]  # a dict is one, too
        self.errors: list[str] = []
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        """Open one more tab, and listen to what goes wrong in it."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # A refused request is told as an error, too; tests that refuse expect it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.address + path)

    def close(self) -> None:
        """Leave."""
        self.context.close()

    @property
    def camera(self) -> str:
        """The camera of the frame that is shown; empty where there is none."""
        return self.page.inner_text(CAMERA)

    def await_frame(self) -> str:
        """Wait for a frame to decide and for the one behind it; return its camera."""
        expect(self.page.locator(f"{CAMERA}:not(:empty)")).to_be_visible()
        self.await_held(2)
        return self.camera

    def await_held(self, count: int) -> None:
        """Wait until the page has said that it holds so many frames."""
        self.until(lambda: self._said_holds() == count)

    def _said_holds(self) -> int:
        asked = [path for _, path in self.site.requests if path.startswith("/api/v1/next")]
        mine = [one for one in asked if "holds=" in one]
        if not mine:
            return 0
        holds = mine[-1].partition("holds=")[2].partition("&")[0].split("%2C")
        return sum(1 for lease_id in holds if lease_id in self.site.leases)

    def press(self, key: str) -> None:
        """Press a key, once the page would not take it for a bounce."""
        self.page.wait_for_timeout(170)
        self.page.keyboard.press(key)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so on the server's side."""
        wait_until(
            is_so,
            "what the page should have said",
            limit_s=PATIENCE_MS / 1000,
            between=lambda: self.page.wait_for_timeout(25),
            so_far=lambda: (self.site.standing, self.site.requests[-5:]),
        )

    def hide(self, *, is_hidden: bool) -> None:
        """Let the page believe that it is hidden, or seen again."""
        self.page.evaluate(HIDE, is_hidden)
