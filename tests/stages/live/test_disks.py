"""When a disk counts as full, when no more, and everything that then says so and where."""

import msgspec

from seda.disk.room import REFUSED, Room
from seda.overview import DiskView, Overview
from stages.live.disks import REFUSED_S, Disks, Measured
from stages.live.fault_finder import DISK_FULL_AFTER_S, QUIET_S
from stages.live.incidents import OVER_AFTER_S
from stages.live.metrics.gathering import Gathering
from stages.live.operations.answers import answer
from testing.messages.figures import stage_figures, supervisor_figures
from tests.stages.live.test_incidents import Scene

MIB = 1024 * 1024
FLOOR_BYTES = 512 * MIB
TOTAL_BYTES = 100 * FLOOR_BYTES
NOW_S = 1000.0


def measured(free_bytes: int, run_bytes: int = 4 * FLOOR_BYTES) -> list[Measured]:
    kept, run = Room(free_bytes, TOTAL_BYTES), Room(run_bytes, TOTAL_BYTES)
    return [
        Measured("/kept", 1, kept),
        Measured("/run/seda", 2, run),
        Measured("/kept/alarm", 1, kept),
        Measured("/kept/transcoder", 1, kept),
    ]


def gathering_with(free_bytes: int) -> Gathering:
    gathering = Gathering(Disks(FLOOR_BYTES))
    gathering.take_supervisor(supervisor_figures("sink"), NOW_S)
    gathering.take_stage(stage_figures("sink"), NOW_S)
    gathering.disks.take(measured(free_bytes))
    return gathering


def test_a_disk_below_the_floor_is_full_and_named_once() -> None:
    """By the directory that holds the others, with what is free and what should be."""
    disks = Disks(FLOOR_BYTES)
    disks.take(measured(3 * MIB))
    assert disks.full(NOW_S) == {
        "/kept": "disk full: 3 MiB free, 512 MiB should be; make room for /kept"
    }
    assert [it.directory for it in disks.views(NOW_S) if it.why] == [
        "/kept",
        "/kept/alarm",
        "/kept/transcoder",
    ]


def test_a_disk_near_its_floor_does_not_flap() -> None:
    """Full below the floor; no more from a tenth above it."""
    disks = Disks(FLOOR_BYTES)
    found = []
    for free_bytes in (FLOOR_BYTES, FLOOR_BYTES - 1, FLOOR_BYTES + MIB, FLOOR_BYTES * 2):
        disks.take(measured(free_bytes))
        found.append(bool(disks.full(NOW_S)))
    assert found == [False, True, True, False]


def test_a_disk_without_a_floor_is_full_with_nothing_free() -> None:
    """What the configuration switches off is that something gives way, not that it is told."""
    disks = Disks(0)
    disks.take(measured(4096))
    assert "/kept" in disks.full(NOW_S)


def test_a_small_disk_is_not_full_for_ever() -> None:
    """However large the floor: a tenth of the disk is enough."""
    disks = Disks(FLOOR_BYTES)
    disks.take([Measured("/kept", 1, Room(20 * MIB, 100 * MIB))])
    assert disks.full(NOW_S) == {}
    disks.take([Measured("/kept", 1, Room(9 * MIB, 100 * MIB))])
    assert "10 MiB should be" in disks.full(NOW_S)["/kept"]


def test_what_a_quota_refuses_counts_as_full() -> None:
    """Nobody who measures sees it; a count from before says nothing of now."""
    gathering = gathering_with(4 * FLOOR_BYTES)
    gathering.take_stage(stage_figures("transcoder", counts={REFUSED: 5.0}, at_s=1), NOW_S)
    assert gathering.disks.full(NOW_S) == {}
    gathering.take_stage(stage_figures("transcoder", counts={REFUSED: 6.0}, at_s=2), NOW_S + 1)
    full = gathering.disks.full(NOW_S + 2)
    assert list(full) == ["/kept/transcoder"]
    assert "refuses what is written" in full["/kept/transcoder"]
    assert gathering.disks.full(NOW_S + 1 + REFUSED_S) == {}


def test_everything_that_people_and_programs_look_at_says_where() -> None:
    """R28, R30: readiness, metrics and the overview; nothing of it while there is room."""
    full, well = gathering_with(3 * MIB), gathering_with(4 * FLOOR_BYTES)
    ready = answer("GET", "/readyz", full, NOW_S)
    assert ready.status == 503
    assert ready.body == b"disk full: 3 MiB free, 512 MiB should be; make room for /kept\n"
    assert answer("GET", "/readyz", well, NOW_S).status == 200
    text = answer("GET", "/metrics", full, NOW_S).body.decode()
    assert 'seda_disk_full{directory="/kept/transcoder"} 1.0' in text
    assert 'seda_disk_full{directory="/run/seda"} 0.0' in text
    assert 'seda_disk_free_bytes{directory="/kept"} 3.145728e+06' in text
    told = msgspec.json.decode(answer("GET", "/api/v1/stages", full, NOW_S).body, type=Overview)
    assert list(told.full_disks) == ["/kept"]
    why = "disk full: 3 MiB free, 512 MiB should be"
    assert told.disks[0] == DiskView("/kept", 3 * MIB, FLOOR_BYTES, why)


def test_a_full_disk_is_one_alarm_until_there_is_room() -> None:
    """R31: raised once, over when there was room for a while, and no alarm about a stage."""
    scene = Scene()
    scene.gathering.disks = Disks(FLOOR_BYTES)
    scene.gathering.disks.take(measured(4 * FLOOR_BYTES))
    scene.wait(int(QUIET_S) + 1, shows=True)
    assert scene.told == []
    scene.gathering.disks.take(measured(3 * MIB))
    scene.wait(int(DISK_FULL_AFTER_S) + 60, shows=True)
    assert scene.told == [("disk full", False)]
    assert scene.said[0].sentence.startswith("Disk full: 3 MiB free, 512 MiB should be;")
    scene.gathering.disks.take(measured(4 * FLOOR_BYTES))
    scene.wait(int(OVER_AFTER_S["disk full"]) + 2, shows=True)
    assert scene.told[1:] == [("disk full", True)]
