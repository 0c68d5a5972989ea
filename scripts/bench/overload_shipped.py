"""The shipped rows under ten times what the machine can do: 32 cameras over loopback for a minute.

Cameras send large H.264 of which every frame is wanted, so that the ladder has something to leave
out. What one chunk costs without pressure is measured first, with one camera; of that and the
machine's processors follows the capacity. A chunk that was transcoded and not scored is work in
vain, a chunk never begun is not. What is scored comes to a stage in the place of
`assignment`, where a frame could be given to somebody.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs

from scripts.bench.cameras import cameras_toml
from scripts.bench.report import Figure, progress
from scripts.bench.siege.cameras.asking import cameras
from testing.arithmetic import jain_index, percentile
from testing.cameras.camera_servers import MPEG_TS, Server, slices
from testing.films import film
from testing.running.rig import Rig

PIPELINE = "testing.running.bench_pipelines:SHIPPED"
CAMERAS = 32
CHUNK_S = 2.0
WIDTH_PX, HEIGHT_PX = 3840, 2160
BITS_PER_S = 12_000_000
PICTURES, TURNS = 10, 10
"""The same pictures over and over; so many of this size take 250 MB."""
WANTED = "width_max_px = 2560\n"
ALONE_S, FLOOD_S = 14.0, 60.0
LOOK_S = 0.5
CALM_LIMIT_S = 150.0
"""Levels step back one by one, and more slowly where that was too early before."""
EASED = ("transcoder", "anomaly")
NEVER_LATE = "".join(f"[stage.{name}]\ntarget_s = 1000.0\nfresh_s = 1000.0\n" for name in EASED)
"""However busy the machine is: then a chunk is all that is asked for."""


@attrs.frozen
class Scored:
    """One frame that could be given to somebody."""

    epoch: int
    sequence: int
    age_s: float
    camera: str


def scored(rig: Rig) -> list[Scored]:
    """Return what came so far."""
    path = rig.data / "assignment" / "frames"
    lines = path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []
    words = [line.split(" ", 3) for line in lines]
    return [Scored(int(it[0]), int(it[1]), float(it[2]), it[3]) for it in words]


def stage(rig: Rig, name: str) -> dict[str, Any]:
    """Return a stage's figures."""
    found: dict[str, Any] = next(it for it in rig.stages()["stages"] if it["stage"] == name)
    figures: dict[str, Any] = found["figures"]
    return figures


def calls(rig: Rig) -> int:
    """Return how many chunks the transcoder has worked on."""
    return sum(count for _, count in stage(rig, "transcoder")["service_buckets"])


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    progress("overload: making the film")
    made = film.pictures(PICTURES, WIDTH_PX, HEIGHT_PX)
    stream = film.h264(made * TURNS, BITS_PER_S)
    del made
    pieces = slices(stream, PICTURES * TURNS)
    few, many = (Server(pieces, film.RATE, MPEG_TS) for _ in range(2))
    few.start()
    many.start()
    try:
        chunk_cpu_s = _alone(few.url)
        progress(f"overload: a chunk takes {chunk_cpu_s:.2f} s of CPU; now {CAMERAS} cameras")
        urls = {f"camera{number}": many.url for number in range(CAMERAS - 1)}
        with Rig(PIPELINE, _settings(urls | {"last": few.url})) as rig:
            return _flood(rig, many, chunk_cpu_s)
    finally:
        few.stop()
        many.stop()


def _settings(urls: dict[str, str]) -> str:
    return cameras_toml(urls, film.RATE).replace("[transcoder]\n", f"[transcoder]\n{WANTED}", 1)


def _alone(url: str) -> float:
    """Return the CPU time that a chunk takes without any pressure."""
    with Rig(PIPELINE, NEVER_LATE + _settings({"alone": url})) as rig:
        _wait_for(lambda: len(scored(rig)) >= 1)
        count, cpu_s = len(scored(rig)), rig.stage_cpu_s(*EASED)
        time.sleep(ALONE_S)
        cpu_s = rig.stage_cpu_s(*EASED) - cpu_s
        return cpu_s / (len(scored(rig)) - count)


def _flood(rig: Rig, many: Server, chunk_cpu_s: float) -> dict[str, Figure]:
    levels = [0]
    until_s = time.monotonic() + FLOOD_S
    while time.monotonic() < until_s:
        levels.append(stage(rig, "transcoder")["pressure"])
        time.sleep(LOOK_S)
    seen = scored(rig)
    many.stop()
    progress(f"overload: levels were {_runs(levels)}; the cameras are gone")
    until_s = time.monotonic() + CALM_LIMIT_S
    while stage(rig, "transcoder")["pressure"] and time.monotonic() < until_s:
        time.sleep(LOOK_S)
    last = stage(rig, "transcoder")["pressure"]
    views = cameras(rig)
    dropped = {name: stage(rig, name)["drops"] for name in EASED}
    progress(f"overload: dropped { ({k: _total(v) for k, v in dropped.items()}) }")
    finished = scored(rig)
    made = calls(rig)
    counted = Counter(it.camera for it in seen)
    offered_per_s = CAMERAS / CHUNK_S
    processors = len(os.sched_getaffinity(0))
    return {
        "shipped_times_too_much": Figure(offered_per_s * chunk_cpu_s / processors, ""),
        "shipped_capture_to_assignable_p95_s": Figure(
            percentile((it.age_s for it in seen), 0.95), "s"
        ),
        "shipped_useful_throughput_share": Figure(len(finished) / made, ""),
        "shipped_jain_index": Figure(jain_index([counted[name] for name in views]), ""),
        "shipped_highest_level": Figure(max(levels), ""),
        "shipped_last_level": Figure(last, ""),
        "shipped_newest_chunks_lost": Figure(_newest_lost(finished, views), ""),
        "shipped_scored_share": Figure(len(seen) / (offered_per_s * FLOOD_S), ""),
        "shipped_load_of_the_machine": Figure(os.getloadavg()[0], ""),
    }


def _newest_lost(finished: list[Scored], views: dict[str, Any]) -> int:
    """Count the cameras that are gone and whose last chunk was not scored."""
    lost = 0
    for name, view in views.items():
        mine = [it for it in finished if it.camera == name]
        epochs = {it.epoch for it in mine}
        newest = max((it.sequence for it in mine), default=-1)
        lost += name != "last" and (len(epochs) != 1 or newest != view["chunks"] - 1)
    return lost


def _total(drops: dict[str, dict[str, int]]) -> dict[str, int]:
    return {reason: sum(by_key.values()) for reason, by_key in drops.items()}


def _runs(levels: list[int]) -> list[int]:
    """Return a list without what repeats."""
    return [b for a, b in zip([None, *levels], levels, strict=False) if a != b]


def _wait_for(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(LOOK_S)
