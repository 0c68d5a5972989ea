"""The engine of a controller: happenings in, commands out. Pure.

Theory of operation. An event is an Item in exactly one place: in the queue, in a call of a handler,
held back by the order of its key, awaiting the settlement of its outputs, or on its way to the
quarantine. `Settling.items` has all of them by id, so a repeat of one that is here only changes who
is told.

This file only says which part hears of what. Work: from the queue into calls and to results.
Settling: outputs and answers. HandlerManager: handlers. Each of them composes smaller policies.
"""

import math
from collections.abc import Callable
from typing import Any

from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.handler_manager import HandlerManager
from controller.core.policies.overload import fill_level
from controller.core.policies.restarts import Chance
from controller.core.pool import Pool
from controller.core.settling import Settling
from controller.core.work import Work
from seda.messages import StageFigures, StageState

LONGEST_TICK_S = 0.25
"""Everything but a deadline may wait for so long; deadlines are known when a call begins."""
QUIET_TICK_S = 1.0
"""The same while nothing is queued or worked on: what changes then has a time of its own."""
_SHORTEST_TICK_S = 0.001
"""Whatever a policy asks for, the loop is never spun by it."""
_HOUSEKEEPING_S = 5.0
GRANT_OUTPUTS = 16
"""Room that is granted together; well below what a handler begins with, so that none waits."""
_GROW_LOOK_S = 0.1
PATIENCE_S = 0.1
"""For so long a patient event waits for others to share its call."""


class Engine:
    """One stage's controller without its sockets, processes and clock."""

    def __init__(self, context: EngineContext, chance: Chance, now_s: float) -> None:
        self._context = context
        self._settings = context.settings
        row = context.row
        self._out = context.out
        self._pool = Pool(row)
        self._settling = Settling(context)
        self._work = Work(context, self._pool, self._settling, now_s)
        self._manager = HandlerManager(context, self._pool, self._work, chance, now_s)
        streams = (
            ()
            if row.absorbs_pressure
            else (output.to for output in row.gives if not output.is_fact)
        )
        self._pressing = frozenset(streams)
        self._heard_pressure: dict[str, int] = {}
        self._fill_level = 0
        self._gathers = context.is_async and context.settings.events_per_call > 1
        self.has_gathered = False
        """Events wait for the end of the turn, so that those which came with them share a call.

        An async handler could have each of them at once, so that nothing else would gather any.
        """
        self._gathered_s = math.inf
        """When patient events have waited long enough."""
        self._tick_s = self._due_s = now_s
        self._promised_s = now_s
        """When the next Tick was asked for last."""
        self._has_worked = False
        """A function's call ended since the last Tick, which has to see what that has shown."""
        self._housekeeping_s = now_s
        self._hear: dict[type[Any], Callable[[Any, float], None]] = {
            h.Arrived: self._arrived,
            h.SenderGone: self._sender_gone,
            h.HandlerBorn: self._born,
            h.HandlerReady: self._ready,
            h.HandlerDone: self._done,
            h.HandlerBeat: self._beat,
            h.HandlerEmitted: self._emitted,
            h.HandlerExited: self._exited,
            h.OutputSettled: self._output_settled,
            h.SubmitAgain: lambda happening, _: self._settling.submit_again(happening),
            h.SuccessorUp: self._successor_up,
            h.SuccessorDown: self._successor_down,
            h.SuccessorPressed: self._successor_pressed,
            h.Quarantined: self._quarantined,
            h.Drain: self._drain,
            h.Turned: self._turned,
            h.Tick: self._tick,
        }

    def handle(self, happening: h.Happening, now_s: float) -> list[h.Command]:
        """Take one happening in and return what has to be done about it, in order."""
        self._hear[type(happening)](happening, now_s)
        commands = self._out[:]
        self._out.clear()
        return commands

    @property
    def pressure(self) -> int:
        """Return what the senders are told, 0 to 4."""
        return self._context.pressure

    def next_tick_s(self, now_s: float) -> float:
        """Return when the engine wants its next Tick at the latest."""
        longest_s = QUIET_TICK_S if self._is_quiet else LONGEST_TICK_S
        due_s = min(self._due_s, self._tick_s + longest_s, self._gathered_s)
        due_s = min(due_s, self._work.first_deadline_s)
        if self._work.queue.events and not self._manager.scaling.is_at_maximum:
            due_s = min(due_s, self._tick_s + _GROW_LOOK_S)
        self._promised_s = max(due_s, self._tick_s + _SHORTEST_TICK_S, now_s)
        return self._promised_s

    @property
    def _is_quiet(self) -> bool:
        """Say whether nothing waits for time to pass but what `_due_s` knows."""
        work = self._work
        is_working = self._has_worked or (work.in_flight > 0 and not self._context.is_async)
        has_work = is_working or (work.queue.events and math.isinf(self._gathered_s))
        is_calm = not self.pressure and work.overload.rate_per_s is None
        return not has_work and is_calm and self._manager.is_settled

    @property
    def undeliverable(self) -> int:
        """Count the outputs for stages that ended before this one."""
        return self._settling.undeliverable

    def is_drained(self) -> bool:
        """Say whether everything is finished and every handler gone."""
        return self._manager.is_draining and not len(self._pool) and self._settling.is_empty

    def _arrived(self, happening: h.Arrived, now_s: float) -> None:
        self._work.arrive(happening, now_s)
        if happening.event.kind in self._context.row.patient:
            self._gathered_s = min(self._gathered_s, now_s + PATIENCE_S)
        elif self._gathers:
            self.has_gathered = True
        else:
            self._work_off(now_s)

    def _turned(self, _: h.Turned, now_s: float) -> None:
        self.has_gathered = False
        self._work_off(now_s)

    def _work_off(self, now_s: float) -> None:
        self._dispatch(now_s)
        if self._work.queue.events:
            self._manager.grow(now_s)

    def _sender_gone(self, happening: h.SenderGone, _now_s: float) -> None:
        for item in self._settling.items.values():
            if item.sender == happening.sender:
                item.sender = None

    def _born(self, happening: h.HandlerBorn, _now_s: float) -> None:
        handler = self._pool.get(happening.handler)
        if handler is not None:
            handler.pid = happening.pid

    def _ready(self, happening: h.HandlerReady, now_s: float) -> None:
        handler = self._pool.get(happening.handler)
        if handler is not None:
            self._manager.ready(handler, happening.start_s, now_s)
            self._work.dispatch(now_s)

    def _done(self, happening: h.HandlerDone, now_s: float) -> None:
        handler = self._pool.get(happening.handler)
        if handler is None:
            return
        call = handler.calls.pop(happening.call, None)
        if call is None:
            self._manager.kill(handler, "garbage", now_s)
            return
        self._note(handler.number, happening, now_s)
        self._work.done(handler, call, happening, now_s)
        self._has_worked = not self._context.is_async
        self._manager.free(handler, now_s)
        self._go_on(now_s)

    def _beat(self, happening: h.HandlerBeat, now_s: float) -> None:
        self._note(happening.handler, happening, now_s)

    def _note(
        self, number: int, happening: h.HandlerDone | h.HandlerBeat | h.HandlerEmitted, now_s: float
    ) -> None:
        handler = self._pool.get(number)
        if handler is not None:
            handler.beat_s = now_s
            handler.figures = happening.figures
            self._context.counters.note_figures(happening.figures)

    def _emitted(self, happening: h.HandlerEmitted, now_s: float) -> None:
        self._note(happening.handler, happening, now_s)
        handler = self._pool.get(happening.handler)
        given = [self._settling.give(output, None) for output in happening.outputs]
        if any(given):
            self._manager.note_fruit(handler)
            if handler is not None:
                handler.ungranted += sum(given)
        self._grant()

    def _grant(self) -> None:
        """Give emitting handlers room again while the successors keep up.

        In groups: each grant is a datagram and may wake the handler, which has the rest meanwhile.
        """
        if self._settling.is_behind:
            return
        for handler in self._pool:
            if handler.ungranted >= GRANT_OUTPUTS:
                self._out.append(h.Grant(handler.number, handler.ungranted))
                handler.ungranted = 0

    def _exited(self, happening: h.HandlerExited, now_s: float) -> None:
        handler = self._pool.get(happening.handler)
        if handler is not None:
            self._manager.exited(handler, happening, now_s)
            self._go_on(now_s)

    def _go_on(self, now_s: float) -> None:
        self._manager.reconcile(now_s)
        self._dispatch(now_s)
        self._retire_if_drained(now_s)

    def _dispatch(self, now_s: float) -> None:
        self._work.dispatch(now_s)
        if not self._work.queue.events:
            self._gathered_s = math.inf

    def _output_settled(self, happening: h.OutputSettled, now_s: float) -> None:
        was_behind = self._settling.is_behind
        self._settling.output_settled(happening)
        if was_behind and not self._settling.is_behind:
            self._grant()
            self._work.dispatch(now_s)

    def _successor_up(self, happening: h.SuccessorUp, now_s: float) -> None:
        self._hear_pressure(happening.successor, happening.pressure)
        self._settling.open(happening)
        self._grant()
        self._work.dispatch(now_s)

    def _hear_pressure(self, successor: str, pressure: int) -> None:
        if successor in self._pressing:
            self._heard_pressure[successor] = pressure
            self._pass_pressure_on()

    def _pass_pressure_on(self) -> None:
        own = self._work.overload.level if self._settings.target_s else self._fill_level
        self._context.pressure = max(own, *self._heard_pressure.values(), 0)

    def _successor_down(self, happening: h.SuccessorDown, _now_s: float) -> None:
        self._settling.close(happening.successor)

    def _successor_pressed(self, happening: h.SuccessorPressed, _now_s: float) -> None:
        self._hear_pressure(happening.successor, happening.pressure)

    def _quarantined(self, happening: h.Quarantined, _now_s: float) -> None:
        self._settling.quarantined(happening)

    def _drain(self, _happening: h.Drain, now_s: float) -> None:
        self._manager.is_draining = True
        self._work.is_ending = True
        if self._context.row.is_lasting:
            self._work.give_up_lasting(now_s)
        self._retire_if_drained(now_s)

    def _retire_if_drained(self, now_s: float) -> None:
        """Send the handlers home once nothing is left for them; async ones are told at once."""
        if not self._manager.is_draining or self._work.queue.events:
            return
        if self._work.in_flight and not self._context.is_async:
            return
        for handler in self._pool:
            if handler.state in ("idle", "busy", "starting"):
                self._manager.retire(handler, now_s)

    def _tick(self, _happening: h.Tick, now_s: float) -> None:
        stalled_s = now_s - max(self._tick_s + LONGEST_TICK_S, self._promised_s)
        self._tick_s = now_s
        self._has_worked = False
        self._gathered_s = math.inf
        self._work.first_deadline_s = math.inf
        self._manager.watch(now_s, stalled_s)
        self._steer(now_s)
        self._manager.size(now_s)
        self._manager.choose_isolation()
        if now_s - self._housekeeping_s >= _HOUSEKEEPING_S:
            self._housekeeping_s = now_s
            self._work.queue.forget_idle_keys(now_s)
            self._context.kept_state.note_service_times(self._work.service.content())
        self._go_on(now_s)
        overload_s = self._work.overload.next_s
        self._due_s = min(overload_s, self._manager.next_s(now_s))

    def _steer(self, now_s: float) -> None:
        work, queue = self._work, self._work.queue
        work.batching.look(queue.events, now_s)
        is_at_maximum = self._manager.scaling.is_at_maximum
        backlog = work.backlog(now_s)
        excess = work.overload.look(backlog, now_s, is_at_maximum=is_at_maximum)
        for _ in range(excess):
            work.shed("overload", now_s)
        work.look(now_s)
        self._fill_level = fill_level(backlog.share, self._fill_level)
        self._pass_pressure_on()

    def figures(self, now_s: float) -> StageFigures:
        """Return this stage's figures; the shell adds what only it knows."""
        work, manager, counters = self._work, self._manager, self._context.counters
        oldest_s = work.queue.oldest_s()
        return StageFigures(
            stage=self._context.row.name,
            pid=0,
            at_s=now_s,
            state=self._state(),
            queue_events=work.queue.events,
            queue_bytes=work.queue.size_bytes,
            queue_age_s=0.0 if oldest_s is None else now_s - oldest_s,
            in_flight=work.in_flight,
            awaiting=self._settling.awaiting,
            descriptors=0,
            pressure=self._context.pressure,
            handlers=self._pool.states(),
            handlers_wanted=manager.wanted,
            handlers_max=self._settings.handlers_max,
            events_per_call=work.batching.size,
            isolation="per_event" if manager.per_event else "pooled",
            admitted_per_s=work.overload.rate_per_s,
            events=dict(counters.events),
            drops={reason: dict(by_key) for reason, by_key in counters.drops.items()},
            restarts=dict(counters.restarts),
            set_aside=work.set_aside.waits_s(now_s),
            refused={},
            counts=dict(counters.counts),
            service_buckets=work.service.buckets(),
            service_sum_s=work.service.sum_s,
            trouble=manager.trouble(now_s),
        )

    def _state(self) -> StageState:
        if self._manager.is_draining:
            return "draining"
        if self._manager.restarts.has_given_up:
            return "gave_up"
        return "serving" if self._pool.count("idle", "busy") else "starting"
