"""The loop of an async stage, on trio: many events at once, heartbeats, outputs of its own.

Theory of operation. One task reads the link. Every call gets a task, so that as many run as the
controller hands out (the row's `concurrency`). A heartbeat leaves from inside the same loop, so a
loop that the code blocks falls silent and its controller sees it.

A `serve` that is a plain function is called in that one task instead, which saves a task an event:
it has to return at once, and hands what has to wait to something that `run` started.

What no event asked for is emitted. The controller grants room for it: an emitter may be ahead of
what was taken over by so many outputs and then waits, which is how a full successor is felt.

Stop is polite: `context.stopping` is set, what serves may finish, `run` is cancelled once nothing
serves any more, and what is left after the grace is cancelled. A call that was cancelled gets no
answer: its events were not handled, and the controller hands them to somebody else.
"""

import inspect
from collections.abc import Sequence
from typing import Unpack

import trio

from seda.charter import Charter
from seda.codec import encode
from seda.protocol import Beat, Call, Done, Emit, Result, Room, Stop
from seda.wire import Closed, DescriptorsLost, Full, Link, close_all
from stages.runtime.code import Code
from stages.runtime.results import Collected, Collector, Garbage, datagram
from stages.runtime.work import Content, Context, Draft, Header, Input, encoded, received

BEAT_S = 0.5
GRACE_S = 5.0
"""Well below what the supervisor allows for stopping everything."""
ROOM_OUTPUTS = 64
"""What may be emitted before the controller has granted anything."""
_CALLS_PER_TURN = 8
"""Of a plain `serve`: then the heartbeat and what `run` started have their turn."""


class _Sender:
    """The link's writing end, shared by all tasks."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._turn = trio.Lock()

    async def send(self, content: bytes, descriptors: list[int]) -> None:
        """Send in turn, waiting while the controller is behind.

        The turn is taken only where there is something to wait for: taking it lets others run, and
        one of them that may not wait would find it taken and take that for a full link.
        """
        await trio.lowlevel.checkpoint()
        if self.send_nowait(content, descriptors):
            return
        async with self._turn:
            while not self._has_sent(content, descriptors):
                await trio.lowlevel.wait_writable(self._link)

    def send_nowait(self, content: bytes, descriptors: list[int]) -> bool:
        """Send unless somebody waits already."""
        return not self._turn.locked() and self._has_sent(content, descriptors)

    def _has_sent(self, content: bytes, descriptors: list[int]) -> bool:
        try:
            self._link.send_datagram(content, descriptors)
        except Full:
            return False
        return True


class AsyncContext(Context):
    """What an async stage's code knows and can do besides answering its input."""

    def __init__(self, charter: Charter, sender: _Sender) -> None:
        super().__init__(charter)
        self.stopping = trio.Event()
        """Set when the handler is to finish what it began."""
        self.room = trio.Semaphore(ROOM_OUTPUTS)
        self._sender = sender
        self._collector = Collector(charter.row)

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
        content, descriptors = self._emission(draft)
        try:
            await self._sender.send(content, descriptors)
        except BaseException:
            self._give_room_back(draft)  # cancelled while it waited: nothing was sent
            raise
        finally:
            close_all(descriptors)

    def emit_nowait(self, draft: Draft) -> bool:
        """Give the output to the controller if it has room now; say whether it had."""
        try:
            if self._takes_room(draft):
                self.room.acquire_nowait()
        except trio.WouldBlock:
            return False
        content, descriptors = self._emission(draft)
        try:
            has_sent = self._sender.send_nowait(content, descriptors)
        finally:
            close_all(descriptors)
        if not has_sent:
            self._give_room_back(draft)
        return has_sent

    def _takes_room(self, draft: Draft) -> bool:
        """Facts take none: they replace each other, and have to come through a full stream."""
        to = draft.header.get("to")
        return not any(
            gift.is_fact and gift.kind == draft.kind and to in (None, gift.to)
            for gift in self.stage.gives
        )

    def _give_room_back(self, draft: Draft) -> None:
        if self._takes_room(draft):
            self.room.release()

    def _emission(self, draft: Draft) -> tuple[bytes, list[int]]:
        """Return the datagram; where the draft is wrong its room is given back."""
        descriptors: list[int] = []
        try:
            if draft.source is not None:
                raise Garbage("emit takes what context.output(...) made; serve returns the rest")
            output = self._collector.output(draft, draft.id, None, descriptors)
            return encode(Emit((output,), self.meter.figures())), descriptors
        except BaseException:
            close_all(descriptors)
            self._give_room_back(draft)
            raise


class _Loop:
    """All tasks of one handler."""

    def __init__(self, link: Link, code: Code, charter: Charter) -> None:
        self._link = link
        self._code = code
        self._is_plain = not inspect.iscoroutinefunction(code.handle)
        self._calls_in_turn = 0
        self._sender = _Sender(link)
        self._context = AsyncContext(charter, self._sender)
        self._collector = Collector(charter.row)

    async def run(self) -> None:
        """Serve until told to stop or until the controller is gone."""
        async with trio.open_nursery() as background:
            background.start_soon(self._beat)
            if self._code.run is not None:
                background.start_soon(self._code.run, self._context)
            async with trio.open_nursery() as calls:
                background.start_soon(self._receive, calls)
                await self._context.stopping.wait()
                calls.cancel_scope.deadline = trio.current_time() + GRACE_S
            background.cancel_scope.cancel()

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
                        await self._answer_at_once(call, descriptors)
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
            await trio.sleep(BEAT_S)

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

    async def _answer_at_once(self, call: Call, descriptors: list[int]) -> None:
        """Serve the call's events by a plain function, one after the other."""
        began_s = trio.current_time()
        inputs = [received(event, descriptors) for event in call.events]
        collected = Collected()
        for event in inputs:
            try:
                products = self._code.handle(event, self._context)
                self._collector.collect(event, products, collected)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever the code does is a result
                collected.results.append(self._collector.failed(event.header.id, error))
            finally:
                event.close()
        await self._done(call, trio.current_time() - began_s, collected)
        self._calls_in_turn += 1
        if self._calls_in_turn >= _CALLS_PER_TURN:
            self._calls_in_turn = 0
            await trio.lowlevel.checkpoint()

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
        try:
            handle = self._code.handle
            self._collector.collect(event, await handle(event, self._context), into)
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
        done = Done(call.call, service_s, tuple(collected.results), figures)
        content, descriptors = datagram(done, collected.descriptors)
        try:
            if not self._sender.send_nowait(content, descriptors):
                await self._sender.send(content, descriptors)
        finally:
            close_all(descriptors)


def serve(link: Link, code: Code, charter: Charter) -> None:
    """Answer calls until the controller says stop; raises Closed if it is gone."""
    try:
        trio.run(_Loop(link, code, charter).run)
    except BaseExceptionGroup as group:
        if group.subgroup(Closed) is None:
            raise
        raise Closed from None


def _innermost(error: BaseException) -> BaseException:
    """Return what was raised, out of the groups that nurseries put around a single error."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
