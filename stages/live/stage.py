"""What the runtime calls: facts and asks come in by `serve`; `run` does what time brings.

The operations address is answered here, the web address by http_reply, to which the same answers
go. An event stream is no event under way: its connection is taken and the ask settled at once.
"""

import os
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio

from conf.schema import Settings
from runtime.asynchronous import AsyncContext
from runtime.rhythm import sleep_until_next
from runtime.work import Input, Product
from seda import logs
from seda.codec import decode_body
from seda.decisions import AlarmFact, SignedOut, Unheld, WaitingFact
from seda.disk import room
from seda.messages import CameraFact, ScoredFacts, StageFigures, SupervisorFigures
from seda.requests import Ask
from seda.supervisor.leftovers import VARIABLE as INSTANCE
from spotter_web.views import Alarm
from stages.live.cameras.cameras import Change
from stages.live.live_state import LiveState
from stages.live.measuring import measure_for_ever
from stages.live.notebook import Notes
from stages.live.notebook import read as read_notes
from stages.live.notebook import write as write_notes
from stages.live.now import Now
from stages.live.operations.answers import Answer, answer
from stages.live.operations.server import serve_connections
from stages.live.replies import Reply
from stages.live.stored_alarms import read_open_alarms

LOOK_EVERY_S = 0.5
"""So often a tile changes at most."""

Seen = TypeVar("Seen", bound=CameraFact | ScoredFacts)

_log = logs.get(__name__)


class Live:
    """What one process of the stage does; it begins with the first event or with `run`."""

    def __init__(self) -> None:
        self._live_state: LiveState | None = None
        self._notes = Notes()
        self._has_failed = False
        """The notebook was not written when it was tried last."""
        self._is_open = trio.Event()
        """Streams can begin."""

    def serve(
        self, event: Input, context: AsyncContext
    ) -> Coroutine[Any, Any, Product | None] | None:
        """Take a fact in at once, or answer."""
        if event.header.kind == "ask":
            return self._answer_ask(event, context)
        self._take(event, context)
        return None

    async def run(self, context: AsyncContext) -> None:
        """Do what time brings, and answer on the operations address."""
        live_state = self._begin(context)
        for alarm in await self._open_alarms(context):
            live_state.take_alarm(alarm)
        async with trio.open_nursery() as nursery:
            await nursery.start(live_state.streams.run)
            self._is_open.set()
            for pending_events in (live_state.gone, live_state.said, live_state.camera_states):
                nursery.start_soon(pending_events.run, context, _is_in_trouble(live_state))
            nursery.start_soon(live_state.stream_presence.run, live_state.streams.forget)
            nursery.start_soon(self._look, live_state, context)
            run_directory = Path(context.content(Settings).run_directory)
            data = context.directory.parent
            nursery.start_soon(measure_for_ever, live_state.gathering.disks, data, run_directory)
            hosts = frozenset(it.lower() for it in context.content(Settings).web.hosts)
            await serve_connections(context.sockets["operations"], _answering(live_state), hosts)

    @staticmethod
    async def _open_alarms(context: AsyncContext) -> list[Alarm]:
        settings, data = context.content(Settings), context.directory.parent
        return await trio.to_thread.run_sync(read_open_alarms, settings, data)

    def _begin(self, context: AsyncContext) -> LiveState:
        """Return the state; it is made after the fork, with what was noted before."""
        if self._live_state is None:
            run = os.environ.get(INSTANCE, "")
            self._notes = read_notes(context.directory, context.count).in_run(run)
            self._live_state = LiveState(context.content(Settings), self._notes, _now)
        return self._live_state

    def _take(self, fact: Input, context: AsyncContext) -> None:
        live_state = self._begin(context)
        match fact.header.kind:
            case "stage_figures":
                live_state.gathering.take_stage(_stage_figures(fact), time.monotonic())
            case "supervisor_figures":
                live_state.gathering.take_supervisor(fact.body(SupervisorFigures), time.monotonic())
            case "camera_fact":
                _tell(live_state.take_camera(_of_its_camera(fact, CameraFact), fact.header.born_s))
            case "scored_fact":
                score = _of_its_camera(fact, ScoredFacts)
                live_state.take_score(score, context.count, fact.header.born_s)
            case "waiting_fact":
                live_state.take_waiting(fact.body(WaitingFact))
            case "alarm_fact":
                content = fact.body(AlarmFact).content
                live_state.take_alarm(msgspec.json.decode(content, type=Alarm))
            case "unheld":
                live_state.take_unheld(fact.body(Unheld))
            case "signed_out":
                live_state.take_signed_out(fact.body(SignedOut))
            case _:
                context.count("unknown_facts")

    async def _answer_ask(self, event: Input, context: AsyncContext) -> Product | None:
        ask, live_state = event.body(Ask), self._begin(context)
        await self._is_open.wait()
        reply = (
            self._begin_stream(ask, event, live_state)
            if ask.route == "events"
            else live_state.reply(ask)
        )
        if reply is None:
            context.count("streams")
            return None
        return event.output("answer", reply.answer, [event.payloads[0], *reply.payloads])

    @staticmethod
    def _begin_stream(ask: Ask, event: Input, live_state: LiveState) -> Reply | None:
        """Keep the connection as a stream, or return why not."""
        if ask.person is None or ask.client.method == "HEAD":
            return live_state.reply(ask)
        refused = live_state.streams.refusal(ask, ask.person)
        if refused is None:
            live_state.streams.open(ask, ask.person, event.payloads[0].take_connection())
        return refused

    async def _look(self, live_state: LiveState, context: AsyncContext) -> None:
        while True:
            _tell(live_state.look())
            await self._note(live_state, context)
            await sleep_until_next(LOOK_EVERY_S)

    async def _note(self, live_state: LiveState, context: AsyncContext) -> None:
        """Write down what a restart would forget, where that has changed."""
        notes = live_state.notes()
        if notes == self._notes:
            self._has_failed = False
            return
        try:
            await trio.to_thread.run_sync(write_notes, context.directory, notes)
        except OSError as error:
            if room.is_full(error):
                context.count(room.REFUSED)
            if not self._has_failed:
                _log.warning("the notebook cannot be written; trying again", detail=str(error))
            self._has_failed = True
            return
        self._notes, self._has_failed = notes, False


def _now() -> Now:
    return Now(time.monotonic(), time.time())


def _answering(live_state: LiveState) -> Callable[[str, str], Answer]:
    return lambda method, target: answer(method, target, live_state.gathering, time.monotonic())


def _is_in_trouble(live_state: LiveState) -> Callable[[str], bool]:
    return lambda stage: live_state.gathering.is_in_trouble(stage, time.monotonic())


def _tell(changes: list[Change]) -> None:
    """Log every change of a camera's state."""
    for change in changes:
        level = "info" if change.after in ("live", "connecting") else "warning"
        about = {"camera": change.camera, "before": change.before or "unknown"}
        about["why"] = change.why or "pictures come"
        logs.write(_log, level, f"camera is {change.after}", about)


def _of_its_camera(fact: Input, kind: type[Seen]) -> Seen:
    """Decode what is said of a camera; who handled one speaks for no other."""
    body = fact.body(kind)
    if body.camera != fact.header.key:
        raise ValueError(f'a fact of camera "{body.camera}" under "{fact.header.key}"')
    return body


def _stage_figures(fact: Input) -> StageFigures:
    """Decode a stage's figures; those with very many keys come as a payload."""
    if fact.payloads:
        return decode_body(bytes(fact.payloads[0].view()), StageFigures)
    return fact.body(StageFigures)


_live = Live()
serve = _live.serve
run = _live.run
