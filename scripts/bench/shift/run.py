"""A shift by keyboard in front of the demo: real processes, a real browser, the demo's own truth.

All seven demo cameras and the shipped settings. Cameras are watched for some minutes before the
shift begins, because the detector learns what is usual. A frame comes when something happens, so
200 decisions take the better part of an hour: `--minutes` ends it before.
"""

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import attrs

from scripts.bench.pages.browser import PEOPLE, driving, find_chromium, launch, sign_in
from scripts.bench.report import Figure, progress
from scripts.bench.shift.figures import Score, Shown, Staged, figures, is_staged
from scripts.bench.shift.person import REASSURANCE, Person
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.supervised import environment

if TYPE_CHECKING:
    from playwright.sync_api import Page

COUNT = 200
MINUTES = 60.0
LEARN_S = 240.0
LOOK_MS = 100
ASK_EVERY_S = 0.5
STANDS_S = 2.0
"""A reassurance is wrong that stands for so long while it is not true: a stage tells every second.
"""


@attrs.define
class Watched:
    """What is asked of the running system beside the person."""

    page: "Page"
    operations: str
    truth_file: Path
    scores: dict[tuple[str, float], Score] = attrs.Factory(dict)
    wrong_reassurances: int = 0
    _untrue_s: float | None = None
    _is_told: bool = False
    _next_s: float = 0.0

    def look(self, title: str) -> None:
        """Ask what was scored, and whether what the page says is so."""
        now_s = time.time()
        if now_s < self._next_s:
            return
        self._next_s = now_s + ASK_EVERY_S
        for one in _ask(f"http://{self.operations}/api/v1/scores"):
            key = one["camera"], one["captured_s"]
            self.scores.setdefault(key, Score(*key, one["band"], now_s))
        self._judge(title, now_s)

    def _judge(self, title: str, now_s: float) -> None:
        is_untrue = title == REASSURANCE and not self._is_well()
        if not is_untrue:
            self._untrue_s, self._is_told = None, False
        elif self._untrue_s is None:
            self._untrue_s = now_s
        elif now_s - self._untrue_s >= STANDS_S and not self._is_told:
            self._is_told = True
            self.wrong_reassurances += 1

    def _is_well(self) -> bool:
        """Return whether every camera is live and nothing waits, by the server's own word."""
        wall = self.page.request.get("/api/v1/wall").json()
        return all(it["state"] == "live" and not it["waiting"] for it in wall["tiles"])

    @property
    def truth(self) -> list[Staged]:
        """Read what was staged so far."""
        lines = map(json.loads, self.truth_file.read_text().splitlines())
        return [
            Staged(it["camera"], it["start_wall_s"], it["end_wall_s"])
            for it in lines
            if it["kind"] != "begin" and not it["is_fault"]
        ]


def run(count: int = COUNT, minutes: float = MINUTES) -> dict[str, Figure]:
    """Measure and return the figures; none where there is no browser to drive."""
    if find_chromium() is None:
        progress("chromium and Playwright are needed: apt install chromium, pip install playwright")
        return {}
    web, cameras = free_port(), free_port()
    secrets: dict[str, str] = {}
    rig = Rig("seda.pipeline:PIPELINE", _settings(web, cameras))
    rig.prepare = lambda: secrets.update(sign_in(rig))
    truth = rig.path / "truth.jsonl"
    with _filming(cameras, truth), rig:
        progress(f"the cameras are learned for {LEARN_S / 60:g} minutes")
        time.sleep(LEARN_S)
        with _browsing(f"http://127.0.0.1:{web}", secrets[PEOPLE[0]]) as page:
            watched = Watched(page, rig.operations, truth)
            return _watch(watched, count, minutes * 60)


def _settings(web: int, cameras: int) -> str:
    listed = subprocess.run(
        [sys.executable, "-P", "-m", "scripts.demo", "--list", "--port", str(cameras)],
        env=environment(has_fakes=False),
        capture_output=True,
        check=True,
    )
    rows = [_camera(row) for row in json.loads(listed.stdout)]
    return f'[web]\naddress = "127.0.0.1:{web}"\n' + "".join(rows)


def _camera(row: dict[str, str | None]) -> str:
    names = {"username": "user"}
    told = {names.get(key, key): value for key, value in row.items() if value and key != "format"}
    return "[[camera]]\n" + "".join(f"{key} = {json.dumps(it)}\n" for key, it in told.items())


@contextlib.contextmanager
def _filming(port: int, truth: Path) -> Iterator[None]:
    """Serve the demo cameras, with what is staged written down."""
    arguments = ("--port", str(port), "--truth", str(truth))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "scripts.demo", *arguments],
        env=environment(has_fakes=False),
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def _browsing(address: str, secret: str) -> Iterator["Page"]:
    with driving() as playwright:
        chromium = launch(playwright)
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
        context.add_cookies([{"name": "seda_session", "value": secret, "url": address}])
        # A page does not see what a shared worker fetches; without one it asks itself.
        context.add_init_script("delete self.SharedWorker")
        yield context.new_page()
        chromium.close()


def _watch(watched: Watched, count: int, limit_s: float) -> dict[str, Figure]:
    """Decide so many frames, or for so long."""
    person = Person(watched.page, Random(1))  # noqa: S311 - invented chance, seeded
    person.begin()
    watched.page.goto("/")
    began_s = told_s = time.time()
    while len(person.shown) < count and time.time() - began_s < limit_s:
        person.look(_truthfully(watched))
        watched.look(person.title)
        watched.page.wait_for_timeout(LOOK_MS)
        if time.time() - told_s >= 60:
            told_s = time.time()
            progress(f"{len(person.shown)} of {count} after {(told_s - began_s) / 60:.0f} minutes")
    span_s = (began_s, time.time())
    _tell_where(watched, person.shown)
    return figures(
        watched.truth, watched.scores.values(), person.shown, watched.wrong_reassurances, span_s
    )


def _truthfully(watched: Watched) -> Callable[[dict[str, Any]], bool]:
    return lambda facts: is_staged(watched.truth, facts["camera"], facts["captured_s"])


def _tell_where(watched: Watched, shown: list[Shown]) -> None:
    """Say for each kind of frame how many had nothing staged."""
    truth = watched.truth
    for kind in ("work", "sample"):
        of_kind = [one for one in shown if one.kind == kind]
        without = sum(not is_staged(truth, one.camera, one.captured_s) for one in of_kind)
        progress(f"{kind}: {len(of_kind)} decided, {without} without an incident")


def _ask(address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own loopback
        found: list[dict[str, Any]] = json.load(answer)
    return found
