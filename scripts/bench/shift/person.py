"""A person in front of Watch: looks for some seconds, decides by key, and is wrong now and then.

The browser is real. What was shown is told by the answers that the page got, in their order, and
by the name of the camera that stands over the picture.
"""

import json
import time
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

import attrs

from scripts.bench.shift.figures import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

LOOK_S = (2.0, 4.0)
MISTAKES = 0.05
"""The share of decisions that are wrong."""
READ = """() => ({
  camera: document.querySelector(".facts .camera")?.textContent ?? "",
  title: document.querySelector(".instead:not([hidden]) h1")?.textContent ?? "",
})"""
REASSURANCE = "Nothing to decide"


@attrs.define(slots=False)  # Playwright marks the object whose method it calls
class Person:
    """What somebody has on the screen, and what they decided."""

    page: "Page"
    chance: Random
    held: list[dict[str, Any]] = attrs.Factory(list)
    """The facts of what the page was given and nobody decided, the shown one first."""
    shown: list[Shown] = attrs.Factory(list)
    """What was decided."""
    title: str = ""
    """What stands in the place of a frame."""
    _lease: str = ""
    _since_s: float = 0.0
    _until_s: float = 0.0

    def begin(self) -> None:
        """Hear what the page is given."""
        self.page.on("response", self._hear)

    def _hear(self, response: "Response") -> None:
        said = response.headers.get("seda-frame")
        if said is None:
            return
        facts = json.loads(said)
        leases = {one["lease_id"] for one in self.held}
        self.held = [one for one in self.held if one["lease_id"] != facts.get("instead_of")]
        if facts["lease_id"] not in leases:
            self.held.append(facts)

    def look(self, is_suspicious: Callable[[dict[str, Any]], bool]) -> None:
        """Look at the page once, and decide where the time for it has come."""
        seen = self.page.evaluate(READ)
        self.title = seen["title"]
        now_s = time.time()
        # A frame that went away by itself is not decided.
        while self.held and seen["camera"] and self.held[0]["camera"] != seen["camera"]:
            if len(self.held) == 1:
                return
            self.held.pop(0)
        if not seen["camera"] or not self.held:
            self._lease = ""
            return
        facts = self.held[0]
        if facts["lease_id"] != self._lease:
            self._lease, self._since_s = facts["lease_id"], now_s
            self._until_s = now_s + self.chance.uniform(*LOOK_S)
        elif now_s >= self._until_s:
            self._decide(facts, is_suspicious=is_suspicious(facts))

    def _decide(self, facts: dict[str, Any], *, is_suspicious: bool) -> None:
        if self.chance.random() < MISTAKES:
            is_suspicious = not is_suspicious
        self.page.keyboard.press("s" if is_suspicious else "c")
        shown = Shown(facts["camera"], facts["captured_s"], self._since_s, facts["kind"])
        self.shown.append(shown)
        self.held.pop(0)
        self._lease = ""
