"""`pages`: what a person waits for in front of the console, in Debian's Chromium.

All of seda runs; frames are given to assignment as the detector would, a camera each. A browser
signs in, looks at each frame for a moment and decides by key. The page measures itself from the key
press until what it changed was painted (watch/measure.js); nothing here adds to that. What a cold
cache costs is what the browser itself says that it fetched before the first frame.

The browser is driven by Playwright, which is no dependency of seda: without it there is no figure.
"""

import io
import shutil
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from scripts.bench.report import Figure, progress
from store.file.database import Store, Transaction
from store.file.places import store_path
from store.people.people import User, add_user, issue
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.scored import feed

if TYPE_CHECKING:
    from playwright.sync_api import Page

DECISIONS = 50
LOOK_MS = 400
"""Faster than anybody decides for long."""
WAIT_MS = 30_000
SIZE_PX = (1280, 720)
FRAME = ".facts .camera:not(:empty)"
MEASURES = "performance.getEntriesByName('seda.key-to-frame').map((one) => one.duration)"
FETCHED = """() => {
  const entries = performance.getEntriesByType("resource");
  const page = performance.getEntriesByType("navigation")[0];
  const frame = entries.find((one) => one.name.includes("/api/v1/next"));
  const before = entries.filter((one) => one.startTime < frame.startTime);
  const files = entries.filter((one) => !one.name.includes("/api/"));
  return {
    requests: 1 + before.length,
    bytes: files.reduce((sum, one) => sum + one.transferSize, page.transferSize),
    frame_ms: performance.getEntriesByName("seda.first-frame")[0].startTime,
  };
}"""


def run() -> dict[str, Figure]:
    """Measure and return the figures; none where there is no browser to drive."""
    browser = shutil.which("chromium")
    if browser is None or not has_playwright():
        progress("chromium and Playwright are needed: apt install chromium, pip install playwright")
        return {}
    port = free_port()
    secrets: list[str] = []
    watch = "[watch]\ntest_every = 0\nreview_after_s = 86400\n"
    settings = f'[web]\naddress = "127.0.0.1:{port}"\n{watch}'
    rig = Rig("seda.pipeline:PIPELINE", settings)
    rig.prepare = lambda: secrets.append(sign_in(rig))
    with rig:
        _feed(rig, DECISIONS + 4)
        return _browse(browser, f"http://127.0.0.1:{port}", secrets[0])


def has_playwright() -> bool:
    """Say whether a browser can be driven here."""
    try:
        import playwright.sync_api  # noqa: F401, PLC0415  # only where the bench is run
    except ImportError:
        return False
    return True


def sign_in(rig: Rig) -> str:
    """Add a spotter before anything starts; return the secret of a session."""
    path = store_path(rig.data)
    path.parent.mkdir(parents=True)

    def change(tx: Transaction) -> str:
        add_user(tx, User(name="spotter", role="spotter", scope=None), "", "bench")
        return issue(tx, "session", "spotter", 86_400.0)

    store = Store(path)
    try:
        return str(store.write_one(time.time(), change))
    finally:
        store.close()


def _feed(rig: Rig, frames: int) -> None:
    """Have so many frames wait, each of a camera of its own."""
    rng = np.random.default_rng(5)
    contents = (_jpeg(rng, SIZE_PX), _png(rng), _jpeg(rng, (320, 180)))
    feed(rig.socket_of("assignment"), frames, contents)


def _jpeg(rng: np.random.Generator, size_px: tuple[int, int]) -> bytes:
    """Draw a picture that is as hard to decode as one of a camera."""
    coarse = Image.fromarray(rng.integers(0, 255, (45, 80, 3), dtype=np.uint8))
    file = io.BytesIO()
    coarse.resize(size_px, Image.Resampling.BICUBIC).save(file, "JPEG", quality=80)
    return file.getvalue()


def _png(rng: np.random.Generator) -> bytes:
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (18, 32), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def _browse(browser: str, address: str, secret: str) -> dict[str, Figure]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where the bench is run

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "seda_session", "value": secret, "url": address}])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(address)
        page.wait_for_selector(FRAME)
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
        "first_page_bytes": Figure(fetched["bytes"], "B"),
        "first_frame_after_ms": Figure(fetched["frame_ms"], "ms"),
    }


def _decide(page: "Page") -> None:
    page.wait_for_selector(FRAME)
    page.wait_for_timeout(LOOK_MS)
    page.keyboard.press("c")
