"""Eight visible tabs of one browser: how soon each can be used, and what they have under way.

Each is opened while all before it are live, as a person opens them. Afterwards a frame is decided
in each of them, the first one too.
"""

from typing import TYPE_CHECKING

from scripts.bench.pages.browser import USABLE, Desk, await_frame, driving, launch
from scripts.bench.pages.relay import Relay
from scripts.bench.report import Figure, progress

if TYPE_CHECKING:
    from playwright.sync_api import Page

TABS = 8
SETTLED_MS = 1_500
"""A tab that was just opened still loads what nobody waits for."""
CAMERA = "document.querySelector('.facts .camera').textContent"


def measure(desk: Desk) -> dict[str, Figure]:
    """Open the tabs, and decide in each."""
    desk.feed(4 * TABS)
    progress(f"opening {TABS} tabs")
    with desk.relay() as relay, driving() as playwright:
        chromium = launch(playwright)
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        desk.sign_in(context, relay.address)
        pages = [context.new_page() for _ in range(TABS)]
        seen = [_open(page, relay) for page in pages]
        decided = sum(_decide(page) for page in pages)
        chromium.close()
    usable_ms = [one[0] for one in seen]
    return {
        "tabs_usable_after_most_s": Figure(max(usable_ms) / 1000, "s"),
        "tabs_usable_after_p50_s": Figure(sorted(usable_ms)[TABS // 2] / 1000, "s"),
        "tabs_last_usable_after_s": Figure(usable_ms[-1] / 1000, "s"),
        "tabs_that_decide": Figure(decided, ""),
        "tabs_streams_most": Figure(max(one[1] for one in seen), ""),
        "tabs_requests_waiting_most": Figure(max(one[2] for one in seen), ""),
    }


def _open(page: "Page", relay: Relay) -> tuple[float, int, int]:
    """Return when it was usable, and how many streams and waiting requests there are then."""
    page.goto(relay.address, wait_until="commit")
    usable_ms = float(page.wait_for_function(USABLE).json_value())
    page.wait_for_timeout(SETTLED_MS)
    return usable_ms, relay.streams, relay.waiting


def _decide(page: "Page") -> bool:
    """Decide, and tell whether the next frame came."""
    await_frame(page)
    before = page.evaluate(CAMERA)
    page.keyboard.press("c")
    page.wait_for_function(f"(before) => !['', before].includes({CAMERA})", arg=before)
    return True
