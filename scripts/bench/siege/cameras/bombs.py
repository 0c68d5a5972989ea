"""Three cameras whose pictures take a decoder as long as it lets them, among seventeen others.

Two send pictures in thousands of scans, one large and one small; the third knows the bounds and
stays just under them. What counts is how old the others' pictures and scores are meanwhile, from
their arrival, and how soon after the end they are as before.
"""

import io
import os
import time
from collections.abc import Sequence

import attrs
from PIL import Image

from scripts.bench.cameras import cameras_toml
from scripts.bench.report import Figure, progress
from scripts.bench.siege.cameras.asking import ask, cameras
from testing.arithmetic import percentile
from testing.cameras.camera_servers import MJPEG, Server, mjpeg_parts
from testing.films import film
from testing.ports import free_port
from testing.running.rig import Rig

OTHERS = 17
RATE = 5.0
SETTLE_S, SIEGE_S, AFTER_S = 15.0, 45.0, 25.0
LOOK_S = 0.5
PICTURE_S, SCORE_S = 4.0, 5.0
"""Older than this is not back."""
_NEVER_S = 99.0
SCAN = b"\xff\xda"


def repeated(width: int, height: int, scans: int) -> bytes:
    """Return a flat progressive picture that repeats its last scan so often."""
    out = io.BytesIO()
    Image.new("L", (width, height), 128).save(out, "JPEG", quality=20, progressive=True)
    usual = out.getvalue()
    last = usual.rindex(SCAN)
    return usual[:last] + usual[last:-2] * scans + usual[-2:]


@attrs.frozen
class Look:
    """How old the others' pictures and scores were at one moment, and how many were not live."""

    for_s: float
    """Since the looks began."""
    pictures_s: tuple[float, ...]
    scores_s: tuple[float, ...]
    not_live: int


def look(rig: Rig, seconds: float) -> list[Look]:
    """Look again and again at all cameras but the bombs."""
    looks, began_s = [], time.monotonic()
    while (for_s := time.monotonic() - began_s) < seconds:
        views = [view for name, view in cameras(rig).items() if name.startswith("other")]
        scores = {it["camera"]: it["heard_s"] for it in ask(rig, "/api/v1/scores")}
        pictures_s = tuple(_age(view["picture_age_s"]) for view in views)
        scores_s = tuple(_age(scores.get(view["camera"])) for view in views)
        not_live = sum(view["state"] != "live" for view in views)
        looks.append(Look(for_s, pictures_s, scores_s, not_live))
        time.sleep(LOOK_S)
    return looks


def picture_p95_s(looks: Sequence[Look]) -> float:
    """Return the age under which 95 of 100 pictures were."""
    return percentile([age_s for it in looks for age_s in it.pictures_s], 0.95)


def score_p95_s(looks: Sequence[Look]) -> float:
    """Return the age under which 95 of 100 scores were."""
    return percentile([age_s for it in looks for age_s in it.scores_s], 0.95)


def back_after_s(looks: Sequence[Look]) -> float:
    """Return from when on everybody was live and as fresh as is promised, to the end."""
    for place, it in enumerate(looks):
        rest = looks[place:]
        is_fresh = picture_p95_s(rest) <= PICTURE_S and score_p95_s(rest) <= SCORE_S
        if is_fresh and not any(it.not_live for it in rest):
            return it.for_s
    return _NEVER_S


def _age(told_s: float | None) -> float:
    return _NEVER_S if told_s is None else told_s


def run() -> dict[str, Figure]:
    """Besiege, and return the others' ages."""
    good = Server(mjpeg_parts(film.jpegs(film.pictures(25, 640, 480))), RATE, MJPEG)
    bombs = [
        Server(mjpeg_parts([repeated(4096, 4096, 2000)]), 2.0, MJPEG),
        Server(mjpeg_parts([repeated(640, 480, 20_000)]), 2.0, MJPEG),
        Server(mjpeg_parts([repeated(1920, 1080, 57)]), RATE, MJPEG),
    ]
    for server in (good, *bombs):
        server.start()  # so that each has its port
    for bomb in bombs:
        bomb.stop()
    urls = {f"other{number}": good.url for number in range(OTHERS)}
    urls |= {f"bomb{number}": bomb.url for number, bomb in enumerate(bombs)}
    settings = f'[web]\naddress = "127.0.0.1:{free_port()}"\n{cameras_toml(urls, RATE)}'
    try:
        with Rig("seda.pipeline:PIPELINE", settings) as rig:
            return _besiege(rig, bombs)
    finally:
        for server in (good, *bombs):
            server.stop()


def _besiege(rig: Rig, bombs: list[Server]) -> dict[str, Figure]:
    time.sleep(SETTLE_S)
    before = look(rig, SETTLE_S)
    for bomb in bombs:
        bomb.start()
    progress("siege/bombs: the bombs are there")
    during = look(rig, SIEGE_S)
    told = {name: view["remarks"] or view["why"] for name, view in cameras(rig).items()}
    for bomb in bombs:
        bomb.stop()
    progress("siege/bombs: the bombs are gone")
    after = look(rig, AFTER_S)
    for name in sorted(name for name in told if name.startswith("bomb")):
        progress(f"{name}: {told[name]}")
    return {
        "bombs_load_of_the_machine": Figure(os.getloadavg()[0], ""),
        "bombs_picture_age_before_p95_s": Figure(picture_p95_s(before), "s"),
        "bombs_score_age_before_p95_s": Figure(score_p95_s(before), "s"),
        "bombs_picture_age_p95_s": Figure(picture_p95_s(during), "s"),
        "bombs_score_age_p95_s": Figure(score_p95_s(during), "s"),
        "bombs_others_not_live": Figure(max(it.not_live for it in during), ""),
        "bombs_back_after_s": Figure(back_after_s(after), "s"),
    }
