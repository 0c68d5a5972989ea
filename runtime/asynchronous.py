"""The loop of an async stage, on trio: many events at once, heartbeats, outputs of its own.

Theory of operation. One task reads the link. Every call gets a task, so that as many run as the
controller hands out (the row's `concurrency`). A heartbeat leaves from inside the same loop, so a
loop that the code blocks falls silent and its controller sees it.

A `serve` that is a plain function is called in that one task instead, which saves a task an event:
it has to return at once, hands what has to wait to something that `run` started, or returns a
coroutine where one event has to be waited for after all.

What no event asked for is emitted. The controller grants room for it: an emitter may be ahead of
what was taken over by so many outputs and then waits, which is how a full successor is felt.

Stop is polite: `context.stopping` is set, what serves may finish, `run` is cancelled once nothing
serves any more, and what is left after the grace is cancelled. A call that was cancelled gets no
answer: its events were not handled, and the controller hands them to somebody else.
"""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Unpack

import trio

from runtime.code import Code
from runtime.emitting import Outbox, Sender
from runtime.results import Collected, Collector, Garbage, NotGiven, datagram
from runtime.rhythm import sleep_until_next
from runtime.work import Content, Context, Draft, Header, Input, encoded, received
from seda import logs
from seda.codec import encode
from seda.protocol import Beat, Call, Done, Result, Room, Stop
from seda.stage_config import StageConfig
from seda.wire import Closed, DescriptorsLost, Link, close_all

_log = logs.get(__name__)
BEAT_S = 1.0
"""At whole seconds of the clock, as the controller's own figures: one wake serves both."""
GRACE_S = 5.0
"""Well below what the supervisor allows for stopping everything."""
ROOM_OUTPUTS = 64
"""What may be emitted before the controller has granted anything; more where a handler has more at
once (`concurrency`), since all of it may lead to something in the same moment."""
_FLUSH_S = 1.0
"""For what was emitted last, at a stop."""
_CALLS_PER_TURN = 8
"""Of a plain `serve`: then the heartbeat and what `run` started have their turn."""

_Later = tuple[Input, Coroutine[Any, Any, object]]
"""An input, and what is to be awaited for it."""


class AsyncContext(Context):
    """What an async stage's code knows and can do besides answering its input."""

    def __init__(self, config: StageConfig, sender: Sender) -> None:
        super().__init__(config)
        self.stopping = trio.Event()
        """Set when the handler is to finish what it began."""
        self.room = trio.Semaphore(max(ROOM_OUTPUTS, config.row.concurrency))
        self.outbox = Outbox(sender, self.meter)
        self._collector = Collector(config.row)
        self._not_given: set[str] = set()
        """Kinds that were complained about."""

    def output(
        self,
        kind: str,
        identity: str,
        body: object = None,
        payloads: Sequence[Content] = (),
        **header: Unpack[Header],
    ) -> Draft:
        """Draft an output that no event asked for; its id has to be unique for ever."""
        return Draft(None, identity, kind, encoded(body), payloads, header)

    async def emit(self, draft: Draft) -> None:
        """Give the output to the controller, waiting until it has room."""
        if self._takes_room(draft):
            await self.room.acquire()
        while self.outbox.is_full:
            await self.outbox.wait_sent()
        self._put(draft)

    async def emit_newest(self, choose: Callable[[], Draft]) -> None:
        """Wait for room in turn, then give what is the newest by then."""
        await self.room.acquire()
        while self.outbox.is_full:
            await self.outbox.wait_sent()
        self._put(choose())

    def emit_nowait(self, draft: Draft) -> bool:
        """Give the output to the controller if it has room now; say whether it had."""
        if self.outbox.is_full:
            return False
        try:
            if self._takes_room(draft):
                self.room.acquire_nowait()
        except trio.WouldBlock:
            return False
        self._put(draft)
        return True

    def _takes_room(self, draft: Draft) -> bool:
        """Facts take none: they replace each other, and have to come through a full stream."""
        to = draft.header.get("to")
        return not any(
            output.is_fact and output.kind == draft.kind and to in (None, output.to)
            for output in self.stage.gives
        )

    def _give_room_back(self, draft: Draft) -> None:
        if self._takes_room(draft):
            self.room.release()

    def _put(self, draft: Draft) -> None:
        """Have the output sent; where the draft is wrong its room is given back.

        What the row does not give is said loudly and left out: in a part of the table it would be
        emitted again by every handler that replaces this one.
        """
        descriptors: list[int] = []
        try:
            if draft.source is not None:
                raise Garbage("emit takes what context.output(...) made; serve returns the rest")
            output = self._collector.output(draft, draft.id, None, descriptors)
            self.outbox.put(output, descriptors)
        except NotGiven as error:
            self._give_room_back(draft)
            self.count("emitted_not_in_row")
            if draft.kind not in self._not_given:
                self._not_given.add(draft.kind)
                _log.error("an output was left out", why=str(error))
        except BaseException:
            close_all(descriptors)
            self._give_room_back(draft)
            raise


class _Loop:
    """All tasks of one handler."""

    def __init__(self, link: Link, code: Code, config: StageConfig) -> None:
        self._link = link
        self._code = code
        self._is_plain = not inspect.iscoroutinefunction(code.handle)
        self._calls_in_turn = 0
        self._sender = Sender(link)
        self._context = AsyncContext(config, self._sender)
        self._collector = Collector(config.row)

    async def run(self) -> None:
        """Serve until told to stop or until the controller is gone."""
        async with trio.open_nursery() as background:
            background.start_soon(self._beat)
            background.start_soon(self._context.outbox.run)
            if self._code.run is not None:
                background.start_soon(self._code.run, self._context)
            async with trio.open_nursery() as calls:
                background.start_soon(self._receive, calls)
                await self._context.stopping.wait()
                calls.cancel_scope.deadline = trio.current_time() + GRACE_S
            background.cancel_scope.cancel()
        with trio.move_on_after(_FLUSH_S):
            await self._context.outbox.flush()
        self._context.outbox.close()

    async def _receive(self, calls: trio.Nursery) -> None:
        """Read until the link ends; room is granted while calls finish after a stop, too."""
        while True:
            try:
                got = self._link.receive()
            except DescriptorsLost as lost:
                if isinstance(lost.message, Call):
                    calls.start_soon(self._refuse, lost.message)
                continue
            match got:
                case None:
                    await trio.lowlevel.wait_readable(self._link)
                case Call() as call, descriptors:
                    self._context.pressure = call.pressure
                    if self._is_plain:
                        await self._answer_at_once(call, descriptors, calls)
                    else:
                        calls.start_soon(self._answer, call, descriptors)
                case Room(outputs=outputs), _:
                    for _ in range(outputs):
                        self._context.room.release()
                case Stop(), _:
                    self._context.stopping.set()

    async def _beat(self) -> None:
        while True:
            self._sender.send_nowait(encode(Beat(self._context.meter.figures())), [])
            await sleep_until_next(BEAT_S)

    async def _answer(self, call: Call, descriptors: list[int]) -> None:
        """Serve the call's events, all at once, and tell what came of them."""
        began_s = trio.current_time()
        inputs = [received(event, descriptors) for event in call.events]
        if len(inputs) == 1:
            collected = Collected()
            await self._serve(inputs[0], collected)
        else:
            collected = await self._serve_all(inputs)
        await self._done(call, trio.current_time() - began_s, collected)

    async def _answer_at_once(
        self, call: Call, descriptors: list[int], calls: trio.Nursery
    ) -> None:
        """Serve the call's events by a plain function, one after the other."""
        began_s = trio.current_time()
        inputs = [received(event, descriptors) for event in call.events]
        collected = Collected()
        later = [it for event in inputs if (it := self._serve_plainly(event, collected))]
        if later:
            calls.start_soon(self._answer_later, call, began_s, later, collected)
            return
        await self._done(call, trio.current_time() - began_s, collected)
        self._calls_in_turn += 1
        if self._calls_in_turn >= _CALLS_PER_TURN:
            self._calls_in_turn = 0
            await trio.lowlevel.checkpoint()

    def _serve_plainly(self, event: Input, into: Collected) -> _Later | None:
        """Serve an event now, or return what has to be awaited for it."""
        is_over = True
        try:
            products = self._code.handle(event, self._context)
            if isinstance(products, Coroutine):
                is_over = False
                return event, products
            self._collector.collect(event, products, into)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the code does is a result
            into.results.append(self._collector.failed(event.header.id, error))
        finally:
            if is_over:
                event.close()
        return None

    async def _answer_later(
        self, call: Call, began_s: float, later: list[_Later], collected: Collected
    ) -> None:
        for event, products in later:
            await self._finish(event, products, collected)
        await self._done(call, trio.current_time() - began_s, collected)

    async def _serve_all(self, inputs: list[Input]) -> Collected:
        parts = [Collected() for _ in inputs]
        async with trio.open_nursery() as nursery:
            for event, part in zip(inputs, parts, strict=True):
                nursery.start_soon(self._serve, event, part)
        return Collected(
            [result for part in parts for result in part.results],
            [descriptor for part in parts for descriptor in part.descriptors],
        )

    async def _serve(self, event: Input, into: Collected) -> None:
        await self._finish(event, self._code.handle(event, self._context), into)

    async def _finish(
        self, event: Input, products: Coroutine[Any, Any, object], into: Collected
    ) -> None:
        try:
            self._collector.collect(event, await products, into)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the code does is a result
            into.results.append(self._collector.failed(event.header.id, _innermost(error)))
        finally:
            event.close()

    async def _refuse(self, call: Call) -> None:
        reason = "its descriptors were lost on the way"
        failed = [Result(event.id, "failed", reason) for event in call.events]
        await self._done(call, 0.0, Collected(failed))

    async def _done(self, call: Call, service_s: float, collected: Collected) -> None:
        figures = self._context.meter.figures()
        await self._context.outbox.flush()  # or what a call emitted could be lost, and the call not
        done = Done(call.call, service_s, tuple(collected.results), figures)
        content, descriptors = datagram(done, collected.descriptors)
        try:
            await self._sender.send(content, descriptors)
        finally:
            close_all(descriptors)


def serve(link: Link, code: Code, config: StageConfig) -> None:
    """Answer calls until the controller says stop; raises Closed if it is gone."""
    try:
        trio.run(_Loop(link, code, config).run)
    except BaseExceptionGroup as group:
        if group.subgroup(Closed) is None:
            raise
        raise Closed from None


def _innermost(error: BaseException) -> BaseException:
    """Return what was raised, out of the groups that nurseries put around a single error."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
