"""Asks what runs: `live` on the operations address, or else the supervisor's state file."""

import http.client
import time
from pathlib import Path

from conf.addresses import host_and_port
from seda.command import exits
from seda.disk import small_files
from seda.disk.small_files import Unreadable
from seda.overview import Overview, ProcessView
from seda.supervisor import directory
from seda.supervisor.directory import State

ANSWER_LIMIT_S = 2.0


def ask(run_directory: Path) -> Overview:
    """Return everything that runs, as far as anybody tells; end if nothing does."""
    holder = directory.find_holder(run_directory)
    if holder is None:
        exits.fail(
            exits.NOT_RUNNING,
            f"seda does not run on {run_directory}: start it with `seda run`",
        )
    state = directory.read_state(run_directory)
    if state is None:
        return Overview(
            source="supervisor's state file",
            supervisor="starting",
            processes=(ProcessView("supervisor", "", holder.pid, "starting", None, None),),
            stages=(),
            problem="the supervisor has only just started",
        )
    if not state.operations_address:
        return from_state(state, "the pipeline has no stage `live`", time.monotonic())
    try:
        told = _from_live(state.operations_address)
    except (OSError, http.client.HTTPException, Unreadable) as error:
        why = (
            f"live does not answer on {state.operations_address} ({error or type(error).__name__})"
        )
        return from_state(state, why, time.monotonic())
    if told.supervisor == "missing" and not told.stages:
        return from_state(state, "live has only just started", time.monotonic())
    return told


def from_state(state: State, problem: str, now_s: float) -> Overview:
    """Return what the supervisor knows by itself; counters are unknown to it."""
    supervisor = state.figures
    views = [
        ProcessView("supervisor", "", supervisor.pid, supervisor.state, None, None),
        *(
            ProcessView(it.role, it.name, it.pid or None, it.state, now_s - it.since_s, None)
            for it in supervisor.processes
        ),
    ]
    return Overview(
        source="supervisor's state file",
        supervisor=supervisor.state,
        processes=tuple(views),
        stages=(),
        problem=problem,
    )


def _from_live(address: str) -> Overview:
    host, port = host_and_port(address)
    # What listens on every address answers on this one too.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not to bind
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_LIMIT_S)
    try:
        connection.request("GET", "/api/v1/stages")
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise http.client.HTTPException(f"status {answer.status}")
    return small_files.decode(content, Overview, Path("its answer"))
