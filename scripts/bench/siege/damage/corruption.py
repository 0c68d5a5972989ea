"""`siege/corruption`: every file that seda keeps, damaged in thirty ways, before a start.

A seda with a camera and somebody who decides makes one file of each kind and is killed. For each
damage all kinds are damaged at once, and seda is started on them. Whoever refuses has to name the
file, which then is as it was for the next try; so is what belongs to a stage that keeps dying. A
file of a kind that is not in the table is an error: whoever adds one adds it here.
"""

import contextlib
import json
import os
import random
import shutil
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import attrs

from scripts.bench.report import Figure, progress
from scripts.bench.siege.damage.damages import DAMAGES, Damage
from scripts.bench.siege.damage.page import Page
from seda import payload, quarantine
from seda.disk.small_files import Unreadable
from seda.messages import Event, Payload
from testing.cameras.camera_servers import MJPEG, Server, mjpeg_parts
from testing.films import film
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.scored import feed

WATCH_S = 3.0
"""A stage that dies of what it finds dies within a moment, and again at once."""
READY_S = 60.0
ENDS_MAX = 2
CAMERA_FPS = 5.0
BASE_LIMIT_S = 120.0
KINDS = {
    "lease key": "data/lease.key",
    "store": "data/alarm/store.sqlite",
    "store's log": "data/alarm/store.sqlite-wal",
    "evidence": "data/alarm/evidence/*/*",
    "journal": "data/assignment/journal",
    "waiting frames": "data/assignment/frames/*/*",
    "camera memories": "data/anomaly/*.memory",
    "copies of memories": "data/anomaly/*.copy",
    "notebook": "data/live/notebook.json",
    "connections": "data/camera/epoch.json",
    "reserves": "data/*/*.reserve",
    "pictures": "data/transcoder/*/*.jpg",
    "quarantine": "data/quarantine/*/*/*",
    "lock": "run/lock",
    "state": "run/supervisor.json",
}
"""By the words for people, where the files are below the siege's folder."""
WITHOUT_CONTENT = ("*.lock", "last-sweep", "*.sock", "*.sqlite-shm")
_SETTINGS = """
[web]
address = "127.0.0.1:{port}"
[watch]
test_every = 0
[[camera]]
name = "gate"
url = "{url}"
"""
_ENDED = "handler ended, starting another"


@attrs.define
class Tally:
    """What came of all starts."""

    starts: int = 0
    refused: Counter[str] = attrs.Factory(Counter)
    """By kind, with the file's name."""
    failed: list[str] = attrs.Factory(list)
    """Starts that ended or never were ready, with no file's name."""
    dying: list[str] = attrs.Factory(list)
    """Stages that died more than twice."""

    def fail(self, words: str) -> None:
        """Note a start that came to nothing, and say so."""
        progress(words)
        self.failed.append(words)

    def note_dying(self, words: str) -> None:
        """Note a stage that keeps dying, and say so."""
        progress(words)
        self.dying.append(words)


def run() -> dict[str, Figure]:
    """Damage everything in every way."""
    tally = Tally()
    server = Server(mjpeg_parts(film.jpegs(film.pictures(25, 320, 240))), CAMERA_FPS, MJPEG)
    server.start()
    try:
        page = Page(free_port())
        settings = _SETTINGS.format(port=page.port, url=server.url)
        rig = Rig("seda.pipeline:PIPELINE", settings, "debug")  # which counts nothing up
        rig.prepare = lambda: page.sign_in(rig.data)
        with rig:
            _fill(rig, page)
            _kill(rig)
            base = _keep(rig)
            for words, damage in DAMAGES.items():
                progress(f"{words}: {tally.starts} starts so far")
                _withstand(_Siege(rig, base, page, tally), words, damage)
    finally:
        server.stop()
    return _figures(tally)


def _figures(tally: Tally) -> dict[str, Figure]:
    for kind, count in tally.refused.items():
        progress(f"{kind}: refused by its name {count} times")
    return {
        "corruption_kinds": Figure(len(KINDS), ""),
        "corruption_damages": Figure(len(DAMAGES), ""),
        "corruption_starts": Figure(tally.starts, ""),
        "corruption_refused_by_name": Figure(tally.refused.total(), ""),
        "corruption_neither_started_nor_named": Figure(len(tally.failed), ""),
        "corruption_stages_dying": Figure(len(tally.dying), ""),
    }


# --- what is to be damaged ------------------------------------------------------------------------


def _fill(rig: Rig, page: Page) -> None:
    """Have one file of each kind made, by those who make them."""
    picture = film.jpegs(film.pictures(1, 320, 240))[0]
    feed(rig.socket_of("assignment"), 3, (picture, b"heat", picture))
    page.use_as_test(page.decide())
    event = Event("gate/1", "chunk", "gate", b"body", (Payload("memory", 7),))
    descriptor = payload.make(b"a chunk")
    quarantine.store(
        rig.data / "quarantine" / "transcoder", event, (descriptor,), "raised", time.time()
    )
    os.close(descriptor)
    until_s = time.monotonic() + BASE_LIMIT_S
    while missing := [kind for kind in KINDS if not _files(rig.path, kind)]:
        if time.monotonic() > until_s:
            raise RuntimeError(f"nobody made any of these: {', '.join(missing)}")
        time.sleep(0.2)


def _files(folder: Path, kind: str) -> list[Path]:
    return [path for path in folder.glob(KINDS[kind]) if path.is_file()]


def _keep(rig: Rig) -> Path:
    """Put what a killed seda left aside; every file of it has to be of a known kind."""
    known = {path for kind in KINDS for path in _files(rig.path, kind)}
    for folder in (rig.data, rig.run):
        for path in folder.rglob("*"):
            is_plain = any(path.match(pattern) for pattern in WITHOUT_CONTENT)
            if path.is_file() and path not in known and not is_plain:
                raise RuntimeError(f"{path} is of no kind that this siege knows: add it to KINDS")
    base = rig.path / "base"
    for name in ("data", "run"):
        shutil.copytree(rig.path / name, base / name, ignore=shutil.ignore_patterns("*.sock"))
    return base


# --- one damage -----------------------------------------------------------------------------------


@attrs.frozen
class _Siege:
    """What all starts have in common."""

    rig: Rig
    base: Path
    page: Page
    tally: Tally


def _withstand(siege: _Siege, words: str, damage: Damage) -> None:
    """Start on what is damaged until all of it was survived or refused by name."""
    damaged = list(KINDS)
    while damaged:
        _restore(siege.rig, siege.base)
        for kind in damaged:
            chance = random.Random(f"{kind} {words}")  # noqa: S311 - invented chance, seeded
            for path in _files(siege.rig.path, kind):
                path.write_bytes(damage(path.read_bytes(), chance))
        mended = _Start(siege, words).survive(damaged)
        if not mended:
            return
        damaged = [kind for kind in damaged if kind not in mended]


def _restore(rig: Rig, base: Path) -> None:
    for name in ("data", "run"):
        shutil.rmtree(rig.path / name, ignore_errors=True)
        shutil.copytree(base / name, rig.path / name)


class _Start:
    """One start on damaged files."""

    def __init__(self, siege: _Siege, words: str) -> None:
        self._rig = siege.rig
        self._page = siege.page
        self._tally = siege.tally
        self._words = words
        self._before = len(siege.rig.words)
        self._tally.starts += 1

    def survive(self, damaged: list[str]) -> list[str]:
        """Start; return the kinds that have to be as they were for the next try, if any."""
        self._rig.launch()
        try:
            is_ready = self._wait_ready(damaged)
            if self._rig.exit_code() is not None:
                return self._refused(damaged, self._log())
            if is_ready:
                for words in self._page.look():
                    self._fail(words)
                time.sleep(WATCH_S)
            dying = {stage: ends for stage, ends in self._ends().items() if ends > ENDS_MAX}
            for stage, ends in dying.items():
                self._tally.note_dying(f"{self._words}: {stage} died {ends} times")
            self._check_quarantine()
            if not is_ready and not dying:
                return self._refused(damaged, _why(self._rig))
            return [kind for kind in damaged if KINDS[kind].split("/")[1] in dying]
        finally:
            _kill(self._rig)

    def _refused(self, damaged: list[str], words: str) -> list[str]:
        """Note the files that seda, or a stage in trouble, names; return their kinds."""
        named = [kind for kind in damaged if self._is_named(kind, words)]
        self._tally.refused.update(named)
        if not named:
            self._fail(f"not ready, exit code {self._rig.exit_code()}: {words[-400:]}")
        return named

    def _wait_ready(self, damaged: list[str]) -> bool:
        """Wait until all stages serve, or one says which file it cannot do without."""
        until_s = time.monotonic() + READY_S
        while self._rig.exit_code() is None and time.monotonic() < until_s:
            if self._rig.is_ready():
                return True
            words = _why(self._rig)
            is_refused = any(self._is_named(kind, words) for kind in damaged)
            if is_refused or any(ends > ENDS_MAX for ends in self._ends().values()):
                return False
            time.sleep(0.1)
        return False

    def _log(self) -> str:
        return self._rig.words[self._before :]

    def _ends(self) -> Counter[str]:
        """Count by stage the handlers that ended: the log tells of `live`, too."""
        found: Counter[str] = Counter()
        for text in self._log().splitlines():
            with contextlib.suppress(ValueError):
                line = json.loads(text)
                if line["message"] == _ENDED:
                    found[line["stage"]] += 1
        return found

    def _is_named(self, kind: str, words: str) -> bool:
        return any(str(path) in words for path in _files(self._rig.path, kind))

    def _check_quarantine(self) -> None:
        """Read the quarantine as its command does."""
        place = self._rig.data / "quarantine"
        for entry in quarantine.entries(place):
            try:
                _, descriptors = quarantine.load(place, entry.stage, entry.name, "again")
            except (OSError, ValueError, Unreadable):
                continue
            except Exception as error:  # noqa: BLE001 - whatever a reader forgot
                self._fail(f"the quarantine raises {error!r}")
                continue
            for descriptor in descriptors:
                os.close(descriptor)

    def _fail(self, what: str) -> None:
        self._tally.fail(f"{self._words}: {what}")


def _why(rig: Rig) -> str:
    try:
        with urllib.request.urlopen(  # our own loopback address
            f"http://{rig.operations}/readyz", timeout=2
        ):
            return "it is ready now"
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError as error:
        return str(error)


def _kill(rig: Rig) -> None:
    """Kill the supervisor, and wait until all that hangs on it is gone."""
    processes = rig.processes()
    rig.kill()
    until_s = time.monotonic() + READY_S
    while any(Path(f"/proc/{pid}/exe").exists() for pid in processes):
        if time.monotonic() > until_s:
            raise RuntimeError("processes outlive their supervisor")
        time.sleep(0.02)
