"""`pipeline`: what the shipped system costs a picture, from the socket to where it is assignable.

Counted is the processor time of all its processes (supervisor, controllers, templates, handlers) by
the scheduler's own account, with every stage of the shipped table and nobody signed in. Beside it,
in the same seconds, one bare loop does the same work on the same streams (`bare_loop`): whatever
else the machine does meets both. Each is counted by the pictures that it has scored. Cameras are
children that serve over loopback, which is not counted.

A figure by stage is in milliseconds of processor time a second. What the last slice of a process
that ended has taken is not known; none ends at a steady load.
"""

import functools
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import attrs

from scripts.bench.overload_shipped import NEVER_LATE
from scripts.bench.report import Figure, progress
from scripts.bench.siege.cameras.asking import cameras as views
from scripts.bench.whole.bare_loop import COUNT
from testing.cameras.camera_servers import MJPEG, Server, mjpeg_parts
from testing.films import film
from testing.ports import free_port
from testing.running.rig import Rig, cpu_of

PIPELINE = "seda.pipeline:PIPELINE"
SLICES, SLICE_S = 8, 5.0
EMPTY_SLICES = 5
SETTLE_S = 15.0
SCORED_LEAST = 0.5
"""Of the pictures sent; where fewer are scored, the machine is too busy to measure anything."""
PICTURES = 25


@attrs.frozen
class Load:
    """Some cameras that all send the same."""

    name: str
    cameras: int
    width_px: int
    height_px: int
    rate_per_s: float


LOADS = (
    Load("8_of_720p", 8, 1280, 720, 5.0),
    Load("40_of_480p", 40, 640, 480, 1.0),
)


class BareLoop:
    """The process to compare with."""

    def __init__(self, urls: list[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="seda-bench-")
        self._file = Path(self._folder.name, "scored")
        self._file.write_bytes(COUNT.pack(0))
        self._command = ("-P", "-m", "scripts.bench.whole.bare_loop", str(self._file), *urls)

    def __enter__(self) -> Self:
        """Start it."""
        self._process = subprocess.Popen([sys.executable, *self._command])
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    @property
    def scored(self) -> int:
        """Return how many pictures it has scored."""
        if self._process.poll() is not None:
            raise RuntimeError(f"the bare loop ended with {self._process.returncode}")
        number: int = COUNT.unpack(self._file.read_bytes())[0]
        return number

    def cpu_s(self) -> float:
        """Return what it has taken."""
        return cpu_of(self._process.pid)


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    figures = idle()
    for load in LOADS:
        figures |= loaded(load)
    return figures


def idle() -> dict[str, Figure]:
    """Measure what the system takes with no camera at all."""
    progress("pipeline: no camera at all")
    with Rig(PIPELINE, _settings()) as rig:
        time.sleep(SETTLE_S)
        slices = [spent for spent, _ in _slices(rig, EMPTY_SLICES)]
    return {"no_camera_ms_a_second": _ms_a_second(slices)} | _by_stage("no_camera", slices)


def loaded(load: Load) -> dict[str, Figure]:
    """Measure one load, beside the bare loop."""
    progress(f"pipeline: {load.cameras} cameras of {load.width_px}x{load.height_px}")
    pictures = film.pictures(PICTURES, load.width_px, load.height_px)
    server = Server(mjpeg_parts(film.jpegs(pictures)), load.rate_per_s, MJPEG)
    server.start()
    urls = [server.url] * load.cameras
    try:
        with Rig(PIPELINE, _settings(urls)) as rig, BareLoop(urls) as bare:
            time.sleep(SETTLE_S)
            return _compared(load, rig, bare)
    finally:
        server.stop()


ROWS = {
    "no_camera": idle,
    **{load.name: functools.partial(loaded, load) for load in LOADS},
}


def _compared(load: Load, rig: Rig, bare: BareLoop) -> dict[str, Figure]:
    scored, seen = bare.scored, _seen(rig)
    slices = list(_slices(rig, SLICES, bare))
    sent = SLICES * SLICE_S * load.cameras * load.rate_per_s
    bare_count = bare.scored - scored
    frames, chunks, assignable = (
        now - before for now, before in zip(_seen(rig), seen, strict=True)
    )
    count = frames * assignable / chunks
    if min(count, bare_count) < SCORED_LEAST * sent:
        raise RuntimeError(
            f"of {sent:.0f} pictures {count:.0f} were scored, {bare_count} by the bare loop: the"
            " machine is too busy to measure this load"
        )
    whole_ms = 1e3 * sum(it.total() for it, _ in slices) / count
    bare_ms = 1e3 * sum(it for _, it in slices) / bare_count
    return {
        f"{load.name}_against_bare_loop": Figure(whole_ms / bare_ms, ""),
        f"{load.name}_ms_a_picture": Figure(whole_ms, "ms"),
        f"{load.name}_bare_loop_ms_a_picture": Figure(bare_ms, "ms"),
        f"{load.name}_assignable_share": Figure(count / sent, ""),
        f"{load.name}_bare_loop_share": Figure(bare_count / sent, ""),
        f"{load.name}_ms_a_second": _ms_a_second([it for it, _ in slices]),
    } | _by_stage(load.name, [it for it, _ in slices])


def _settings(urls: list[str] | None = None) -> str:
    lines = [NEVER_LATE, f'[web]\naddress = "127.0.0.1:{free_port()}"\n']
    for number, url in enumerate(urls or []):
        lines.append(f'[[camera]]\nname = "camera{number}"\nurl = "{url}"\n')
    return "".join(lines)


def _seen(rig: Rig) -> tuple[int, int, int]:
    """Return the pictures and chunks that were transcoded, and the chunks that are assignable.

    That are those that `anomaly` has settled: `assignment` has their frames in its journal.
    """
    figures = {it["stage"]: it["figures"] for it in rig.stages()["stages"]}
    done = {name: figures[name]["events"].get("done", 0) for name in ("transcoder", "anomaly")}
    frames = sum(view["frames"].get("frames", 0) for view in views(rig).values())
    return frames, done["transcoder"], done["anomaly"]


def _slices(
    rig: Rig, count: int, bare: BareLoop | None = None
) -> Iterator[tuple[Counter[str], float]]:
    """Give for each slice the seconds by stage, and those of the bare loop."""
    stages = _stages(rig)
    before, bare_before_s = _cpu_by_process(rig, stages), bare.cpu_s() if bare else 0.0
    for _ in range(count):
        time.sleep(SLICE_S)
        now, bare_s = _cpu_by_process(rig, stages), bare.cpu_s() if bare else 0.0
        spent: Counter[str] = Counter()
        for (stage, pid), cpu_s in now.items():
            spent[stage] += cpu_s - before.get((stage, pid), 0.0)  # type: ignore[assignment]
        yield spent, bare_s - bare_before_s
        before, bare_before_s = now, bare_s


def _stages(rig: Rig) -> dict[str, int]:
    """Return the controller of each stage."""
    names = [it["stage"] for it in rig.stages()["stages"]]
    return {name: pid for name in names if (pid := rig.controller(name)) is not None}


def _cpu_by_process(rig: Rig, controllers: dict[str, int]) -> dict[tuple[str, int], float]:
    """Return the seconds that each process has taken, with the stage that it is of."""
    spent = {("supervisor", rig.pid): cpu_of(rig.pid)}
    for stage, controller in controllers.items():
        for pid in rig.descendants(controller):
            spent[stage, pid] = cpu_of(pid)
    return spent


def _ms_a_second(slices: list[Counter[str]]) -> Figure:
    return Figure(1e3 * sum(it.total() for it in slices) / (len(slices) * SLICE_S), "ms/s")


def _by_stage(prefix: str, slices: list[Counter[str]]) -> dict[str, Figure]:
    total: Counter[str] = Counter()
    for it in slices:
        total.update(it)
    per_s = len(slices) * SLICE_S
    return {
        f"{prefix}_{stage}_ms_a_second": Figure(1e3 * spent_s / per_s, "ms/s")
        for stage, spent_s in total.most_common()
    }
