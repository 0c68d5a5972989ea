"""Puts a supervisor together: what has to exist before the first controller starts, and its end."""

import contextlib
import os
import socket
from pathlib import Path

import attrs

from conf.schema import Settings, StageSettings
from seda import ledger_memory, processes, wire
from seda.messages import SupervisorFigures
from seda.pipeline import LIVE, Pipeline
from seda.supervisor import charters, directory, leftovers, sockets
from seda.supervisor.arbiter import Arbiter, Say
from seda.supervisor.controllers import Controllers
from seda.supervisor.news import News
from seda.supervisor.signals import Signals


class CannotRun(Exception):
    """Something has to be changed first; every problem is a sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@attrs.frozen
class Task:
    """What to run."""

    pipeline: Pipeline
    settings: Settings
    stage_settings: dict[str, StageSettings]
    log_is_json: bool


def problems(task: Task) -> list[str]:
    """Name what is wrong with the table and the limits."""
    found = charters.problems(task.pipeline, set(sockets.addresses(task.settings)))
    problem = charters.descriptor_problem(task.stage_settings, processes.raise_descriptor_limit())
    return [*found, problem] if problem else found


def supervise(task: Task, say: Say) -> str:
    """Run until somebody asks for a stop; return what did not go well in it, in words."""
    if found := problems(task):
        raise CannotRun(found)
    with contextlib.ExitStack() as stack:
        signals = stack.enter_context(Signals())
        processes.become_subreaper()
        held = directory.take(Path(task.settings.run_directory))
        outcome = "it failed; its log says why"
        try:
            outcome = _run(task, held, signals, say, stack)
        finally:
            held.close(outcome)
    return outcome


def _run(
    task: Task,
    held: directory.RunDirectory,
    signals: Signals,
    say: Say,
    stack: contextlib.ExitStack,
) -> str:
    _clean(held, say)
    listening = _listening(task, stack)
    place = charters.Place(
        pipeline=task.pipeline,
        settings=task.settings,
        stage_settings=task.stage_settings,
        paths={stage.name: held.socket_path(stage.name) for stage in task.pipeline.stages},
        run_directory=str(held.path),
        data_directory=task.settings.data_directory,
        log_is_json=task.log_is_json,
    )
    controllers = Controllers(_charters(place, listening, stack), held.holder.instance)
    names = [stage.name for stage in task.pipeline.stages]
    news = News(place.paths[LIVE.name]) if LIVE.name in place.paths else None
    operations = listening.get("operations")
    address = sockets.bound_address(operations) if operations else ""

    def publish(figures: SupervisorFigures, *, is_new: bool) -> None:
        if is_new:
            try:
                held.write_state(directory.State(figures, address, task.settings.stop_limit_s))
            except OSError as error:  # a full disk is no reason to stop
                say("error", "the state can not be written for others to read", why=str(error))
        if news:
            news.tell(figures)

    say("info", "supervisor started", run_directory=str(held.path), operations=address)
    outcome = Arbiter(names, controllers, task.settings.stop_limit_s, say).run(signals, publish)
    if news:
        news.close()
    say("error" if outcome else "info", "supervisor stopped", trouble=outcome or "none")
    return outcome


def _clean(held: directory.RunDirectory, say: Say) -> None:
    """End and remove what a predecessor that was killed left."""
    if held.predecessor:
        count = leftovers.end_leftovers(held.predecessor.instance)
        say("warning", "an earlier run was killed", pid=held.predecessor.pid, still_running=count)
    held.remove_files()


def _listening(task: Task, stack: contextlib.ExitStack) -> dict[str, socket.socket]:
    """Listen on every TCP address that a stage wants."""
    wanted = {name for stage in task.pipeline.stages for name in stage.listens}
    found = {}
    for name, address in sockets.addresses(task.settings).items():
        if name in wanted:
            found[name] = stack.enter_context(sockets.listen(name, address))
    return found


def _charters(
    place: charters.Place, listening: dict[str, socket.socket], stack: contextlib.ExitStack
) -> dict[str, tuple[int, charters.Inherited]]:
    """Make every stage's socket, ledger and charter; they live as long as the supervisor."""
    made = {}
    for stage in place.pipeline.stages:
        own = stack.enter_context(wire.listen(place.paths[stage.name]))
        ledger = ledger_memory.create(f"ledger-{stage.name}")
        stack.callback(os.close, ledger)
        tcp = {name: listening[name].fileno() for name in stage.listens}
        inherited = charters.Inherited(own.fileno(), ledger, tcp)
        descriptor = charters.charter(place, stage, inherited).seal()
        stack.callback(os.close, descriptor)
        made[stage.name] = (descriptor, inherited)
    return made
