"""`disk`: the disk under the data directory is full for a minute, and somebody keeps it so.

All of seda runs on a small disk of its own, with eight cameras and three people who decide.
Somebody else takes whatever is free, ten times a second, so that what seda gives back is gone at
once. Counted are cameras, the age of their pictures, verdicts that were acknowledged, and who says
that the disk is full; then the other's files go, and how long it takes until all is well.

The disk is a tmpfs in a mount namespace of a process of its own, and goes with that process,
whatever happens. Who may not mount may in a user namespace.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scripts.bench import camera_servers, film
from scripts.bench.ports import free_port
from scripts.bench.report import Figure, progress
from scripts.bench.rig import Rig
from scripts.bench.siege.deciding import Spotter
from scripts.bench.siege.filling import Filler
from scripts.bench.siege.system_page import shows_on_system_page
from stages.store.database import Store, Transaction, read
from stages.store.people import User, add_user, issue
from stages.store.places import store_path

FULL_S = 60.0
CAMERAS = 8
SPOTTERS = 3
DISK_BYTES = 256 * 1024 * 1024
WARM_UP_S = 20.0
"""Until every camera has its memory and some of its ring, and everybody a frame."""
LIMIT_S = 90.0
"""For what has to become well again."""
LOOK_S = 0.5
LIVE_S = 60.0
SIZE_PX = (640, 360)
PER_S = 5.0
SAYERS = ("status", "readyz", "metrics", "alarm", "page")
WORDS = "disk full"
_SETTINGS = """
[web]
address = "127.0.0.1:{port}"
[watch]
test_every = 0
nobody_s = 0
"""
_CAMERA = '[[camera]]\nname = "camera-{number}"\nurl = "{url}"\n'


def run() -> dict[str, Figure]:
    """Measure in a mount namespace of its own."""
    apart = ["unshare", "--mount", "--propagation", "private"]
    apart += [] if os.geteuid() == 0 else ["--map-root-user"]
    found = subprocess.run(
        [*apart, sys.executable, "-P", "-m", "scripts.bench.siege.disk"],
        stdout=subprocess.PIPE,
        check=False,
    )
    if found.returncode:
        progress(
            "a mount namespace with a disk of its own is needed: run as root, or allow unshare"
        )
        return {}
    told: dict[str, tuple[float, str]] = json.loads(found.stdout)
    return {f"disk_{name}": Figure(value, unit) for name, (value, unit) in told.items()}


class Siege:
    """A running seda on its small disk, and what was seen of it."""

    def __init__(self, rig: Rig, port: int, secrets: list[str]) -> None:
        self.rig = rig
        self.address = f"127.0.0.1:{port}"
        self.supervisor, *people = secrets
        self.spotters = [Spotter(self.address, f"spotter-{n}", it) for n, it in enumerate(people)]
        self.live: list[int] = []
        self.ages_s: list[float] = []
        self.said: dict[str, bool] = dict.fromkeys(SAYERS, False)
        self.recovered_s = LIMIT_S
        self.deaths_before = 0

    def measure(self) -> None:
        """Fill the disk, look, make room, look again."""
        self._warm_up()
        before = self._acknowledged()
        progress(f"the disk is full for {FULL_S:g} s")
        with Filler(self.rig.data / "others") as filler:
            until_s = time.monotonic() + FULL_S
            while time.monotonic() < until_s:
                self._look()
                time.sleep(LOOK_S)
            self._ask_everybody()
            self.while_full = self._acknowledged() - before
        progress(f"room again: {filler.taken_bytes / 2**20:.0f} MB of others went")
        began_s = time.monotonic()
        if _wait(self._is_well, LIMIT_S):
            self.recovered_s = time.monotonic() - began_s

    def figures(self) -> dict[str, tuple[float, str]]:
        """Return the figures; the spotters have ended."""
        ages_s = sorted(self.ages_s)
        with read(store_path(self.rig.data)) as tx:
            kept = {row["lease_id"] for row in tx.run("SELECT lease_id FROM verdicts")}
            unseen = _count_unseen(tx)
            missing = _count(tx, "evidence missing") - _count(tx, "evidence kept late")
        acknowledged = {it for spotter in self.spotters for it in spotter.acknowledged}
        for name in SAYERS:
            progress(f"{name}: {'said' if self.said[name] else 'NOT said'}")
        return {
            "cameras_live_share": (min(self.live) / CAMERAS, ""),
            "age_p95_s": (ages_s[int(len(ages_s) * 0.95)], "s"),
            "verdicts_lost": (len(acknowledged - kept), ""),
            "verdicts_while_full": (self.while_full, ""),
            "verdicts_refused": (sum(it.refused for it in self.spotters), ""),
            "verdicts_without_all_evidence": (missing, ""),
            "flagged_without_picture": (unseen, ""),
            "said": (sum(self.said.values()), ""),
            "handler_deaths": (self._deaths() - self.deaths_before, ""),
            "recovered_s": (self.recovered_s, "s"),
            "free_afterwards_mb": (_free_bytes(self.rig.data) / 2**20, "MB"),
        }

    def _warm_up(self) -> None:
        if not _wait(lambda: self._live() == CAMERAS, LIVE_S):
            raise RuntimeError(f"not all cameras were live within {LIVE_S:g} s")
        for spotter in self.spotters:
            spotter.start()
        time.sleep(WARM_UP_S)
        self.deaths_before = self._deaths()

    def _look(self) -> None:
        cameras = self._ask("/api/v1/cameras")
        self.live.append(sum(it["state"] == "live" for it in cameras))
        self.ages_s += [it["picture_age_s"] for it in cameras if it["picture_age_s"] is not None]

    def _ask_everybody(self) -> None:
        self.said["readyz"] = WORDS in self._get("/readyz")
        self.said["metrics"] = "seda_disk_full{directory=" in self._get("/metrics") and any(
            line.startswith("seda_disk_full{") and line.endswith(" 1.0")
            for line in self._get("/metrics").splitlines()
        )
        self.said["status"] = WORDS in self._status()
        self.said["alarm"] = any(it["cause"] == WORDS for it in self._alarms())
        self.said["page"] = shows_on_system_page(self.address, self.supervisor, WORDS)

    def _is_well(self) -> bool:
        return (
            self._get("/readyz").startswith("every stage")
            and self._live() == CAMERAS
            and any(
                it["cause"] == WORDS and any("Over:" in note["text"] for note in it["notes"])
                for it in self._alarms()
            )
        )

    def _live(self) -> int:
        return sum(it["state"] == "live" for it in self._ask("/api/v1/cameras"))

    def _deaths(self) -> int:
        return sum(
            sum(stage["figures"]["restarts"].values())
            for stage in self._ask("/api/v1/stages")["stages"]
            if stage["figures"]
        )

    def _acknowledged(self) -> int:
        return sum(len(it.acknowledged) for it in self.spotters)

    def _status(self) -> str:
        words = ("status", "--config", str(self.rig.config))
        command = [sys.executable, "-P", "-m", "seda", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def _alarms(self) -> list[dict[str, Any]]:
        request = urllib.request.Request(
            f"http://{self.address}/api/v1/alarms",
            headers={"Cookie": f"seda_session={self.supervisor}"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            found: list[dict[str, Any]] = json.load(answer)["alarms"]
        return found

    def _ask(self, path: str) -> Any:  # noqa: ANN401 - as the answer is
        return json.loads(self._get(path))

    def _get(self, path: str) -> str:
        """Return what the operations address says, also where it says no."""
        try:
            with urllib.request.urlopen(
                f"http://{self.rig.operations}{path}", timeout=10
            ) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as refused:
            return refused.read().decode()


def main() -> None:
    """Measure here, and print the figures as JSON."""
    port = free_port()
    pictures = film.jpegs(film.pictures(25, *SIZE_PX))
    parts = camera_servers.mjpeg_parts(pictures)
    secrets: list[str] = []
    with ExitStack() as stack:
        settings = _SETTINGS.format(port=port)
        for number in range(CAMERAS):
            server = camera_servers.Server(parts, PER_S, camera_servers.MJPEG)
            server.start()
            stack.callback(server.stop)
            settings += _CAMERA.format(number=number, url=server.url)
        rig = Rig("seda.pipeline:PIPELINE", settings)

        def prepare() -> None:
            options = f"size={DISK_BYTES},mode=700"
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "seda-bench", str(rig.data)],  # noqa: S607
                check=True,
            )
            secrets.extend(_sign_in(rig.data))

        rig.prepare = prepare
        with rig:
            siege = Siege(rig, port, secrets)
            try:
                siege.measure()
            finally:
                for spotter in siege.spotters:
                    spotter.end()
            sys.stdout.write(json.dumps(siege.figures()))
            rig.end()
            subprocess.run(["umount", str(rig.data)], check=False)  # noqa: S607


def _sign_in(data: Path) -> list[str]:
    """Let a supervisor and the spotters in; return their sessions."""
    path = store_path(data)
    path.parent.mkdir(parents=True)

    def change(tx: Transaction) -> list[str]:
        add_user(tx, User(name="supervisor", role="supervisor", scope=None), "", "bench")
        for number in range(SPOTTERS):
            add_user(tx, User(name=f"spotter-{number}", role="spotter", scope=None), "", "bench")
        names = ["supervisor", *(f"spotter-{number}" for number in range(SPOTTERS))]
        return [issue(tx, "session", name, 86_400.0) for name in names]

    store = Store(path)
    try:
        found: list[str] = store.write_one(time.time(), change)
    finally:
        store.close()
    return found


def _count(tx: Transaction, kind: str) -> int:
    (row,) = tx.run("SELECT count(*) AS n FROM ledger WHERE kind = ?", kind)
    return int(row["n"])


def _count_unseen(tx: Transaction) -> int:
    """Count what was flagged and can not be looked at any more."""
    (row,) = tx.run(
        "SELECT count(*) AS n FROM verdicts WHERE verdict = 'suspicious' AND incident_id NOT IN"
        " (SELECT frame_id FROM frame_files WHERE name = 'frame.jpg')"
    )
    return int(row["n"])


def _wait(is_so: Callable[[], bool], limit_s: float) -> bool:
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        if is_so():
            return True
        time.sleep(LOOK_S)
    return False


def _free_bytes(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


if __name__ == "__main__":
    main()
