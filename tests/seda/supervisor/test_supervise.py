"""`seda run` as real processes, with controllers that follow a script."""

import json
import os
import resource
import signal
import socket
from pathlib import Path

import pytest

from seda.supervisor.identity import start_ticks
from testing.faults.disks import fill, small_disk
from testing.running.supervised import supervised, wait_end
from testing.waiting import PATIENCE_S


def test_a_stop_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    """SIGTERM: everything drains, and the run directory is empty."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        pids = [place.meet(stage)["pid"] for stage in ("source", "middle", "sink")]
        log = place.stop(process)
        assert process.returncode == 0, log
        assert all(start_ticks(pid) is None for pid in pids)
        assert list(place.run_directory.iterdir()) == []
        ended = [json.loads(line)["about"]["stage"] for line in log.splitlines() if "ended" in line]
        assert ended == ["source", "middle", "sink"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_a_signal_that_others_heed_ends_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """A closed terminal, a log rotation: the log says how a new configuration comes to count."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        before = place.meet("middle")["pid"]
        process.send_signal(number)
        assert process.stderr is not None
        said = next(line for line in process.stderr if number.name in line)
        assert "`seda stop` and `seda run`" in said
        assert place.meet("middle")["pid"] == before
        place.stop(process)
        assert process.returncode == 0


def test_a_controller_inherits_only_what_is_its_own(tmp_path: Path) -> None:
    """Listening socket, kept state and config; no other stage's, and not the lock (R8)."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        said = place.meet("source")
        place.stop(process)
        # Standard input and output, errors, three of its own, and the directory that it lists.
        assert len(said["descriptors"]) == 7
        assert said["kept_state_bytes"] > 0
        assert said["successors"] == ["middle"]


def test_a_killed_controller_is_replaced(tmp_path: Path) -> None:
    """R2: its stage serves again, the others never noticed."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        before = place.meet("middle")["pid"]
        neighbour = place.meet("sink")["pid"]
        os.kill(before, signal.SIGKILL)
        assert place.meet("middle")["pid"] != before
        assert place.meet("sink")["pid"] == neighbour
        place.stop(process)


def test_a_suspended_controller_is_replaced(tmp_path: Path) -> None:
    """SIGSTOP makes no corpse; the supervisor does."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        before = place.meet("middle")["pid"]
        os.kill(before, signal.SIGSTOP)
        assert wait_end(before)
        assert place.meet("middle")["pid"] != before
        place.stop(process)


def test_a_controller_whose_loop_stands_still_is_replaced(tmp_path: Path) -> None:
    """It is not stopped and does not end; its beat tells."""
    with supervised(tmp_path, "NUMB") as place:
        process = place.start()
        before = place.meet("source")["pid"]
        neighbour = place.meet("sink")["pid"]
        assert wait_end(before)
        assert place.meet("source")["pid"] != before
        assert place.meet("sink")["pid"] == neighbour
        assert "does not react" in place.stop(process)


def test_a_supervisor_without_descriptors_replaces_as_soon_as_it_can(tmp_path: Path) -> None:
    """Nothing can be looked up or started meanwhile; it waits, and what runs runs on (R24)."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        before = place.meet("middle")["pid"]
        soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (3, hard))
        os.kill(before, signal.SIGKILL)
        assert process.stderr is not None
        assert any("cannot be looked up" in line for line in process.stderr)
        neighbour = place.meet("sink")["pid"]
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert place.meet("middle")["pid"] != before
        assert place.meet("sink")["pid"] == neighbour
        place.stop(process)


def test_a_full_disk_under_the_run_directory_stops_nobody(tmp_path: Path) -> None:
    """The state for others to read is old then, and the log says so (R24)."""
    with supervised(tmp_path, "GOOD") as place:
        place.run_directory.mkdir(mode=0o700)
        with small_disk(place.run_directory):
            process = place.start()
            before = place.meet("middle")["pid"]
            filler = fill(place.run_directory)
            os.kill(before, signal.SIGKILL)
            assert place.meet("middle")["pid"] != before
            filler.unlink()
            assert "the state cannot be written" in place.stop(process)
            assert process.returncode == 0


def test_what_a_dead_controller_left_is_ended_before_the_next_starts(tmp_path: Path) -> None:
    """No two handlers have the same event: the replacement finds no descendant of the old one."""
    with supervised(tmp_path, "LEAVING") as place:
        process = place.start()
        before = place.meet("source")
        os.kill(before["pid"], signal.SIGKILL)
        after = place.meet("source")
        assert after["pid"] != before["pid"]
        assert start_ticks(before["left"]) is None
        place.stop(process)
        assert start_ticks(after["left"]) is None


def test_a_controller_that_ignores_sigterm_is_killed_at_its_limit(tmp_path: Path) -> None:
    """The stop ends all the same, says who had to be killed, and the exit code tells."""
    with supervised(tmp_path, "STUBBORN", "stop_limit_s = 1.0\n") as place:
        process = place.start()
        pid = place.meet("source")["pid"]
        place.meet("sink")
        log = place.stop(process)
        assert process.returncode == 1
        assert start_ticks(pid) is None
        assert "killed because they did not stop: source" in log
        assert list(place.run_directory.iterdir()) == []


def test_a_controller_that_can_not_start_is_tried_again_and_stops_nobody(tmp_path: Path) -> None:
    """The rest runs, and the stop is not held up."""
    with supervised(tmp_path, "CRASHING") as place:
        process = place.start()
        place.meet("source")
        assert process.stderr is not None
        deaths = starts = 0
        for line in process.stderr:  # a death like the one before is told once a minute
            deaths += "exit code 3" in line
            starts += "controller started" in line
            if starts == 4 and deaths:
                break
        place.stop(process)
        assert process.returncode == 0


def test_children_end_when_the_supervisor_is_killed_and_the_next_start_cleans_up(
    tmp_path: Path,
) -> None:
    """SIGKILL: the kernel ends the controllers, the next run ends and removes the rest."""
    with supervised(tmp_path, "LEAVING") as place:
        process = place.start()
        controllers = [place.meet(stage) for stage in ("source", "sink")]
        process.kill()
        process.wait(timeout=PATIENCE_S)
        assert all(wait_end(said["pid"]) for said in controllers)
        left = controllers[0]["left"]
        assert Path(
            f"/proc/{left}"
        ).exists()  # It ignores everything and has no parent to die with.
        again = place.start()
        assert wait_end(left)
        assert place.meet("sink")["pid"] != controllers[1]["pid"]
        log = place.stop(again)
        assert again.returncode == 0, log
        assert list(place.run_directory.iterdir()) == []


def test_a_second_run_is_refused(tmp_path: Path) -> None:
    """It names the process and what to do, and does the first no harm."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        pid = place.meet("source")["pid"]
        second = place.call("run")
        assert second.returncode == 4
        assert f"process {process.pid}" in second.stderr
        assert "seda stop" in second.stderr
        assert place.meet("source")["pid"] == pid
        place.stop(process)


def test_one_run_holds_the_data(tmp_path: Path) -> None:
    """With a run directory of its own it would not see the first; both would write one watch."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    data = f'data_directory = "{tmp_path / "data"}"\n'
    with (
        supervised(tmp_path / "a", "GOOD", data) as first,
        supervised(tmp_path / "b", "GOOD", data) as second,
    ):
        process = first.start()
        refused = second.call("run")
        assert refused.returncode == 4
        assert f"process {process.pid}" in refused.stderr
        assert "data_directory of its own" in refused.stderr
        assert list(second.run_directory.iterdir()) == []
        process.kill()
        process.wait()
        again = second.start()
        second.meet("source")
        second.stop(again)
        assert again.returncode == 0


def test_what_is_wrong_with_the_data_directory_is_said_and_nothing_starts(tmp_path: Path) -> None:
    """`seda run` and `seda check` say the same, in one sentence each."""
    with supervised(tmp_path, "GOOD", f'data_directory = "{tmp_path / "data"}"\n') as place:
        evidence = tmp_path / "data" / "alarm" / "evidence" / "ab"
        evidence.mkdir(parents=True)
        (evidence / "abcd.jpg").write_bytes(b"picture")
        (tmp_path / "data" / "lease.key").write_bytes(b"short")
        for verb in ("run", "check"):
            refused = place.call(verb)
            assert refused.returncode == 78
            assert "lease.key holds 5 bytes instead of 32: remove it" in refused.stderr
            assert "store.sqlite is missing" in refused.stderr
            assert "Traceback" not in refused.stderr
        assert list(place.run_directory.iterdir()) == []


def test_ctrl_c_stops_and_is_no_traceback(tmp_path: Path) -> None:
    """SIGINT is a stop like SIGTERM."""
    with supervised(tmp_path, "GOOD") as place:
        process = place.start()
        place.meet("source")
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert "Traceback" not in log


def test_an_address_in_use_is_a_sentence(tmp_path: Path) -> None:
    """The words name the setting; nothing is left behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = f'operations_address = "127.0.0.1:{taken.getsockname()[1]}"\n'
        with supervised(tmp_path, "LISTENING", settings) as place:
            refused = place.call("run")
            assert refused.returncode == 78
            assert "is in use by another program" in refused.stderr
            assert list(place.run_directory.iterdir()) == []
