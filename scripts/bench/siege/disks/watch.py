"""What is seen of a seda whose disk is full: cameras, ages, verdicts, and who says so."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.bench.report import progress
from scripts.bench.siege.disks.deciding import Spotter
from scripts.bench.siege.disks.filling import Filler
from scripts.bench.siege.disks.system_page import shows_on_system_page
from store.file.database import Transaction, read
from store.file.places import store_path
from testing.running.rig import Rig

FULL_S = 60.0
WARM_UP_S = 20.0
"""Until every camera has its memory and some of its ring, and everybody a frame."""
LIMIT_S = 90.0
"""For what has to become well again."""
LOOK_S = 0.5
LIVE_S = 60.0
SAYERS = ("status", "readyz", "metrics", "alarm", "page")
WORDS = "disk full"


class Siege:
    """A running seda on its small disk, and what was seen of it."""

    def __init__(self, rig: Rig, port: int, cameras: int, secrets: list[str]) -> None:
        """`secrets` are sessions: a supervisor's, then those of the spotters."""
        self.rig = rig
        self.cameras = cameras
        self.address = f"127.0.0.1:{port}"
        self.supervisor, *people = secrets
        self.spotters = [Spotter(self.address, f"spotter-{n}", it) for n, it in enumerate(people)]
        self.live: list[int] = []
        self.ages_s: list[float] = []
        self.said: dict[str, bool] = dict.fromkeys(SAYERS, False)
        self.recovered_s = LIMIT_S
        self.deaths_before = 0
        self.while_full = 0

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
            "cameras_live_share": (min(self.live) / self.cameras, ""),
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
        if not _wait(lambda: self._live() == self.cameras, LIVE_S):
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
        lines = self._get("/metrics").splitlines()
        full = [it for it in lines if it.startswith("seda_disk_full{") and it.endswith(" 1.0")]
        self.said["metrics"] = any(str(self.rig.data) in it for it in full)
        self.said["status"] = WORDS in self._status()
        self.said["alarm"] = any(it["cause"] == WORDS for it in self._alarms())
        self.said["page"] = shows_on_system_page(self.address, self.supervisor, WORDS)

    def _is_well(self) -> bool:
        return (
            self._get("/readyz").startswith("every stage")
            and self._live() == self.cameras
            and any(
                it["cause"] == WORDS and any("Ended:" in note["text"] for note in it["notes"])
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


def _count(tx: Transaction, kind: str) -> int:
    (row,) = tx.run("SELECT count(*) AS n FROM ledger WHERE kind = ?", kind)
    return int(row["n"])


def _count_unseen(tx: Transaction) -> int:
    """Count what was flagged and cannot be looked at any more."""
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
