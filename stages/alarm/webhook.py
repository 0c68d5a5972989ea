"""Delivering alarms to a webhook: an outbox read, a POST, a receipt written; for ever.

What to try and when is in the store, so that a restart changes nothing. A delivery that was sent
and whose receipt was lost is sent again with the same `Idempotency-Key`. Each channel has a task of
its own, so that a peer that is dead or slow holds up nobody else's messages; one more task says of
those of channels that are not configured any more why they wait.
"""

import hmac
from collections.abc import Awaitable, Callable
from random import Random

import attrs
import httpx
import trio

from seda import logs
from store.deliveries import (
    Channels,
    Delivery,
    list_due,
    next_due_s,
    record_failure,
    record_receipt,
)
from store.file.database import Transaction

TIMEOUT_S = 10.0
"""A channel that does not answer for so long is tried again later."""

AT_ONCE = 4
"""Deliveries that are tried at once, of each channel."""

IDLE_S = 5.0
"""How often the outbox is looked at without anyone saying so; `wake` makes it at once."""

SIGNATURE = "Seda-Signature"

_log = logs.get(__name__)

Write = Callable[[Callable[[Transaction], object]], Awaitable[object]]
"""Runs a change in the store's writer and returns after it is synced."""


@attrs.frozen
class Channel:
    """Where a channel's messages go."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    secret: str | None = None
    """Signs what is sent."""

    def sign(self, body: bytes) -> dict[str, str]:
        """Return the header by which the receiver knows that it comes from here."""
        if self.secret is None:
            return {}
        return {SIGNATURE: f"sha256={hmac.digest(self.secret.encode(), body, 'sha256').hex()}"}


class NotTaken(Exception):
    """The peer answered something else than that it has the message.

    The client's own error would do but for its words, in which the address stands: those who see an
    alarm see what became of its messages, and the address may be a secret.
    """


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
        self.tell: Callable[[int], None] = lambda _: None
        """Called with the alarm after each try to deliver something of it."""
        self._woken: set[trio.Event] = set()
        names = tuple(channels)
        self._lots = [Channels((name,)) for name in names] + [Channels(names, are_meant=False)]

    def wake(self) -> None:
        """Say that something new is in the outbox."""
        for event in self._woken:
            event.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with trio.open_nursery() as nursery:
            for lot in self._lots:
                nursery.start_soon(self._run_lot, lot)

    async def _run_lot(self, lot: Channels) -> None:
        while True:
            woken = trio.Event()
            self._woken.add(woken)
            await self.run_once(lot)
            with trio.move_on_after(await self._compute_rest_s(lot)):
                await woken.wait()
            self._woken.discard(woken)

    async def run_once(self, lot: Channels) -> None:
        """Try everything of these channels that is due now, some at once."""
        now_s = self._wall_s()
        due = await self._write(lambda tx: list_due(tx, lot, now_s, AT_ONCE))
        deliveries = [d for d in due if isinstance(d, Delivery)] if isinstance(due, list) else []
        async with trio.open_nursery() as nursery:
            for delivery in deliveries:
                nursery.start_soon(self._deliver, delivery)

    async def _compute_rest_s(self, lot: Channels) -> float:
        due_s = await self._write(lambda tx: next_due_s(tx, lot))
        if not isinstance(due_s, float):
            return IDLE_S
        return min(IDLE_S, max(0.0, due_s - self._wall_s()))

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            receipt = await self._post(delivery)
        except Exception as error:  # noqa: BLE001 - the courier, and the writer, go on
            reason = _reason(error)
            await self._write(lambda tx: record_failure(tx, delivery, reason, self._random))
        else:
            await self._write(lambda tx: record_receipt(tx, delivery, receipt))
        self.tell(delivery.alarm_id)

    async def _post(self, delivery: Delivery) -> str:
        channel = self._channels.get(delivery.channel)
        if channel is None:
            raise LookupError(f"channel {delivery.channel!r} is not configured any more")
        body = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f"seda-{delivery.delivery_id}",
            **channel.sign(body),
            **dict(channel.headers),
        }
        # Bounded as a whole: a peer that sends a byte a second would never time out otherwise. What
        # it says besides the status is not read, however much it is.
        with trio.move_on_after(TIMEOUT_S):
            async with self._client.stream(
                "POST", channel.url, content=body, headers=headers, timeout=TIMEOUT_S
            ) as response:
                answered = f"{response.status_code} {response.reason_phrase}"
                if not response.is_success:
                    raise NotTaken(f"it answered {answered}")
                return answered
        raise httpx.ReadTimeout(f"no answer within {TIMEOUT_S:g} s")


def _reason(error: Exception) -> str:
    """Return why a delivery failed; of what nobody foresaw its kind alone: it may hold a secret."""
    if isinstance(error, NotTaken):
        return str(error)
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL | LookupError):
        return f"{type(error).__name__}: {error}"
    _log.error("a delivery failed in a way that nobody foresaw", exc_info=error)
    return f"{type(error).__name__}: what happened is in the log of seda"
