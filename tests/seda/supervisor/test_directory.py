"""The run directory: held by one, closed to others, left empty."""

import os
from pathlib import Path

import pytest

from seda.messages import SupervisorFigures
from seda.supervisor import directory
from seda.supervisor.directory import AlreadyRuns, RunDirectoryError, State
from testing.faults.corruption import damaged
from testing.faults.disks import fill, small_disk


def test_it_is_made_closed_to_others(tmp_path: Path) -> None:
    """Sockets in it are nobody else's to connect to."""
    held = directory.take(tmp_path / "deep" / "run")
    assert held.path.stat().st_mode & 0o777 == 0o700
    held.close("")


def test_one_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    """The words say what to do."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o755)
    with pytest.raises(RunDirectoryError, match="chmod 700"):
        directory.take(tmp_path / "run")


def test_one_that_can_not_be_written_is_refused_in_words(tmp_path: Path) -> None:
    """The name, the reason and the setting, and no traceback."""
    (tmp_path / "run" / "lock").mkdir(parents=True)
    (tmp_path / "run").chmod(0o700)
    with pytest.raises(RunDirectoryError, match=r"written: .*run_directory to another"):
        directory.take(tmp_path / "run")


def test_a_second_holder_is_refused_by_name(tmp_path: Path) -> None:
    """The words name the process and say what to do."""
    held = directory.take(tmp_path / "run")
    with pytest.raises(AlreadyRuns, match=rf"process {os.getpid()}\): stop it with `seda stop`"):
        directory.take(tmp_path / "run")
    held.close("")
    directory.take(tmp_path / "run").close("")


def test_the_holder_is_found_while_it_lives(tmp_path: Path) -> None:
    """Others learn which process to signal."""
    assert directory.find_holder(tmp_path / "run") is None
    held = directory.take(tmp_path / "run")
    assert directory.find_holder(tmp_path / "run") == held.holder
    held.close("")
    assert directory.find_holder(tmp_path / "run") is None


def test_another_process_with_the_pid_is_not_the_holder(tmp_path: Path) -> None:
    """A pid alone names nobody: the process has to have started at the same time."""
    (tmp_path / "lock").write_text(f'{{"pid": {os.getpid()}, "start_ticks": 1, "instance": "x"}}')
    assert directory.find_holder(tmp_path) is None


def test_what_a_predecessor_left_is_known(tmp_path: Path) -> None:
    """A lock without a living holder tells whose processes to look for."""
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "run" / "lock").write_text(
        '{"pid": 1, "start_ticks": 0, "instance": "before"}' + " " * 200
    )
    held = directory.take(tmp_path / "run")
    assert held.predecessor is not None
    assert held.predecessor.instance == "before"
    held.close("")


def test_closing_leaves_nothing_but_says_how_it_went(tmp_path: Path) -> None:
    """Who has the lock open reads the last words."""
    held = directory.take(tmp_path / "run")
    lock = directory.open_lock(tmp_path / "run")
    held.close("killed: a")
    last = directory.read_holder(lock)
    os.close(lock)
    assert last is not None
    assert last.outcome == "killed: a"
    assert list((tmp_path / "run").iterdir()) == []


def test_only_what_is_its_own_is_removed(tmp_path: Path) -> None:
    """A directory named by mistake loses nothing."""
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "run" / "notes.sock").write_text("a file of somebody")
    held = directory.take(tmp_path / "run")
    held.close("")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes.sock"]


def test_a_path_that_no_socket_can_have_is_named(tmp_path: Path) -> None:
    """The kernel would only say that it is too long."""
    held = directory.take(tmp_path / ("long" * 20))
    with pytest.raises(RunDirectoryError, match="set run_directory to a shorter one"):
        held.socket_path("s" * 40)
    held.close("")


def test_a_full_disk_is_refused_in_words(tmp_path: Path) -> None:
    """At the start, before anything runs; the words name the place and the way out."""
    with small_disk(tmp_path):
        (tmp_path / "run").mkdir(mode=0o700)
        fill(tmp_path)
        with pytest.raises(RunDirectoryError, match=r"run cannot be written: .*make room there"):
            directory.take(tmp_path / "run")


def test_a_damaged_lock_file_stops_no_start_and_is_named(tmp_path: Path) -> None:
    """Whatever a killed supervisor's lock says by now: the next one holds the directory."""
    path = tmp_path / "run"
    held = directory.take(path)
    content = (path / "lock").read_bytes().rstrip()
    held.close("")
    path.mkdir(exist_ok=True)
    for wrong in damaged(content):
        (path / "lock").write_bytes(wrong)
        held = directory.take(path)
        assert not wrong or held.predecessor or str(path / "lock") in held.damage
        held.close("")


def test_a_damaged_state_is_no_state(tmp_path: Path) -> None:
    """Who asks hears what the supervisor said, or that there is nothing to read."""
    held = directory.take(tmp_path / "run")
    figures = SupervisorFigures(os.getpid(), 1.0, "running", ())
    held.write_state(State(figures, "127.0.0.1:9464", 10.0))
    path = held.path / "supervisor.json"
    for wrong in damaged(path.read_bytes()):
        path.write_bytes(wrong)
        assert isinstance(directory.read_state(held.path), State | None)
    held.close("")
