"""A browser that is killed: how soon somebody else has its frames, long before its leases end.

Chromium with all its processes gets SIGKILL while it holds the only two frames that there are; the
other browser has nothing to decide until then.
"""

import os
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.pages.browser import (
    ARGUMENTS,
    PEOPLE,
    Desk,
    await_frame,
    driving,
    find_chromium,
    launch,
)
from scripts.bench.pages.relay import Relay
from scripts.bench.report import Figure, progress
from testing.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

KILLS = 5
HELD = 2
"""One on the screen, and one ahead."""
NOTHING = "() => document.querySelector('.instead h1')?.textContent.startsWith('Nothing')"


def measure(desk: Desk) -> dict[str, Figure]:
    """Kill a browser some times."""
    progress(f"killing a browser {KILLS} times")
    with driving() as playwright:
        took_s = [_kill_one(desk, playwright) for _ in range(KILLS)]
    return {
        "killed_frames_elsewhere_most_s": Figure(max(took_s), "s"),
        "killed_browsers": Figure(len(took_s), ""),
    }


def _kill_one(desk: Desk, playwright: "Playwright") -> float:
    """Return how long it took until the other browser had both frames."""
    chromium = launch(playwright)
    # A process that is just ending may still write into its profile.
    profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with profile as folder, desk.relay() as near, desk.relay() as far:
        victim = playwright.chromium.launch_persistent_context(
            folder, executable_path=find_chromium(), args=list(ARGUMENTS)
        )
        desk.sign_in(victim, near.address)
        desk.feed(HELD)
        watching = victim.new_page()
        watching.goto(near.address)
        await_frame(watching)
        _await_frames(near, watching)
        context = chromium.new_context()
        desk.sign_in(context, far.address, PEOPLE[1])
        other = context.new_page()
        other.goto(far.address)
        other.wait_for_function(NOTHING)
        began_s = time.monotonic()
        _kill(folder)
        _await_frames(far, other)
        took_s = time.monotonic() - began_s
        for _ in range(HELD):
            await_frame(other)
            other.wait_for_timeout(200)
            other.keyboard.press("c")
        other.wait_for_function(NOTHING)
        with suppress(Exception):
            victim.close()
    chromium.close()
    return took_s


def _await_frames(relay: Relay, page: "Page") -> None:
    """Wait until a browser has been given both frames."""
    wait_until(
        lambda: relay.counts.frames >= HELD,
        "both frames",
        between=lambda: page.wait_for_timeout(10),
        so_far=lambda: relay.counts,
    )


def _kill(folder: str) -> None:
    """Kill every process of the browser whose profile is in a folder, all at once."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and folder.encode() in (entry / "cmdline").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
