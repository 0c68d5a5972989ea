"""One handler process: what it is told, what it says, and how it ends.

Everything that a handler says is checked before the engine hears it: a handler runs code that is
known to be buggy, and one that says what it may not is garbage, and is killed.

It ends in this order: its process exits (by itself, or killed), it is reaped, what it still had
said is read, what it left behind is ended, and only then the engine hears of it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator

import attrs

from controller.channel import Channel
from controller.core import happenings as h
from controller.faults import NOTHING, Origin, fault_of, fault_of_outcome
from controller.handler_sources import Source
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.output import Printed
from controller.peers.senders import Happen
from controller.reaper import NotOurs, Reaper
from controller.refusals import RefusalLog
from seda import logs, protocol
from seda.codec import TooLarge, Undecodable
from seda.messages import HandlerFigures, Output
from seda.pipeline import Stage
from seda.protocol import DESCRIPTORS_PER_DATAGRAM, Call, Done, Emit, Message, Result
from seda.wire import Link, close_all

_LAST_WORDS_S = 0.1
"""Between closing its link and exiting a handler may tidy up, no longer."""
_DATAGRAMS_PER_TURN = 16
_LAST_DATAGRAMS = 1000
_BIRTH_LOOK_S = 0.001
BIRTH_LIMIT_S = 2.0
"""A process that is not our child by then never was."""

_log = logs.get(__name__)


@attrs.define(eq=False)
class HandlerContext:
    """What all handlers of a controller share."""

    row: Stage
    hub: Hub
    reaper: Reaper
    held: HeldDescriptors
    refusals: RefusalLog
    happen: Happen
    declared: frozenset[tuple[str, str]] = frozenset()
    """Kinds, and to whom."""

    def __attrs_post_init__(self) -> None:
        """Look up what the row gives once."""
        self.declared = frozenset((output.kind, output.to) for output in self.row.gives)


class HandlerProcess:
    """A handler from Spawn until it is reported as exited."""

    def __init__(
        self, number: int, context: HandlerContext, source: Source, forget: Callable[[int], None]
    ) -> None:
        self.number = number
        self._context = context
        self._source = source
        self._forget = forget
        self._channel: Channel | None = None
        self._printed: Printed | None = None
        self._pid = 0
        self._told_pid = 0
        """What Born said, while the process is not this controller's child yet."""
        self._waiting: deque[Message] = deque()
        """Bounded by the engine: its calls, grants and one stop."""
        self._calls: dict[int, dict[str, str]] = {}
        """By call the keys of its events, by id."""
        self._figures = HandlerFigures()
        self._cause = ""
        self._detail = self._last_line = ""
        self._is_ending = False
        """Its link is closed: nothing that it says counts any more."""

    def adopt(self, link: Link, output: int) -> None:
        """Take this end of the socket and of the output pipe."""
        # One call at a time means one answer at a time: looking for a second costs a system call.
        per_turn = 1 if self._context.row.handler == "function" else _DATAGRAMS_PER_TURN
        self._channel = Channel(self._context.hub, link, self, per_turn=per_turn)
        self._printed = Printed(self._context.hub, output, f"handler {self.number}")
        if self._waiting:
            self._channel.ask_flush()

    def be_born(self, pid: int) -> None:
        """Watch the process, and tell the engine."""
        if self._pid or self._is_ending:
            return
        try:
            self._context.reaper.watch(pid, self._exited)
        except NotOurs as error:
            self._wait_for_birth(pid, str(error))
            return
        self._pid = pid
        self._source.unwant(self)
        self._context.happen(h.HandlerBorn(self.number, pid))

    def _wait_for_birth(self, pid: int, detail: str) -> None:
        """Born is said before the kernel has handed the new process on to this controller."""
        if not self._told_pid:
            self._told_pid = pid
            self._context.hub.later(BIRTH_LIMIT_S, lambda: self._check_born(detail))
        self._context.hub.later(_BIRTH_LOOK_S, lambda: self.be_born(pid))

    def _check_born(self, detail: str) -> None:
        if not self._pid:
            self._spoil(detail)

    def abandon(self) -> bool:
        """Give the socket up, because the template died; False if it was born after all."""
        if self._channel is not None:
            self._channel.drain(1)
        if self._pid or self._is_ending:
            return False
        self._close()
        return True

    def fail(self, detail: str) -> None:
        """No handler can be started."""
        self._cause, self._detail = "cannot-start", detail
        self._end_unborn()

    def call(self, call: Call) -> None:
        """Give it a call."""
        self._calls[call.call] = {event.id: event.key for event in call.events}
        self.say(call)

    def say(self, message: Message) -> None:
        """Have this sent at the end of the turn."""
        self._waiting.append(message)
        if self._channel is not None:
            self._channel.ask_flush()

    def kill(self, cause: str) -> None:
        """End it; nothing that it still says counts."""
        self._cause = self._cause or cause
        self._is_ending = True
        if self._pid:
            self._context.reaper.kill(self._pid)
        else:
            self._context.hub.at_end(self._end_unborn)

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take what a handler may say."""
        if self._is_ending:
            close_all(descriptors)
            return
        match message:
            case Done():
                self._done(message, descriptors)
            case Emit() if self._context.row.handler == "async":
                self._emitted(message, descriptors)
            case protocol.Beat(figures=figures):
                self._context.happen(h.HandlerBeat(self.number, figures))
            case protocol.Born(pid=pid):
                self.be_born(pid)
            case protocol.Ready():
                self._ready(message)
            case _:
                close_all(descriptors)
                self._spoil(f"{type(message).__name__} is not a handler's to say")

    def lose(self, message: Message) -> None:
        """Outputs came without their descriptors: the events have to be handled once more."""
        self._context.refusals.refuse("descriptors-lost", "a handler's descriptors did not arrive")
        match message:
            case Done() if message.call in self._calls:
                self._fail_call(message.call, "descriptors-lost")
            case Emit():
                self.say(protocol.Room(self._count_streamed(message.outputs)))
            case _:
                self._spoil(f"{type(message).__name__} with descriptors")

    def refuse(self, error: Undecodable) -> None:
        """A datagram that is not a message."""
        self._context.refusals.refuse(
            error.reason, "a handler's datagram was refused", why=str(error)
        )
        self._spoil(str(error))

    def end(self) -> None:
        """Its link is closed: it is about to exit, or is of no use."""
        if self._channel is not None:
            self._channel.close()
        self._is_ending = True
        if self._pid:
            pid = self._pid
            self._context.hub.later(_LAST_WORDS_S, lambda: self._context.reaper.kill(pid))
        else:
            self.fail("it ended before its first words")

    def write(self, link: Link) -> None:
        """Send calls, room and stop, in order."""
        while self._waiting:
            message = self._waiting[0]
            if isinstance(message, Call):
                self._send_call(link, message)
            else:
                link.send(message)
            self._waiting.popleft()

    def _send_call(self, link: Link, call: Call) -> None:
        held = self._context.held
        descriptors = [it for event in call.events for it in held.of_input(event)]
        if len(descriptors) > DESCRIPTORS_PER_DATAGRAM:
            self._fail_call(call.call, "more descriptors than a datagram holds")
            return
        try:
            link.send(call, descriptors)
        except TooLarge as error:
            self._fail_call(call.call, str(error))

    def _fail_call(self, call: int, reason: str) -> None:
        results = tuple(Result(event_id, "failed", reason) for event_id in self._calls.pop(call))
        self._context.happen(h.HandlerDone(self.number, call, 0.0, results, self._figures))

    def _ready(self, ready: protocol.Ready) -> None:
        if self._told_pid:
            self.be_born(self._told_pid)
        if not self._pid:
            self._spoil("Ready before it was born")
            return
        if ready.notes:
            _log.info("protections that the kernel did not give", notes=ready.notes)
        self._context.happen(h.HandlerReady(self.number, ready.start_s))

    def _done(self, done: Done, descriptors: list[int]) -> None:
        keys = self._calls.pop(done.call, {})
        fault = "" if keys else f"no call {done.call}"
        for result in done.results:
            fault = fault or self._fault(result, keys)
        if fault:
            close_all(descriptors)
            self._spoil(fault)
            return
        own = iter(descriptors)
        for result in done.results:
            self._keep(result.outputs, own, result.id)
        self._figures = done.figures
        took = done.service_s, done.results, done.figures, done.cpu_s
        self._context.happen(h.HandlerDone(self.number, done.call, *took))

    def _fault(self, result: Result, keys: dict[str, str]) -> str:
        if result.id not in keys:
            return f"a result for {result.id!r}, which it does not have"
        if not result.outputs:
            return fault_of_outcome(result)
        key = keys[result.id] if self._context.row.keeps_key else None
        origin = Origin(result.id, self._context.held.count_input(result.id), key)
        return fault_of_outcome(result) or fault_of(result.outputs, self._context.declared, origin)

    def _emitted(self, emit: Emit, descriptors: list[int]) -> None:
        fault = fault_of(emit.outputs, self._context.declared, NOTHING)
        if fault:
            close_all(descriptors)
            self._spoil(fault)
            return
        self._keep(emit.outputs, iter(descriptors), "")
        self._context.happen(h.HandlerEmitted(self.number, emit.outputs, emit.figures))

    def _count_streamed(self, outputs: tuple[Output, ...]) -> int:
        """Count those that take room: facts do not."""
        facts = {(output.kind, output.to) for output in self._context.row.gives if output.is_fact}
        return sum((output.event.kind, output.to) not in facts for output in outputs)

    def _keep(self, outputs: tuple[Output, ...], own: Iterator[int], input_id: str) -> None:
        for output in outputs:
            if output.event.payloads:
                self._context.held.keep_output(output.event, own, input_id)

    def _spoil(self, detail: str) -> None:
        """It said what no handler may say: end it."""
        self._detail = detail
        self.kill("garbage")

    def _exited(self, code: int) -> None:
        """The process is reaped: read its last words, and see that it left nothing behind."""
        if self._channel is not None:
            self._channel.drain(_LAST_DATAGRAMS)
        self._is_ending = True
        if not self._cause:
            self._cause = _cause_of(code)
        self._context.reaper.when_clear(self._report, self._pid)

    def _end_unborn(self) -> None:
        """End what has no known process: its socket's end tells it, or it is a stray."""
        self._is_ending = True
        self._source.unwant(self)
        self._close()
        self._context.reaper.when_clear(self._report)

    def _close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._printed is not None:
            self._printed.close()
            self._last_line = self._printed.last_line
            self._printed = None

    def _report(self) -> None:
        self._close()
        self._forget(self.number)
        self._context.happen(
            h.HandlerExited(self.number, self._cause, self._detail, self._last_line)
        )


def _cause_of(code: int) -> str:
    if code == os.EX_CONFIG:
        return "cannot-start"
    return f"signal-{-code}" if code < 0 else f"exited-{code}"
