"""The commands against a real `seda run` with real controllers."""

import http.client
import json
import os
import signal
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from seda.messages import Event
from seda.overview import Overview
from seda.sender import Sender
from testing.controllers.stations import pump_until
from testing.ports import free_port
from testing.running.supervised import Supervised, supervised
from testing.waiting import PATIENCE_S, wait_until


def _get(port: int, path: str) -> tuple[int, str]:
    """Ask the operations address; its socket listens before there is a process to answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _wait_ready(port: int) -> None:
    """Ask until every stage is serving."""
    wait_until(
        lambda: _get(port, "/readyz")[0] == 200,
        "every stage to serve",
        so_far=lambda: _get(port, "/readyz"),
    )


def _submit(place: Supervised, stage: str, *events: Event) -> list[str]:
    """Submit events and return their outcomes."""
    sender = Sender(str(place.run_directory / f"{stage}.sock"), "test")
    for event in events:
        sender.submit(event)
    settled = pump_until(sender, lambda it: len(it) >= len(events))
    sender.close()
    return [settlement.outcome for settlement in settled]


def _events_done(port: int) -> float:
    text = _get(port, "/metrics")[1]
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "seda_events_total" and sample.labels == {
                "stage": "echo",
                "outcome": "done",
            }:
                return sample.value
    return 0.0


def _wait_done(port: int, count: float) -> None:
    """Ask until so many events are told as done; figures come once a second."""
    wait_until(
        lambda: _events_done(port) >= count,
        f"{count:g} events told as done",
        so_far=lambda: _events_done(port),
    )


def _controller(place: Supervised, stage: str) -> Any:
    found = json.loads(place.call("status", "--json").stdout)
    return next(
        it for it in found["processes"] if it["role"] == "controller" and it["stage"] == stage
    )


def test_status_names_every_process_and_metrics_survive_a_restart(tmp_path: Path) -> None:
    """Counters do not go backwards when the controller that counted is replaced."""
    port = free_port()
    settings = f'operations_address = "127.0.0.1:{port}"\n'
    with supervised(tmp_path, "WATCHED", settings, has_fakes=False) as place:
        process = place.start()
        _wait_ready(port)
        assert (
            _submit(place, "echo", *(Event(f"a-{n}", "thing", "k") for n in range(5)))
            == ["done"] * 5
        )
        _wait_done(port, 5)
        shown = place.call("status", "--json")
        assert shown.returncode == 0
        overview = msgspec.json.decode(shown.stdout, type=Overview)
        assert overview.source == "live"
        assert overview.processes[0].pid == process.pid
        roles = {(it.role, it.stage) for it in overview.processes}
        assert roles == {
            ("supervisor", ""),
            *(
                (role, stage)
                for role in ("controller", "template", "handler")
                for stage in ("echo", "live")
            ),
        }
        human = place.call("status")
        assert all(str(it.pid) in human.stdout for it in overview.processes)
        assert "serving" in place.call("top").stdout

        os.kill(_controller(place, "echo")["pid"], signal.SIGKILL)
        assert _submit(place, "echo", Event("b-0", "thing", "k")) == ["done"]
        assert _events_done(port) >= 5
        _wait_done(port, 6)
        assert _events_done(port) == 6
        live = _controller(place, "live")["pid"]
        os.kill(live, signal.SIGKILL)
        while _controller(place, "live")["pid"] in (live, None):
            pass  # each look is a command of its own, and takes long enough
        _wait_ready(port)
        _wait_done(port, 6)
        assert _events_done(port) == 6
        assert place.call("check").returncode == 0

        (place.directory / "seda.toml").write_text("[[camera]]\nnmae = 3\nrun_dir")
        broken = place.call("status", "--json")
        assert broken.returncode == 0
        assert "seda.toml is broken" in broken.stderr
        assert msgspec.json.decode(broken.stdout, type=Overview).processes[0].pid == process.pid
        stopped = place.call("stop")
        assert stopped.returncode == 0
        assert "every stage drained" in stopped.stdout
        assert process.wait(timeout=PATIENCE_S) == 0
        assert list(place.run_directory.iterdir()) == []


def test_status_without_live_shows_what_the_supervisor_knows(tmp_path: Path) -> None:
    """Pids and states from the state file; counters are unknown, not zero."""
    settings = f'operations_address = "127.0.0.1:{free_port()}"\n'
    with supervised(tmp_path, "UNWATCHED", settings, has_fakes=False) as place:
        process = place.start()
        assert _submit(place, "echo", Event("a-0", "thing", "k")) == ["done"]
        shown = place.call("status", "--json")
        assert shown.returncode == 1
        overview = msgspec.json.decode(shown.stdout, type=Overview)
        assert overview.source == "supervisor's state file"
        assert "live does not answer" in overview.problem
        states = {(it.role, it.stage, it.state) for it in overview.processes}
        assert ("controller", "echo", "running") in states
        assert all(it.counters is None for it in overview.processes)
        human = place.call("status").stdout
        assert "live does not answer" in " ".join(human.split())
        assert str(process.pid) in human
        place.stop(process)


def test_quarantined_events_are_listed_shown_and_replayed(tmp_path: Path) -> None:
    """An event that fails alone twice is kept; a replay has a new id and may fail again, or not."""
    settings = f'operations_address = "127.0.0.1:{free_port()}"\n'
    with supervised(tmp_path, "WATCHED", settings, has_fakes=False) as place:
        process = place.start()
        outcomes = _submit(place, "echo", Event("bad", "thing", "k", body=b"fail"))
        assert outcomes == ["quarantined"]
        entry = json.loads(place.call("quarantine", "list", "--json").stdout)[0]
        assert (entry["stage"], entry["id"]) == ("echo", "bad")
        name = f"echo/{entry['name']}"
        assert name in place.call("quarantine", "list").stdout
        assert "asked to fail" in place.call("quarantine", "show", name).stdout
        again = place.call("quarantine", "replay", name)
        assert again.returncode == 1
        assert "quarantined" in again.stdout
        fresh = json.loads(place.call("quarantine", "list", "--json").stdout)
        assert [it["id"].startswith("bad~") for it in fresh] == [True]
        (tmp_path / "data" / "echo" / "mended").touch()
        mended = place.call("quarantine", "replay", f"echo/{fresh[0]['name']}")
        assert (mended.returncode, mended.stderr) == (0, "")
        assert mended.stdout.endswith(": done\n")
        assert json.loads(place.call("quarantine", "list", "--json").stdout) == []
        place.stop(process)
