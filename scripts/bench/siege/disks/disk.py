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
from contextlib import ExitStack
from pathlib import Path

from scripts.bench.report import Figure, progress
from scripts.bench.siege.disks.watch import Siege
from store.file.database import Store, Transaction
from store.file.places import store_path
from store.people.people import User, add_user, issue
from testing.cameras import camera_servers
from testing.films import film
from testing.ports import free_port
from testing.running.rig import Rig

CAMERAS = 8
SPOTTERS = 3
DISK_BYTES = 256 * 1024 * 1024
SIZE_PX = (640, 360)
PER_S = 5.0
_SETTINGS = """
[web]
address = "127.0.0.1:{port}"
[watch]
incident_threat = 0.25
sample_every_s = 0
review_after_s = 86400
test_every = 0
nobody_s = 0
"""
_CAMERA = '[[camera]]\nname = "camera-{number}"\nurl = "{url}"\n'


def run() -> dict[str, Figure]:
    """Measure in a mount namespace of its own."""
    apart = ["unshare", "--mount", "--propagation", "private"]
    apart += [] if os.geteuid() == 0 else ["--map-root-user"]
    found = subprocess.run(
        [*apart, sys.executable, "-P", "-m", "scripts.bench.siege.disks.disk"],
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
            siege = Siege(rig, port, CAMERAS, secrets)
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


if __name__ == "__main__":
    main()
