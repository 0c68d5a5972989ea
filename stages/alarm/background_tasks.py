"""What the stage does without being asked: telling others, webhooks, maintenance, retention."""

import os
import time
from collections.abc import Iterable
from functools import partial
from random import SystemRandom

import httpx
import trio

from runtime.asynchronous import AsyncContext
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.alarm_facts import tell_alarm
from stages.alarm.evidence.keeping import keep_late
from stages.alarm.evidence.tidying import find_rules, look, tidy
from stages.alarm.incidents import release_held
from stages.alarm.notice_outbox import AGAIN_S, NoticeOutbox
from stages.alarm.replies import Notice
from stages.alarm.routes.frames import tell_known, tell_withdrawn
from stages.alarm.webhook import Channel, Courier
from stages.alarm.writer import Writer
from store.alarms import find, list_changed
from store.file.database import Missing, Transaction
from store.known_frames import list_known_frames, list_withdrawn

HELD_EVERY_S = 10.0
"""How late an alarm may be that was held back for a maintenance."""
WITHDRAWN_S = 86_400.0
"""At a start, assignment is told again of test frames withdrawn so long before the last of them."""
FACTS_MAX = 64
"""Deliveries of which `live` is still to be told; an alarm's next change tells the same."""
_DECISIONS = frozenset({"verdict", "undo"})


class BackgroundTasks:
    """Everything that runs beside the writes."""

    def __init__(self, context: AsyncContext, alarm_context: AlarmContext, writer: Writer) -> None:
        self._context = context
        self._alarm_context = alarm_context
        self._writer = writer
        self._begun = f"{os.getpid()}/{time.time_ns()}"
        """With a number it makes an id that nothing else has."""
        self._told = 0
        self._notice_outbox = NoticeOutbox(writer.insist, self._emit)
        self._courier: Courier | None = None
        self._give_delivered, self._take_delivered = trio.open_memory_channel[int](FACTS_MAX)

    async def run(self) -> None:
        """Do all of it until cancelled."""
        rules = find_rules(self._alarm_context.settings.keep)
        async with httpx.AsyncClient() as client, trio.open_nursery() as nursery:
            self._courier = self._make_courier(client)
            nursery.start_soon(self._courier.run)
            nursery.start_soon(self._notice_outbox.run)
            nursery.start_soon(self._tell_delivered)
            nursery.start_soon(tidy, self._writer.insist, self._alarm_context, rules)
            await self._tell_state()
            while True:
                await self._release()
                await self._keep_late()
                await trio.sleep(HELD_EVERY_S)

    def wake_for(self, route: str, notices: Iterable[Notice]) -> None:
        """Wake who has something to do because of a write."""
        if route in _DECISIONS:
            self._notice_outbox.wake()
        if self._courier is not None and any(it.kind == "alarm_fact" for it in notices):
            self._courier.wake()

    def _make_courier(self, client: httpx.AsyncClient) -> Courier:
        channels = {
            it.name: Channel(it.url, tuple(it.headers.items()), it.secret)
            for it in self._alarm_context.settings.channel
        }
        courier = Courier(self._writer.insist, channels, client, time.time, SystemRandom())
        courier.tell = self._note_delivered
        return courier

    async def _emit(self, notice: Notice, identity: str) -> None:
        draft = self._context.output(
            notice.kind, identity, notice.body, notice.payloads, key=notice.key
        )
        await self._context.emit(draft)

    async def _emit_all(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            self._told += 1
            await self._emit(notice, f"{notice.kind}/{self._begun}/{self._told}")

    async def _tell_state(self) -> None:
        """Tell what a predecessor may not have come to tell any more."""
        now_s = time.time()
        await self._emit_all(await self._writer.insist(lambda tx: self._list_facts(tx, now_s)))
        for known in await self._writer.insist(lambda tx: list_withdrawn(tx, WITHDRAWN_S)):
            await self._emit_all([tell_withdrawn(known)])
        for known in await self._writer.insist(list_known_frames):
            tell = partial(tell_known, context=self._alarm_context, known=known)
            test_frame = await self._writer.insist(tell)
            if test_frame is not None:
                await self._emit_all([test_frame])

    def _list_facts(self, tx: Transaction, now_s: float) -> list[Notice]:
        changed = list_changed(tx, now_s - AGAIN_S)
        return [tell_alarm(tx, alarm, self._alarm_context) for alarm in changed]

    async def _release(self) -> None:
        notices = await self._writer.insist(lambda tx: release_held(self._alarm_context, tx))
        self.wake_for("", notices)
        await self._emit_all(notices)

    async def _keep_late(self) -> None:
        """Keep the evidence for which there was no room, once there is."""
        if look(self._alarm_context).missing.flagged_bytes:
            return
        for frame in self._alarm_context.pending_evidence.due(time.time()):
            keep = partial(keep_late, context=self._alarm_context, frame=frame)
            if await self._writer.insist(keep):
                self._alarm_context.pending_evidence.forget(frame)

    def _note_delivered(self, alarm_id: int) -> None:
        try:
            self._give_delivered.send_nowait(alarm_id)
        except trio.WouldBlock:
            self._context.count("deliveries_untold")

    async def _tell_delivered(self) -> None:
        async for alarm_id in self._take_delivered:
            notices = await self._writer.insist(partial(self._tell_alarm, alarm_id=alarm_id))
            await self._emit_all(notices)

    def _tell_alarm(self, tx: Transaction, alarm_id: int) -> list[Notice]:
        try:
            return [tell_alarm(tx, find(tx, alarm_id), self._alarm_context)]
        except Missing:  # retention was faster
            return []
