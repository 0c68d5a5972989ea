"""The controller: one trio task around the pure engine. Composition, and nothing decided here.

A happening goes into the engine, its commands are carried out at once, and what they write waits
for the end of the turn. A command never leads to a happening while it is carried out: what fails
at once is reported at the turn's end.
"""

import gc
import os
import random
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.engine import Engine
from controller.figures import Reporter
from controller.handler import HandlerContext
from controller.handler_sources import Programs, Source
from controller.handlers import Handlers
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.launch import Launched
from controller.mapped_state import MappedState
from controller.peers.gate import gate_of
from controller.peers.senders import Senders
from controller.peers.successors import Successor
from controller.peers.windows import windows_of
from controller.quarantine import Keeper, Limits
from controller.reaper import Reaper
from controller.refusals import RefusalLog
from controller.template import Start, Template
from seda import logs
from seda.pipeline import LIVE
from seda.stage_config import StageConfig

LOOK_S = 1.0
"""At whole seconds of the clock, as the figures (controller/figures.py)."""
_OBJECTS_PER_COLLECTION = 20_000
_PATIENCE_S = 0.001
"""After work more work is likely: waiting for it here so long costs less than a wake of trio."""
_WITHOUT_TRIO_S = 0.02
"""A busy controller lets other tasks (signals, threads) wait no longer than this."""
_FLUSH_LIMIT_S = 2.0
"""A drained controller waits so long for a sender that does not read its settlements."""

_log = logs.get(__name__)


class Shell:
    """Everything that one controller consists of."""

    def __init__(self, config: StageConfig, start: Start, first: Launched) -> None:
        self._config = config
        self._hub = hub = Hub()
        self._held = held = HeldDescriptors()
        self._refusals = refusals = RefusalLog(hub)
        self._reaper = reaper = Reaper(hub)
        chance = random.Random()  # noqa: S311 - jitter, no secret
        self._kept_state = kept_state = MappedState(config.kept_state)
        windows = windows_of(config)
        stopped_earlier = frozenset(config.stopped_earlier)
        context = EngineContext(
            config.row, config.settings, kept_state, stopped_earlier, windows.of_stream
        )
        self._engine = Engine(context, chance, hub.now_s)
        listening = socket.socket(fileno=config.listening)
        gate = gate_of(config, os.getppid())
        self._senders = Senders(hub, listening, windows, gate, held, refusals)
        self._successors = {
            name: Successor(name, path, hub, held, refusals)
            for name, path in config.successors.items()
        }
        self._source = _source(config, hub, reaper, start, first)
        handler_context = HandlerContext(config.row, hub, reaper, held, refusals, self.happen)
        self._handlers = Handlers(handler_context, self._source)
        place = Path(config.data_directory) / "quarantine"
        limits = Limits(config.quarantine_bytes, config.disk_floor_bytes)
        self._keeper = Keeper(place, config.row.name, limits, hub, held)
        self._reporter = Reporter(config.row.name, hub, held, refusals, kept_state)
        self._gives_to_live = any(output.to == LIVE.name for output in config.row.gives)
        self._tick_s = hub.now_s
        self._carry_out: dict[type[Any], Callable[[Any], None]] = {
            h.Dispatch: self._handlers.dispatch,
            h.Settle: self._settle,
            h.Submit: self._submit,
            h.Forget: self._forget,
            h.Spawn: lambda command: self._handlers.spawn(command.handler),
            h.Retire: lambda command: self._handlers.retire(command.handler),
            h.Kill: self._handlers.kill,
            h.Quarantine: self._keeper.keep,
            h.Grant: lambda command: self._handlers.grant(command.handler, command.outputs),
            h.Say: self._say,
        }

    def happen(self, happening: h.Happening) -> None:
        """Tell the engine, and do what it wants."""
        for command in self._engine.handle(happening, self._hub.now_s):
            self._carry_out[type(command)](command)

    async def run(self) -> None:
        """Serve until drained."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._wait_for_end)
            nursery.start_soon(self._keeper.run, self.happen)
            self._open()
            _settle_garbage_collector()
            while not self._engine.is_drained():
                await self._serve()
            if self._engine.undeliverable:
                words = "outputs are left to nobody: the stages that take them ended before"
                _log.info(words, outputs=self._engine.undeliverable)
            await self._flush()
            nursery.cancel_scope.cancel()
        self._senders.close()
        self._source.stop()
        logs.tell_repeats(are_all=True)

    async def _serve(self) -> None:
        """Turn while there is work, then wait."""
        had_work = self._turn(0.0)
        until_s = self._hub.now_s + _WITHOUT_TRIO_S
        while had_work and self._hub.now_s < until_s:
            had_work = self._turn(_PATIENCE_S)
        await self._hub.wait(self._tick_s)

    def _turn(self, patience_s: float) -> bool:
        """Serve once; say whether more is likely, which a tick alone does not make so."""
        had_work = self._hub.turn(patience_s)
        if self._hub.now_s >= self._tick_s:
            self.happen(h.Tick())
        elif not had_work:
            return False
        if self._engine.has_gathered:
            self.happen(h.Turned())
        self._senders.press(self._engine.pressure)
        self._hub.finish_turn()
        self._tick_s = self._engine.next_tick_s(self._hub.now_s)
        return had_work

    def _open(self) -> None:
        self._senders.open(self.happen)
        for name, successor in self._successors.items():
            happen = self._hear_live if name == LIVE.name else self.happen
            successor.open(self._config.row.name, happen)
        live = self._successors.get(LIVE.name)
        template = self._source.template_pid
        self._reporter.open(self._engine.figures, template, live, self.happen)
        self._look()
        self.happen(h.Tick())

    def _look(self) -> None:
        """Once a second: a sign of life, who hangs, and strays of processes that live on."""
        self._kept_state.beat(self._hub.now_s)
        logs.tell_repeats()
        self._source.look()
        self._reaper.end_suspended()
        self._reaper.sweep()
        self._hub.later(LOOK_S - self._hub.now_s % LOOK_S, self._look)

    async def _wait_for_end(self, task_status: trio.TaskStatus[None]) -> None:
        with trio.open_signal_receiver(signal.SIGTERM) as signals:
            task_status.started()
            async for _ in signals:
                _log.info("draining")
                self._hub.at_end(lambda: self.happen(h.Drain()))

    async def _flush(self) -> None:
        """Let the senders hear of everything before the links close."""
        with trio.move_on_after(_FLUSH_LIMIT_S):
            while not self._senders.is_flushed:
                self._hub.turn()
                self._hub.finish_turn()
                await self._hub.wait(self._hub.now_s + _FLUSH_LIMIT_S)

    def _hear_live(self, happening: h.Happening) -> None:
        """Keep from the engine what concerns the figures, which are not of its outboxes."""
        match happening:
            case h.OutputSettled(settlement=settlement) if self._reporter.settled(settlement):
                return
            case h.SuccessorDown():
                self._reporter.lost()
        if self._gives_to_live:
            self.happen(happening)

    def _settle(self, command: h.Settle) -> None:
        self._held.release_input(command.settlement.id)
        if not self._reporter.settled(command.settlement):
            self._senders.settle(command.sender, command.settlement)

    def _submit(self, command: h.Submit) -> None:
        self._successors[command.successor].submit(command.event)

    def _forget(self, command: h.Forget) -> None:
        self._held.release_output(command.id)

    @staticmethod
    def _say(command: h.Say) -> None:
        logs.write(_log, command.level, command.words, command.about)


def _settle_garbage_collector() -> None:
    """Leave what lives as long as the process alone, and look at the rest less often.

    Events make no cycles: looking after every few hundred objects finds nothing and costs time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)


def _source(config: StageConfig, hub: Hub, reaper: Reaper, start: Start, first: Launched) -> Source:
    if config.row.start == "exec":
        return Programs(hub, reaper, start, first)
    return Template(hub, reaper, start, first, config.settings.start_limit_s)
