"""What the scripted server says of people and machines: made up, and said as the views say it."""

import time
from collections.abc import Callable
from typing import Any

from seda.messages import Band, StageFigures
from seda.overview import CameraView, DiskView, Overview, ProcessView, StageView
from spotter_web import views
from testing.console.site import Site

FULL = "disk full: 3 MiB free, 512 MiB should be"


def _estimate(value: float, spread: float) -> views.EstimateView:
    return views.EstimateView(value, value - spread, value + spread)


def _vigilance(person: str) -> tuple[views.VigilanceView, ...]:
    rates = (_estimate(0.91, 0.06), _estimate(0.08, 0.05), _estimate(2.7, 0.5))
    return (
        views.VigilanceView(person, None, 142, 10, *rates),
        views.VigilanceView(person, Band.ALARMING, 103, 10, *rates),
        views.VigilanceView(person, Band.UNUSUAL, 9, 10),
    )


def figures(site: Site, call: Any) -> views.Figures:
    """Say what a person did lately."""
    counts = dict.fromkeys(("clear", "unsure", "suspicious"), 0)
    for entry in site.history:
        if entry.person == call.person:
            counts[entry.verdict] += 1
    limits = site.limits
    return views.Figures(
        sum(counts.values()), counts, 11.4, limits.on_watch_s, limits.rest_after_s,
        _vigilance(call.person) if site.is_tested else (),
    )  # fmt: skip


def vigilance(site: Site, _: Any) -> tuple[views.VigilanceView, ...]:
    """Say how well the watch is kept."""
    return tuple(row for name in site.users for row in _vigilance(name))


def watch(site: Site, _: Any) -> views.Watch:
    """Say who is here."""
    del site
    now_s = time.time()
    return views.Watch((views.Watcher("anna", now_s - 1260), views.Watcher("ben", now_s - 5400)))


def cameras(site: Site, _: Any) -> tuple[CameraView, ...]:
    """Say how every camera does, for operations."""
    return tuple(_camera(tile) for tile in site.wall().tiles)


def _camera(tile: views.Tile) -> CameraView:
    is_live = tile.state == "live"
    return CameraView(
        camera=tile.camera, state=tile.state, state_for_s=1900.0, why=tile.why,
        picture_age_s=0.8 if is_live else 95.0, frames_per_s=5.0 if is_live else None,
        width_px=960, height_px=540, format="mjpeg", authentication="none",
        is_trusted_by_hand=False, clock_offset_s=None, retry_in_s=None if is_live else 6.0,
        last_error="" if is_live else "connection refused", remarks={}, tries=3, reconnects=1,
        chunks=870, chunks_dropped=0, frames={"encoded": 4300}, entered={}, times_s={},
    )  # fmt: skip


def stages(site: Site, _: Any) -> Overview:
    """Say how every stage does."""
    del site
    names = ("camera", "transcoder", "anomaly", "assignment", "alarm", "http_reply")
    return Overview(
        "live", "running",
        (ProcessView("supervisor", "", 4000, "running", 5300.0, {}),),
        (*(_stage(name, place) for place, name in enumerate(names)),
         StageView("http_parser", "missing", 14.0, 3, None)),
        disks=(DiskView("/var/lib/seda", 3 * 2**20, 2**29, FULL),
               DiskView("/run", 2**33, 2**29, "")),
        full_disks={"/var/lib/seda": f"{FULL}; make room for /var/lib/seda"},
    )  # fmt: skip


def _stage(name: str, place: int) -> StageView:
    figures_of: Callable[..., StageFigures] = StageFigures
    return StageView(
        name, "serving", 0.4, 0,
        figures_of(
            stage=name, pid=4100 + place, at_s=0.0, state="serving", queue_events=place * 3,
            queue_bytes=place * 40_000, queue_age_s=0.2 * place, in_flight=1, awaiting=0,
            descriptors=4, pressure=0, handlers=(), handlers_wanted=1, handlers_max=4,
            events_per_call=1, isolation="pooled", admitted_per_s=None,
            events={"done": 5200 + place, "dropped": place},
            drops={"worse waits": {"gate": place}} if place else {},
            restarts={}, refused={}, counts={},
            service_buckets=(), service_sum_s=12.0,
            trouble="Two handlers did not answer in time: see the log." if place == 2 else "",
        ),
    )  # fmt: skip
