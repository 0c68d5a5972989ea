"""Deciding by key, and what a first visit costs.

A browser signs in, looks at each frame for a moment and decides by key. The page measures itself
from the key press until what it changed was painted (watch/measure.js); nothing here adds to that.
The first visit is counted until its frame can be decided, and once more after somebody has looked
at it for a while without asking for anything.
"""

from typing import TYPE_CHECKING, Any

from scripts.bench.pages.browser import USABLE, Desk, await_frame, driving, launch
from scripts.bench.report import Figure, progress

if TYPE_CHECKING:
    from playwright.sync_api import Page

DECISIONS = 50
LOOK_MS = 400
"""Faster than anybody decides for long."""
LOOK_LONG_MS = 3_000
MEASURES = "performance.getEntriesByName('seda.key-to-frame').map((one) => one.duration)"
FETCHED = """() => {
  const entries = performance.getEntriesByType("resource");
  const frame = entries.find((one) => one.name.includes("/api/v1/next"));
  return {
    requests: 1 + entries.filter((one) => one.startTime < frame.startTime).length,
    frame_ms: performance.getEntriesByName("seda.first-frame")[0].startTime,
  };
}"""


def measure(desk: Desk) -> dict[str, Figure]:
    """Open the console in a browser that was never there, and decide."""
    desk.feed(DECISIONS + 4)
    with desk.relay() as relay, driving() as playwright:
        chromium = launch(playwright)
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        desk.sign_in(context, relay.address)
        page = context.new_page()
        page.goto(relay.address, wait_until="commit")
        usable_ms = float(page.wait_for_function(USABLE).json_value())
        began_s = float(page.evaluate("performance.timeOrigin")) / 1000
        sent, pictures = relay.sent_until(began_s + usable_ms / 1000)
        page.wait_for_timeout(LOOK_LONG_MS)
        looked = relay.counts.bytes
        progress(f"deciding {DECISIONS} frames by key")
        for _ in range(DECISIONS):
            _decide(page)
        page.wait_for_timeout(LOOK_MS)
        took_ms = sorted(page.evaluate(MEASURES))
        fetched: dict[str, Any] = page.evaluate(FETCHED)
        chromium.close()
    return {
        "key_to_frame_p50_ms": Figure(took_ms[len(took_ms) // 2], "ms"),
        "key_to_frame_p95_ms": Figure(took_ms[int(len(took_ms) * 0.95)], "ms"),
        "key_to_frame_decisions": Figure(len(took_ms), ""),
        "requests_before_frame": Figure(fetched["requests"], ""),
        "first_visit_bytes": Figure(sent - pictures, "B"),
        "first_visit_with_pictures_bytes": Figure(sent, "B"),
        "first_visit_looked_at_bytes": Figure(looked, "B"),
        "first_visit_usable_after_s": Figure(usable_ms / 1000, "s"),
        "first_frame_after_ms": Figure(fetched["frame_ms"], "ms"),
    }


def _decide(page: "Page") -> None:
    await_frame(page)
    page.wait_for_timeout(LOOK_MS)
    page.keyboard.press("c")
