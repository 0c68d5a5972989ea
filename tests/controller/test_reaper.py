"""Children of a controller: watched, or ended with everything that they left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest

from controller.hub import Hub
from controller.reaper import NotOurs, Reaper
from seda import processes
from testing.controllers.spoken import subreaper
from testing.controllers.turns import turn_until

TREE = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
for _ in range(2):
    subprocess.Popen(sleep, start_new_session=True)
if os.fork() == 0:
    os.setsid()
    subprocess.Popen(sleep)
    time.sleep(60)
print("grown", flush=True)
{end}
"""


@pytest.fixture
def reaper() -> Iterator[tuple[Hub, Reaper]]:
    """Return a hub and its reaper, in a process that adopts orphans."""
    hub = Hub()
    with subreaper():
        yield hub, Reaper(hub)
    hub.close()


def test_strays_are_ended_before_an_exit_is_clear(reaper: tuple[Hub, Reaper]) -> None:
    """Two sessions and a grandchild of a dead handler are killed and reaped."""
    hub, reap = reaper
    codes: list[int] = []
    program = TREE.format(end="os._exit(3)")
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    cleared: list[bool] = []

    def exited(code: int) -> None:
        codes.append(code)
        reap.when_clear(lambda: cleared.append(True), child.pid)

    reap.watch(child.pid, exited)
    turn_until(hub, lambda: cleared)
    child.returncode = 3  # reaped behind its back
    assert codes == [3]
    assert processes.children_of(os.getpid()) == []


def test_known_children_and_newborns_are_spared(reaper: tuple[Hub, Reaper]) -> None:
    """The template and a fork in progress are not strays."""
    hub, reap = reaper
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    known, newborn, stray = (subprocess.Popen(sleep) for _ in range(3))
    ended: list[int] = []
    reap.watch(known.pid, ended.append)
    reap.spare(lambda pid: pid == newborn.pid)
    cleared: list[bool] = []
    reap.when_clear(lambda: cleared.append(True))
    turn_until(hub, lambda: cleared)
    assert set(processes.children_of(os.getpid())) == {known.pid, newborn.pid}
    reap.kill(known.pid)
    turn_until(hub, lambda: ended)
    assert ended == [-signal.SIGKILL]
    newborn.kill()
    newborn.wait()
    known.returncode = stray.returncode = -signal.SIGKILL  # reaped behind their back


def test_strays_of_who_lives_on_are_ended(reaper: tuple[Hub, Reaper]) -> None:
    """What a living handler left to this process goes at the next look."""
    hub, reap = reaper
    stray = subprocess.Popen(["/bin/sleep", "60"])
    reap.sweep()
    turn_until(hub, lambda: not processes.children_of(os.getpid()))
    stray.returncode = -signal.SIGKILL  # reaped behind its back


def test_a_process_that_is_no_child_can_not_be_claimed(reaper: tuple[Hub, Reaper]) -> None:
    """A handler that lies about its pid does not get another process killed."""
    with pytest.raises(NotOurs, match="no child"):
        reaper[1].watch(os.getppid(), lambda _code: None)
    reaper[1].kill(os.getppid())


def test_a_child_that_stays_suspended_is_killed(reaper: tuple[Hub, Reaper]) -> None:
    """Between two looks whoever stopped it may continue it; that one is spared."""
    hub, reap = reaper
    codes: dict[int, int] = {}
    children = [subprocess.Popen(["/bin/sleep", "60"]) for _ in range(2)]
    for child in children:
        reap.watch(child.pid, partial(codes.__setitem__, child.pid))
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
    stopped, continued = children
    reap.end_suspended()
    continued.send_signal(signal.SIGCONT)
    os.waitid(os.P_PID, continued.pid, os.WCONTINUED)
    reap.end_suspended()
    turn_until(hub, lambda: codes)
    assert codes == {stopped.pid: -signal.SIGKILL}
    continued.kill()
    turn_until(hub, lambda: len(codes) == 2)
    for child in children:
        child.returncode = codes[child.pid]  # reaped behind its back


def test_a_child_that_is_watched_twice_is_reaped_once(reaper: tuple[Hub, Reaper]) -> None:
    """A newborn that was taken for a stray before anybody had said whose it is."""
    hub, one = reaper
    child = subprocess.Popen(["/bin/sleep", "60"])
    codes: list[int] = []
    one.watch(child.pid, codes.append)
    one.watch(child.pid, codes.append)
    one.kill(child.pid)
    turn_until(hub, lambda: len(codes) == 2)
    assert codes == [-9, -9]
    child.returncode = -9  # so that nobody waits for it again
