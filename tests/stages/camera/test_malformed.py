"""Every file of the data as a camera would send it: whole, and cut at several places."""

import pytest
import trio
import trio.testing

from conf.schema import Camera
from stages.camera.faults import CameraFault
from stages.camera.source.happenings import Connected, Happening, Noted
from stages.camera.source.http import Connection
from stages.camera.source.intake import Intake
from stages.camera.source.watch import RealClock
from testing import data
from testing.cameras.scripted import Visit, serving
from testing.needs import needs_data

SHARES = (1.0, 0.9, 0.4)
BYTES_MAX = 2 * 1024 * 1024
"""Enough of a film; what matters is where it is cut."""
LONG_S = 100.0
AT_ONCE = 40


async def outcome(url: str) -> str:
    """Return under which name a connection ended, or what was happening after a long time."""
    seen: list[Happening] = []

    async def emit(happening: Happening) -> None:
        seen.append(happening)

    camera = Camera("gate", url, snapshot_every_s=60)
    with trio.move_on_after(LONG_S):
        try:
            await Connection(camera, 1, RealClock(), emit, Intake()).run()
        except CameraFault as lost:
            return lost.fault.name
        return "ended"
    findings = [item.finding.name for item in seen if isinstance(item, Noted)]
    formats = [item.format.value for item in seen if isinstance(item, Connected)]
    return (findings or formats)[-1]


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("folder", ["malformed/jpeg", "malformed/video", "malformed/rtsp", "video"])
def test_no_file_makes_a_camera_stick(folder: str) -> None:
    """Each connection ends under a name, or goes on asking a camera of snapshots."""
    files = data.files(folder)

    async def script(visit: Visit) -> None:
        number, share = visit.request.path.strip("/").split("-")
        content = files[int(number)].read_bytes()[:BYTES_MAX]
        await visit.begin("application/octet-stream")
        await visit.send(content[: int(len(content) * float(share))])
        await visit.stream.aclose()

    found: set[str] = set()

    async def watch(url: str, limiter: trio.CapacityLimiter) -> None:
        async with limiter:
            found.add(await outcome(url))

    async def run() -> None:
        limiter = trio.CapacityLimiter(AT_ONCE)
        async with serving(script) as url, trio.open_nursery() as nursery:
            for number in range(len(files)):
                for share in SHARES:
                    nursery.start_soon(watch, f"{url}/{number}-{share}", limiter)

    trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0.02))
    assert found
    assert all(found)
