"""Delivering alarms to a webhook: an outbox read, a POST, a receipt written; for ever.

What to try and when is in the store, so that a restart changes nothing. A delivery that was sent
and whose receipt was lost is sent again with the same `Idempotency-Key`.
"""

from collections.abc import Awaitable, Callable
from random import Random

import attrs
import httpx
import trio

from stages.alarm.store.database import Transaction
from stages.alarm.store.deliveries import (
    Delivery,
    list_due,
    next_due_s,
    record_failure,
    record_receipt,
)

TIMEOUT_S = 10.0
"""A channel that does not answer for so long is tried again later."""

AT_ONCE = 8
"""Deliveries that are tried at once."""

IDLE_S = 5.0
"""How often the outbox is looked at without anyone saying so; `wake` makes it at once."""

Write = Callable[[Callable[[Transaction], object]], Awaitable[object]]
"""Runs a change in the store's writer and returns after it is synced."""


@attrs.frozen
class Channel:
    """Where a channel's messages go."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()


class Courier:
    """Brings what is in the outbox to the webhooks."""

    def __init__(
        self,
        write: Write,
        channels: dict[str, Channel],
        client: httpx.AsyncClient,
        wall_s: Callable[[], float],
        random: Random,
    ) -> None:
        self._write = write
        self._channels = channels
        self._client = client
        self._wall_s = wall_s
        self._random = random
        self._woken = trio.Event()

    def wake(self) -> None:
        """Say that something new is in the outbox."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._woken = trio.Event()
            await self.run_once()
            with trio.move_on_after(await self._compute_rest_s()):
                await self._woken.wait()

    async def run_once(self) -> int:
        """Try everything that is due now; give how many tries that were."""
        now_s = self._wall_s()
        due = await self._write(lambda tx: list_due(tx, now_s, AT_ONCE))
        deliveries = [d for d in due if isinstance(d, Delivery)] if isinstance(due, list) else []
        async with trio.open_nursery() as nursery:
            for delivery in deliveries:
                nursery.start_soon(self._deliver, delivery)
        return len(deliveries)

    async def _compute_rest_s(self) -> float:
        due_s = await self._write(next_due_s)
        if not isinstance(due_s, float):
            return IDLE_S
        return min(IDLE_S, max(0.0, due_s - self._wall_s()))

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            receipt = await self._post(delivery)
        except (httpx.HTTPError, httpx.InvalidURL, LookupError) as error:
            reason = f"{type(error).__name__}: {error}"
            await self._write(lambda tx: record_failure(tx, delivery, reason, self._random))
        else:
            await self._write(lambda tx: record_receipt(tx, delivery, receipt))

    async def _post(self, delivery: Delivery) -> str:
        channel = self._channels.get(delivery.channel)
        if channel is None:
            raise LookupError(f"channel {delivery.channel!r} is not configured any more")
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"seda-{delivery.delivery_id}",
            **dict(channel.headers),
        }
        # Bounded as a whole: a peer that sends a byte a second would never time out otherwise.
        with trio.move_on_after(TIMEOUT_S):
            response = await self._client.post(
                channel.url, content=delivery.body, headers=headers, timeout=TIMEOUT_S
            )
            response.raise_for_status()
            return f"{response.status_code} {response.reason_phrase}"
        raise httpx.ReadTimeout(f"no answer within {TIMEOUT_S:g} s")
