"""Puts a supervisor together: what has to exist before the first controller starts, and its end."""

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import attrs

from conf.schema import Settings, StageSettings
from seda import kept_state_memory, processes, wire
from seda.keys import lease_key
from seda.messages import SupervisorFigures
from seda.pipeline import ASSIGNMENT, LIVE, Pipeline
from seda.supervisor import data_directory, devices, directory, leftovers, sockets, stage_configs
from seda.supervisor.arbiter import Arbiter, Say
from seda.supervisor.cameras import Cameras, watching_stage
from seda.supervisor.controllers import Controllers, Program
from seda.supervisor.directory import State
from seda.supervisor.figures_sender import FiguresSender
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
    programs: tuple[Program, ...] = ()
    """Started before the first controller, stopped after the last."""


Greet = Callable[[str, str], None]
"""greet(operations, web): the supervisor is up and no stage yet; where both will answer."""


def problems(task: Task) -> list[str]:
    """Name what is wrong with the table and the limits."""
    found = stage_configs.problems(task.pipeline, sockets.names(task.settings))
    limit = processes.raise_descriptor_limit()
    more = (stage_configs.descriptor_problem(limit), _too_many_cameras(task))
    return [*found, *(problem for problem in more if problem)]


def _too_many_cameras(task: Task) -> str | None:
    """Say so if some of the cameras would never be watched."""
    stage = watching_stage(task.pipeline)
    if stage is None:
        return None
    settings = task.stage_settings[stage.name]
    most = min(settings.handlers_max * stage.concurrency, settings.queue_events)
    if len(task.settings.camera) <= most:
        return None
    return (
        f"there are {len(task.settings.camera)} cameras, stage {stage.name!r} watches {most}: set "
        f"handlers_max ({stage.concurrency} cameras each) and queue_events in [stage.{stage.name}]"
    )


def supervise(task: Task, say: Say, greet: Greet) -> str:
    """Run until somebody asks for a stop; return what did not go well in it, in words."""
    if found := problems(task):
        raise CannotRun(found)
    with contextlib.ExitStack() as stack:
        signals = stack.enter_context(Signals())
        processes.become_subreaper()
        held = directory.take(Path(task.settings.run_directory))
        outcome = "it failed; its log says why"
        try:
            stack.enter_context(data_directory.held(Path(task.settings.data_directory)))
            outcome = _run(task, held, signals, _Voice(say, greet), stack)
        finally:
            held.close(outcome)
    return outcome


@attrs.frozen
class _Voice:
    """To the log, and to whoever started it."""

    say: Say
    greet: Greet


def _fitted(task: Task, say: Say) -> dict[str, StageSettings]:
    """Return the settings as the limit of open files allows; say so where that is less."""
    limit = processes.raise_descriptor_limit()
    fitted = stage_configs.fitted(task.stage_settings, limit)
    if fitted != task.stage_settings:
        words = "the stages hold fewer descriptors than configured; raise ulimit -Hn for more"
        say("info", words, limit=limit)
    return fitted


def _run(
    task: Task,
    held: directory.RunDirectory,
    signals: Signals,
    voice: _Voice,
    stack: contextlib.ExitStack,
) -> str:
    say = voice.say
    _clean(held, say)
    _make_lease_key(task)
    listening = _listening(task, stack)
    place = stage_configs.Place(
        pipeline=task.pipeline,
        settings=task.settings,
        stage_settings=_fitted(task, say),
        paths={stage.name: held.socket_path(stage.name) for stage in task.pipeline.stages},
        run_directory=str(held.path),
        data_directory=task.settings.data_directory,
        log_is_json=task.log_is_json,
        has_gpu=devices.has_cuda(),
    )
    controllers = Controllers(
        _configs(place, listening, stack), task.programs, held.holder.instance
    )
    stages = [stage.name for stage in task.pipeline.stages]
    names = [*stages, *(program.name for program in task.programs)]
    figures_sender = FiguresSender(place.paths[LIVE.name]) if LIVE.name in place.paths else None
    watching = watching_stage(task.pipeline)
    cameras = Cameras(place.paths[watching.name], task.settings.camera) if watching else None
    address = _address(listening, "operations")
    web_address = _address(listening, "tls") or _address(listening, "web")

    def publish(figures: SupervisorFigures, *, is_new: bool) -> None:
        if is_new:
            try:
                held.write_state(State(figures, address, task.settings.stop_limit_s, web_address))
            except OSError as error:  # a full disk is no reason to stop
                say("error", "the state cannot be written for others to read", why=str(error))
        if figures_sender:
            figures_sender.tell(figures)

    about = {"operations": address, **({"web": web_address} if web_address else {})}
    say("info", "supervisor started", run_directory=str(held.path), **about)
    voice.greet(address, web_address)
    arbiter = Arbiter(names, controllers, task.settings.stop_limit_s, say, cameras)
    outcome = arbiter.run(signals, publish)
    for link in (figures_sender, cameras):
        if link:
            link.close()
    say("error" if outcome else "info", "supervisor stopped", trouble=outcome or "none")
    return outcome


def _address(listening: dict[str, socket.socket], name: str) -> str:
    return sockets.bound_address(listening[name]) if name in listening else ""


def _clean(held: directory.RunDirectory, say: Say) -> None:
    """End and remove what a predecessor that was killed left."""
    if held.predecessor:
        count = leftovers.end_leftovers(held.predecessor.instance)
        say("warning", "an earlier run was killed", pid=held.predecessor.pid, still_running=count)
    elif held.damage:
        words = (
            "an earlier run was killed and what it was cannot be read; look for processes with"
            f" {leftovers.VARIABLE} in their environment and end them"
        )
        say("error", words, why=held.damage)
    held.remove_files()


def _make_lease_key(task: Task) -> None:
    """Make what assignment seals with, before anybody who reads it starts."""
    if ASSIGNMENT.name not in {stage.name for stage in task.pipeline.stages}:
        return
    try:
        lease_key.make(task.settings.data_directory)
    except OSError as error:
        words = (
            f"the key for leases cannot be made in {task.settings.data_directory}:"
            f" {error.strerror or error}; make room or let this user write there, or set"
            " data_directory to another place"
        )
        raise CannotRun([words]) from None


def _listening(task: Task, stack: contextlib.ExitStack) -> dict[str, socket.socket]:
    """Listen on every TCP address that a stage wants, and make the pair where one wants it."""
    wanted = {name for stage in task.pipeline.stages for name in stage.listens}
    found = {}
    for name, address in sockets.addresses(task.settings).items():
        if name in wanted:
            found[name] = stack.enter_context(sockets.listen(name, address))
    if wanted & sockets.PAIR:
        for name, end in sockets.pair().items():
            found[name] = stack.enter_context(end)
    return found


def _configs(
    place: stage_configs.Place, listening: dict[str, socket.socket], stack: contextlib.ExitStack
) -> dict[str, tuple[int, stage_configs.Inherited]]:
    """Make every stage's socket, kept state and configuration, for the life of this process."""
    made = {}
    for stage in place.pipeline.stages:
        own = stack.enter_context(wire.listen(place.paths[stage.name]))
        kept_state = kept_state_memory.create(f"kept_state-{stage.name}")
        stack.callback(os.close, kept_state)
        tcp = {name: listening[name].fileno() for name in stage.listens}
        inherited = stage_configs.Inherited(own.fileno(), kept_state, tcp)
        descriptor = stage_configs.stage_config(place, stage, inherited).seal()
        stack.callback(os.close, descriptor)
        made[stage.name] = (descriptor, inherited)
    return made
