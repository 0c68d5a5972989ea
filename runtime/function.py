"""The loop of a function stage: one call at a time, blocking, nothing between it and the socket.

A stage's code that leaks ends in MemoryError at the handler's own limit. What leaked stays leaked,
so the handler ends instead of answering: one that had answered first would be given the next event.
The reason that it prints becomes the event's, and the controller starts a fresh handler.
"""

import select
import time

import attrs

from runtime.code import Code
from runtime.results import Collected, Collector, datagram
from runtime.work import Context, Input, received
from seda.messages import Event
from seda.protocol import Call, Done, Result, Stop
from seda.stage_config import StageConfig
from seda.wire import Closed, DescriptorsLost, Full, Link, close_all


def serve(link: Link, code: Code, config: StageConfig) -> None:
    """Answer calls until the controller says stop or is gone."""
    handler = _Handler(code, Context(config))
    readable = select.poll()
    readable.register(link, select.POLLIN)
    while True:
        readable.poll()
        try:
            got = link.receive()
        except Closed:
            return
        except DescriptorsLost as lost:
            if isinstance(lost.message, Call):
                _send(link, *handler.refuse(lost.message, "its descriptors were lost on the way"))
            continue
        match got:
            case Call() as call, descriptors:
                answer = handler.handle(call, descriptors)
                if handler.is_out_of_memory:
                    raise SystemExit("the code ran into the stage's memory_limit_bytes: ending")
                _send(link, *answer)
            case Stop(), _:
                return


@attrs.frozen
class _Spent:
    """What a call took, and of that the processor's time."""

    service_s: float
    cpu_s: float


class _Handler:
    """Turns a call into its end."""

    def __init__(self, code: Code, context: Context) -> None:
        self._context = context
        self._collector = Collector(context.stage)
        self._run = self._together if code.takes_several else self._each
        self._function = code.handle
        self.is_out_of_memory = False

    def handle(self, call: Call, descriptors: list[int]) -> tuple[bytes, list[int]]:
        """Have the code handle the events and return the datagram that says what came of it."""
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        self._context.pressure = call.pressure
        inputs = [received(event, descriptors) for event in call.events]
        collected = Collected()
        try:
            self._run(inputs, collected)
        finally:
            for event in inputs:
                event.close()
        spent = _Spent(time.monotonic() - began_s, time.process_time() - began_cpu_s)
        return self._done(call, spent, collected)

    def refuse(self, call: Call, reason: str) -> tuple[bytes, list[int]]:
        """Return the end of a call that never reached the code."""
        failed = [Result(event.id, "failed", reason) for event in call.events]
        return self._done(call, _Spent(0.0, 0.0), Collected(failed))

    def _done(self, call: Call, spent: _Spent, collected: Collected) -> tuple[bytes, list[int]]:
        figures = self._context.meter.figures()
        results = tuple(collected.results)
        done = Done(call.call, spent.service_s, results, figures, spent.cpu_s)
        return datagram(done, collected.descriptors)

    def _each(self, inputs: list[Input], into: Collected) -> None:
        """Call the code once an event, so that one that fails fails alone."""
        for event in inputs:
            try:
                self._collector.collect(event, self._function(event, self._context), into)
            except Exception as error:  # noqa: BLE001 - whatever the code does is a result
                into.results.append(self._failed(event.header, error))

    def _together(self, inputs: list[Input], into: Collected) -> None:
        """Call the code once for all; if it raises, all failed."""
        try:
            products = self._function(inputs, self._context)
            for event, given in self._collector.sorted_by_input(inputs, products):
                self._collector.collect(event, given, into)
        except Exception as error:  # noqa: BLE001 - whatever the code does is a result
            close_all(into.descriptors)
            into.descriptors = []
            into.results = [self._failed(event.header, error) for event in inputs]

    def _failed(self, event: Event, error: Exception) -> Result:
        self.is_out_of_memory |= isinstance(error, MemoryError)
        return self._collector.failed(event.id, error)


def _send(link: Link, content: bytes, descriptors: list[int]) -> None:
    """Send, waiting while the controller is behind; the descriptors end here."""
    writable = select.poll()
    try:
        while True:
            try:
                return link.send_datagram(content, descriptors)
            except Full:
                writable.register(link, select.POLLOUT)
                writable.poll()
    finally:
        close_all(descriptors)
