"""Every malformed file at hand, as a camera would send it, whole and cut at five places.

Pictures go as the parts of motion JPEG, many to a connection; whatever else there is as the answer
of one. In the end every camera sends a good film, and has to become live. What is counted against
seda: controllers that died, cameras that never came back, and chunks that went to the quarantine
for a mistake of ours, which is any reason but that a decoder ended its process.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.bench.cameras import cameras_toml
from scripts.bench.report import Figure, progress
from scripts.bench.siege.cameras.asking import ask, cameras
from scripts.bench.siege.cameras.handout import Answer, Handout
from seda import quarantine
from testing.cameras.camera_servers import MJPEG, mjpeg_parts
from testing.data import DATA
from testing.films import film
from testing.ports import free_port
from testing.running.rig import Rig

CAMERAS = 60
SHARES = (1.0, 0.97, 0.75, 0.5, 0.25, 0.05)
"""Whole, and cut at these places."""
PARTS = 40
"""Pictures to a connection."""
RATE = 120.0
"""All of them are looked at."""
LIMIT_S, BACK_S = 300.0, 180.0
"""A camera that sent nothing usable again and again is tried every two minutes."""
_LOOK_S = 1.0
_FOLDERS = ("malformed", "video")
_TYPES = {
    ".mp4": "video/mp4",
    ".3gp": "video/mp4",
    ".m4s": "video/mp4",
    ".avif": "video/mp4",
    ".ts": "video/mp2t",
    ".bin": "video/mp2t",
    ".avi": "video/x-flv",
}
"""Sent as streams, under the type that comes nearest; all others are sent as pictures."""
_DECODERS = ("its handler ended: signal-", "its handler ended: deadline")


def run() -> dict[str, Figure]:
    """Send everything, and return what became of seda."""
    files = [path for name in _FOLDERS for path in sorted((DATA / name).rglob("*"))]
    files = [path for path in files if path.is_file()]
    if not files:
        progress(f"siege/malformed: no files at {DATA}; set SEDA_DATA to the folder above them")
        return {}
    handout = Handout([*_answers(files)], film.jpegs(film.pictures(10, 320, 240)))
    urls = {f"camera{number}": handout.url for number in range(CAMERAS)}
    settings = f'[web]\naddress = "127.0.0.1:{free_port()}"\n{cameras_toml(urls, RATE)}'
    try:
        with Rig("seda.pipeline:PIPELINE", settings) as rig:
            return _besiege(rig, handout, len(files))
    finally:
        handout.close()


def _answers(files: Iterable[Path]) -> Iterator[Answer]:
    """Return what is sent: streams one by one, pictures together."""
    pictures: list[bytes] = []
    for path in files:
        content = path.read_bytes()
        cuts = [content[: round(share * len(content))] for share in SHARES]
        if path.suffix in _TYPES:
            yield from (Answer(_TYPES[path.suffix], (cut,)) for cut in cuts)
        else:
            pictures += cuts
    for place in range(0, len(pictures), PARTS):
        yield Answer(MJPEG, tuple(mjpeg_parts(pictures[place : place + PARTS])))


def _besiege(rig: Rig, handout: Handout, files: int) -> dict[str, Figure]:
    until_s = time.monotonic() + LIMIT_S
    while handout.left and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
    progress(f"siege/malformed: {handout.left} answers are left; now come good films")
    stuck = _wait_for_all(rig)
    stages = ask(rig, "/api/v1/stages")["stages"]
    kept = quarantine.entries(rig.data / "quarantine")
    ours = [entry for entry in kept if not entry.reason.startswith(_DECODERS)]
    for entry in kept:
        progress(f"quarantined in {entry.stage}: {entry.reason}")
    restarts = [sum(stage["figures"]["restarts"].values()) for stage in stages if stage["figures"]]
    return {
        "malformed_files": Figure(files, ""),
        "malformed_answers_left": Figure(handout.left, ""),
        "malformed_controllers_dead": Figure(
            sum(stage["controller_restarts"] or 0 for stage in stages), ""
        ),
        "malformed_cameras_stuck": Figure(stuck, ""),
        "malformed_quarantined_by_errors_of_ours": Figure(len(ours), ""),
        "malformed_quarantined": Figure(len(kept), ""),
        "malformed_handlers_replaced": Figure(sum(restarts), ""),
    }


def _wait_for_all(rig: Rig) -> int:
    """Wait until every camera was live once; return how many never were."""
    stuck, until_s = set(cameras(rig)), time.monotonic() + BACK_S
    while stuck and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
        stuck -= {name for name, view in cameras(rig).items() if view["state"] == "live"}
    return len(stuck)
