"""The repository as a whole: what may stand in no file, and what the tests' own tools do."""

import re
import subprocess
from pathlib import Path

import pytest
import trio

ROOT = Path(__file__).parent.parent
FOREIGN = (
    "pypi." + "org",
    "files.python" + "hosted.org",
    "registry." + "npmjs.org",
    "--index" + "-url http",
)
WALL_CLOCK = re.compile(
    r"\b(time\.(time|time_ns|localtime|gmtime|ctime|strftime)|datetime\.(now|utcnow|today))\b"
    r"|\bCLOCK_REALTIME\b|from time import|\bdate\.today\b"
)
FOLDERS = (
    *("anomaly", "conf", "controller", "http_common", "media", "runtime", "seda", "spotter_web"),
    *("stages", "store"),
)
MODULES_MAX = 20
DATES = {
    "controller/quarantine.py",  # when an event was kept, for people
    "seda/command/quarantine.py",  # makes a replay's id another one each time
    "seda/logs.py",
    "stages/assignment/clock.py",  # how old a frame is; the journal, over a restart of the machine
    "stages/alarm/background_tasks.py",  # what is in the store is dated, and outlasts a reboot
    "stages/alarm/local_request.py",  # makes an id that no other has
    "stages/alarm/people.py",
    "stages/alarm/stage.py",
    "stages/anomaly/memories.py",  # how old a file is; a stepped clock makes one copy more
    "stages/camera/source/clocks.py",  # when a picture was taken; numbers that outlast a reboot
    "stages/live/stage.py",  # since when somebody is on watch, which incident is which
    "stages/http_reply/stage.py",  # the Date of every answer
    "stages/http_reply/lists.py",  # ages and spans of what people did
    "stages/transcoder/stage.py",  # which pictures are a minute old, by when they were taken
    "stages/http_parser/credential_cache.py",  # when a session ends, as the store has it
    "seda/supervisor/directory.py",  # since when a supervisor runs, for people
}


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the machine's affair: the lock files hold hashes alone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        text = (ROOT / name).read_text("utf-8", "replace")
        for address in FOREIGN:
            assert address not in text, f"{name} names {address}"


@pytest.mark.parametrize("top", FOLDERS)
def test_a_folder_of_code_has_at_most_twenty_modules(top: str) -> None:
    """More than that no listing explains."""
    crowded = {
        folder.relative_to(ROOT).as_posix()
        for folder in (ROOT / top, *(ROOT / top).rglob("*"))
        if folder.is_dir() and len(list(folder.glob("*.py"))) > MODULES_MAX
    }
    assert not crowded


def test_the_wall_clock_is_asked_only_for_what_people_read() -> None:
    """Whatever is decided is decided on monotonic time, so a clock that is stepped decides nothing.

    tests/controller/test_faults.py runs a controller whose wall clock jumps.
    """
    places = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if WALL_CLOCK.search(path.read_text())
    }
    assert places <= DATES


@pytest.mark.usefixtures("autojump_clock")
async def test_an_async_test_jumps_to_when_something_happens_next() -> None:
    """A wait of a day takes no time, so that no test has to sleep."""
    await trio.sleep(86_400)
    assert trio.current_time() >= 86_400


@pytest.mark.parametrize("letter", ["x"])
async def test_an_async_test_runs_in_trio(letter: str) -> None:
    """And gets its arguments."""
    await trio.lowlevel.checkpoint()
    assert letter == "x"


def test_tests_take_what_they_share_from_the_harness() -> None:
    """A bench is a program: only its own tests import it."""
    importing = re.compile(r"^(?:from|import) scripts\.bench\b", re.MULTILINE)
    own = ROOT / "tests" / "scripts" / "bench"
    others = [path for path in (ROOT / "tests").rglob("*.py") if own not in path.parents]
    assert [path for path in others if importing.search(path.read_text())] == []
