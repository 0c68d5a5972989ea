"""A running seda with people who are signed in, and browsers in front of it."""

import io
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import attrs
import numpy as np
from PIL import Image

from scripts.bench.pages.relay import Relay
from store.file.database import Store, Transaction
from store.file.places import store_path
from store.people.people import User, add_user, issue
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.scored import feed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

WAIT_MS = 30_000
SIZE_PX = (1280, 720)
FRAME = ".facts .camera:not(:empty)"
USABLE = """() => document.querySelector(".facts .camera:not(:empty)")
  && !document.querySelector(".decision.clear").disabled && performance.now()"""
"""Milliseconds by the tab's own clock, which begins with its navigation."""
PEOPLE = ("spotter", "other")
ARGUMENTS = ("--no-sandbox",)
"""Benches may run as root; the browser is shown pages of our own alone."""


def find_chromium() -> str | None:
    """Return the browser's path; None where it, or what drives it, is not installed."""
    return shutil.which("chromium") if find_spec("playwright") else None


@contextmanager
def driving() -> Iterator["Playwright"]:
    """Have what drives browsers for as long as the block lasts."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where the bench is run

    with sync_playwright() as playwright:
        yield playwright


def launch(playwright: "Playwright") -> "Browser":
    """Start a browser."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))


@attrs.define
class Desk:
    """What is measured: seda, and what signs its people in."""

    rig: Rig
    port: int
    secrets: dict[str, str]
    fed: int = 0

    def feed(self, frames: int) -> None:
        """Have so many more frames wait, each of a camera of its own."""
        rng = np.random.default_rng(5)
        contents = (_jpeg(rng, SIZE_PX), _png(rng), _jpeg(rng, (320, 180)))
        feed(self.rig.socket_of("assignment"), frames, contents, self.fed)
        self.fed += frames

    @contextmanager
    def relay(self) -> Iterator[Relay]:
        """Put a relay in front, at an address of its own."""
        with Relay(self.port) as relay:
            yield relay

    def sign_in(self, context: "BrowserContext", address: str, name: str = PEOPLE[0]) -> None:
        """Give a browser the cookie of somebody's session."""
        context.set_default_timeout(WAIT_MS)
        context.add_cookies([
            {"name": "seda_session", "value": self.secrets[name], "url": address}
        ])  # fmt: skip


def await_frame(page: "Page") -> None:
    """Wait until a frame can be decided."""
    page.wait_for_selector(FRAME)
    page.wait_for_selector(".decision:not(:disabled)")


@contextmanager
def serving() -> Iterator[Desk]:
    """Run seda for as long as the block lasts."""
    port = free_port()
    secrets: dict[str, str] = {}
    watch = "[watch]\ntest_every = 0\nreview_after_s = 86400\n"
    settings = f'[web]\naddress = "127.0.0.1:{port}"\n{watch}'
    rig = Rig("seda.pipeline:PIPELINE", settings)
    rig.prepare = lambda: secrets.update(sign_in(rig))
    with rig:
        yield Desk(rig, port, secrets)


def sign_in(rig: Rig) -> dict[str, str]:
    """Add people before anything starts; return the secrets of their sessions."""
    path = store_path(rig.data)
    path.parent.mkdir(parents=True)

    def change(tx: Transaction) -> dict[str, str]:
        for name in PEOPLE:
            add_user(tx, User(name=name, role="spotter", scope=None), "", "bench")
        return {name: issue(tx, "session", name, 86_400.0) for name in PEOPLE}

    store = Store(path)
    try:
        return store.write_one(time.time(), change)
    finally:
        store.close()


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
