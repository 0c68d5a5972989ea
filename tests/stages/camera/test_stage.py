"""Cameras through `seda run`: a scripted camera at one end, batches and facts at the other."""

import json
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from seda.processes import children_of
from testing.cameras.scripted import Visit, serving
from testing.films import media
from testing.running.supervised import Supervised, supervised
from testing.waiting import wait_until_async

pytestmark = pytest.mark.slow
PICTURES = [media.jpeg(number) for number in range(10)]


async def film(visit: Visit) -> None:
    """Send ten pictures a second for ever."""
    await visit.begin("multipart/x-mixed-replace; boundary=x")
    number = 0
    while True:
        picture = PICTURES[number % len(PICTURES)]
        head = f"--x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        await visit.send(head.encode(), picture, b"\r\n")
        number += 1
        await trio.sleep(0.1)


class Pipeline:
    """A running seda, seen by what its last stages wrote down."""

    def __init__(self, place: Supervised, pid: int) -> None:
        self._data = place.directory / "data"
        self.pid = pid

    def _lines(self, name: str) -> list[dict[str, Any]]:
        path = self._data / name
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        return [json.loads(line) for line in whole.splitlines()]

    def batches(self, camera: str) -> list[dict[str, Any]]:
        return [it for it in self._lines("sink/batches") if it["camera"] == camera]

    def facts(self, camera: str, of: str) -> list[dict[str, Any]]:
        lines = self._lines("live/facts")
        return [it[of] for it in lines if it["camera"] == camera and it[of]]

    def stage(self, name: str) -> tuple[int, list[int]]:
        """Return the pids of a stage's controller and of its handlers."""
        for pid in children_of(self.pid):
            maps = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
            if any(f"memfd:config-{name} " in it for it in maps):
                return pid, [child for child in children_of(pid) if not _is_template(child)]
        raise LookupError(name)


def _is_template(pid: int) -> bool:
    return b"runtime" in Path(f"/proc/{pid}/cmdline").read_bytes() and any(
        "memfd:config" in str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()
    )


Scenario = Callable[[Pipeline], Awaitable[None]]


def run(
    folder: Path,
    scenario: Scenario,
    cameras: str,
    script: Callable[[Visit], Awaitable[None]] = film,
    more: str = "",
    pipeline: str = "CAMERAS",
) -> str:
    """Run a scenario against a configuration of cameras; return the log."""

    async def everything() -> str:
        async with serving(script) as url:
            toml = more + cameras.replace("URL", url)
            with supervised(folder, pipeline, toml, has_fakes=False) as place:
                process = await trio.to_thread.run_sync(place.start)
                await scenario(Pipeline(place, process.pid))
                return await trio.to_thread.run_sync(partial(place.stop, process))

    return trio.run(everything)


GATE = '[[camera]]\nname = "gate ü"\nurl = "URL/"\n'
"""A name that no event's id may hold."""


def test_pictures_of_a_camera_become_batches_and_facts(tmp_path: Path) -> None:
    """From the socket to whole JPEGs, without a gap, while a neighbour is dead (R1, R16)."""
    dead = (
        '[[camera]]\nname = "dead"\nurl = "http://bob:very-secret@127.0.0.1:1/?token=hush-hush"\n'
    )

    async def scenario(seda: Pipeline) -> None:
        await wait_until_async(
            lambda: len(seda.batches("gate ü")) >= 3, "three batches of the gate"
        )
        await wait_until_async(
            lambda: seda.facts("dead", "connection"), "a fact of the dead camera"
        )
        batches = seda.batches("gate ü")
        assert [it["sequence"] for it in batches[:3]] == [0, 1, 2]
        assert len({it["epoch"] for it in batches}) == 1
        times = [frame["captured_s"] for it in batches for frame in it["frames"]]
        assert times == sorted(times)
        assert len(times) / len(batches) == pytest.approx(10, abs=1)
        picture = seda.facts("gate ü", "picture")[-1]
        assert (picture["width_px"], picture["height_px"]) == (160, 96)
        assert picture["looks"]
        lost = [it for it in seda.facts("dead", "connection") if it["state"] == "lost"]
        assert lost[-1]["fault"] == "connection_refused"

    log = run(tmp_path, scenario, GATE + dead)
    stored = list((tmp_path / "data/transcoder").glob("camera-gate*/*.jpg"))
    assert stored
    files = (path for path in (tmp_path / "data").rglob("*") if path.is_file())
    everything = [log.encode(), *(path.read_bytes() for path in files)]
    assert not any(word in it for it in everything for word in (b"very-secret", b"hush-hush"))


def test_a_killed_handlers_and_controllers_cameras_go_on(tmp_path: Path) -> None:
    """A new epoch each time, nothing in quarantine, and the account says so (R2)."""

    async def scenario(seda: Pipeline) -> None:
        def epochs() -> int:
            return len({it["epoch"] for it in seda.batches("gate ü")})

        for number, kill in enumerate(("handler", "handler", "controller")):
            await wait_until_async(
                partial(lambda least: epochs() > least, number), "an epoch after each kill"
            )
            controller, handlers = seda.stage("camera")
            os.kill(handlers[0] if kill == "handler" else controller, signal.SIGKILL)
        await wait_until_async(lambda: epochs() > 3, "the epoch after the last kill")

    run(tmp_path, scenario, GATE)
    assert not list((tmp_path / "data").glob("quarantine/**/*.*"))


def test_a_plan_privacy_and_files_come_from_the_configuration(tmp_path: Path) -> None:
    """Rate and polygons hold, and a file replayed fast is played once, whole (R16)."""
    path = tmp_path / "film.ts"
    path.write_bytes(media.stream("mpegts", frames=250))
    hidden = "privacy = [[[0, 0], [1, 0], [1, 1], [0, 1]]]\n"
    cameras = f'[[camera]]\nname = "film"\nurl = "file://{path}"\nreplay = "fast"\n{hidden}'

    async def scenario(seda: Pipeline) -> None:
        await wait_until_async(lambda: len(seda.batches("film")) >= 5, "five batches of the film")
        assert sum(len(it["frames"]) for it in seda.batches("film")) == pytest.approx(20, abs=5)
        looks = [look for it in seda.facts("film", "picture") for look in it["looks"]]
        assert all(look["mean"] == 0 for look in looks)
        states = [it["fault"] for it in seda.facts("film", "connection")]
        assert states[-1] in ("ended", "")

    run(tmp_path, scenario, cameras, more="[transcoder]\nrate_per_s = 2\n")


def test_a_transcoder_that_stands_still_costs_chunks_by_name(tmp_path: Path) -> None:
    """Nothing piles up: chunks are dropped, and the camera's account counts them."""
    names = [f"gate{number}" for number in range(10)]
    cameras = "".join(
        f'[[camera]]\nname = "{name}"\nurl = "URL/"\nchunk_s = 0.5\n' for name in names
    )

    def dropped(seda: Pipeline) -> int:
        accounts = [seda.facts(name, "connection") for name in names]
        return sum(it[-1]["chunks_dropped"] for it in accounts if it)

    async def scenario(seda: Pipeline) -> None:
        await wait_until_async(lambda: dropped(seda) > 0, "a dropped chunk")
        states = {seda.facts(name, "connection")[-1]["state"] for name in names}
        assert states == {"connected"}

    run(tmp_path, scenario, cameras, pipeline="STUCK", more="stop_limit_s = 2.0\n")
