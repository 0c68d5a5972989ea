"""A stage in invented time: the real engine among scripted handlers, senders and successors.

Discrete events on a heap; nothing sleeps, nothing is random that was not seeded. Tests drive it and
read what was settled, when and how.
"""

import heapq
import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable

from conf.schema import StageSettings
from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.engine import Engine
from seda.messages import Event, HandlerFigures, Output, Settlement
from seda.pipeline import Stage
from seda.protocol import Result, Window
from testing.controllers.kept_state import ForgetfulState

START_S = 0.02
"""What a handler takes to be ready."""
REAP_S = 0.002
"""What it takes from a kill until the process is gone."""

Behave = Callable[[tuple[Event, ...], int], tuple[float, str]]
"""From the events of a call and the pressure to its duration and what happens: done, failed, crash
or hang."""


def steady(service_s: float) -> Behave:
    """Every event takes as long as every other."""
    return lambda events, _pressure: (service_s * sum(e.units for e in events), "done")


class World:
    """One engine, time and everything around it."""

    def __init__(
        self,
        row: Stage,
        settings: StageSettings,
        behave: Behave,
        kept_state: ForgetfulState | None = None,
        start_s: float = START_S,
        stopped_earlier: frozenset[str] = frozenset(),
    ) -> None:
        self.now_s = 0.0
        self.row = row
        self.behave = behave
        self.kept_state = kept_state or ForgetfulState()
        self.context = context = EngineContext(row, settings, self.kept_state, stopped_earlier)
        self.engine = Engine(context, random.Random(1), self.now_s)  # noqa: S311  # the same in every run
        self.settled: dict[str, Settlement] = {}
        self.settled_s: dict[str, float] = {}
        self.born_s: dict[str, float] = {}
        self.order: list[str] = []
        """Ids of outputs in the order in which they were submitted."""
        self.submitted: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self.log: list[h.Command] = []
        self.peak_handlers = 0
        self.sizes: list[tuple[float, int]] = []
        self.alive: set[int] = set()
        self.calls: dict[int, h.Dispatch] = {}
        self.at_once: defaultdict[str, int] = defaultdict(int)
        self.most_at_once = 0
        self.successor_delay_s: float | None = 0.001
        self.quarantine_problem = ""
        self.cpu_share = 0.0
        """Of the time that calls take; 0 where nobody says."""
        self._start_s = start_s
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self.tell(h.Tick())
        for output in row.gives:
            self.tell(h.SuccessorUp(output.to, Window(1000, 10**9, 1000), 0))

    def at(self, time_s: float, act: Callable[[], None]) -> None:
        """Have something happen at a time."""
        heapq.heappush(self._agenda, (time_s, next(self._count), act))

    def submit(self, time_s: float, event: Event, sender: int = 1) -> None:
        """Have an event arrive."""
        self.born_s[event.id] = event.born_s
        self.at(time_s, lambda: self.tell(h.Arrived(sender, event)))

    def run(self, until_s: float) -> None:
        """Let time pass."""
        while True:
            tick_s = self.engine.next_tick_s(self.now_s)
            next_s = self._agenda[0][0] if self._agenda else math.inf
            if min(tick_s, next_s) > until_s:
                self.now_s = until_s
                return
            if next_s <= tick_s:
                self.now_s = max(self.now_s, next_s)
                heapq.heappop(self._agenda)[2]()
            else:
                self.now_s = max(self.now_s + 1e-6, tick_s)
                self.tell(h.Tick())

    def tell(self, happening: h.Happening) -> None:
        """Tell the engine, and do what it says."""
        for command in self.engine.handle(happening, self.now_s):
            self.log.append(command)
            self._obey(command)
        if self.engine.has_gathered:
            self.tell(h.Turned())

    def _obey(self, command: h.Command) -> None:
        match command:
            case h.Spawn(handler=handler):
                self.at(self.now_s + self._start_s, lambda: self._ready(handler))
            case h.Dispatch():
                self._begin(command)
            case h.Settle(settlement=settlement):
                self.settled[settlement.id] = settlement
                self.settled_s[settlement.id] = self.now_s
            case h.Submit(successor=successor, event=event):
                self._submitted(successor, event)
            case h.Kill(handler=handler, cause=cause):
                self.at(self.now_s + REAP_S, lambda: self.exit(handler, cause))
            case h.Retire(handler=handler):
                self.at(self.now_s + REAP_S, lambda: self.exit(handler, "exited-0"))
            case h.Quarantine(event=event):
                problem = self.quarantine_problem
                self.at(self.now_s + REAP_S, lambda: self.tell(h.Quarantined(event.id, problem)))
            case _:
                pass

    def _ready(self, handler: int) -> None:
        self.alive.add(handler)
        self._note_size()
        self.tell(h.HandlerReady(handler, self._start_s))

    def _note_size(self) -> None:
        self.peak_handlers = max(self.peak_handlers, len(self.alive))
        self.sizes.append((self.now_s, len(self.alive)))

    def _begin(self, call: h.Dispatch) -> None:
        service_s, what = self.behave(call.events, call.pressure)
        self.calls[call.handler] = call
        for event in call.events:
            self.tries[event.id] += 1
            self.at_once[event.key] += 1
            self.most_at_once = max(self.most_at_once, self.at_once[event.key])
        if what == "crash":
            self.at(self.now_s + service_s, lambda: self.exit(call.handler, "signal-11"))
        elif what != "hang":
            self.at(self.now_s + service_s, lambda: self._done(call, service_s, what))

    def _done(self, call: h.Dispatch, service_s: float, what: str) -> None:
        if self.calls.get(call.handler) is not call:
            return
        del self.calls[call.handler]
        results = []
        for event in call.events:
            self.at_once[event.key] -= 1
            outputs = tuple(
                Output(
                    output.to,
                    Event(f"{event.id}.{n}", output.kind, event.key, born_s=event.born_s),
                )
                for n, output in enumerate(self.row.gives)
            )
            results.append(Result(event.id, what, "", outputs if what == "done" else ()))
        figures = HandlerFigures()
        took = service_s, tuple(results), figures, self.cpu_share * service_s
        self.tell(h.HandlerDone(call.handler, call.call, *took))

    def exit(self, handler: int, cause: str) -> None:
        """A handler's process ends and is reaped."""
        call = self.calls.pop(handler, None)
        for event in call.events if call else ():
            self.at_once[event.key] -= 1
        self.alive.discard(handler)
        self._note_size()
        self.tell(h.HandlerExited(handler, cause))

    def _submitted(self, successor: str, event: Event) -> None:
        self.order.append(event.id)
        self.submitted[event.id] += 1
        if self.successor_delay_s is not None:
            settled = h.OutputSettled(successor, Settlement(event.id, "done"))
            self.at(self.now_s + self.successor_delay_s, lambda: self.tell(settled))

    def said(self, kind: type[h.Command]) -> list[h.Command]:
        """Return the commands of a kind so far."""
        return [command for command in self.log if isinstance(command, kind)]


def event(number: int, key: str = "gate", **more: object) -> Event:
    """Return an event of a test."""
    return Event(f"{key}:e:{number}", "number", key, **more)  # type: ignore[arg-type]
