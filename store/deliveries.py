"""The outbox: what is still to be told to the outside, when it is tried again, and the receipts.

A delivery is made in the transaction of what it tells, so that neither exists without the other. It
is tried until it arrives or is too old to be of use; that it was given up is a line of the ledger.
"""

from random import Random

import attrs

from store.file.content import to_json
from store.file.database import Transaction

FIRST_RETRY_S = 1.0
RETRY_S_MAX = 300.0
GIVE_UP_S = 24 * 3600.0
"""An alarm of yesterday calls nobody any more; it is on the alarms page all the same."""

RECEIPT_CHARS_MAX = 500


@attrs.frozen(kw_only=True)
class Delivery:
    """One message to one channel."""

    delivery_id: int
    alarm_id: int
    channel: str
    body: str
    made_s: float
    due_s: float | None
    attempts: int
    delivered_s: float | None
    receipt: str | None


_MEANT = "channel IN (SELECT value FROM json_each(?))"
_NOT_MEANT = "channel NOT IN (SELECT value FROM json_each(?))"


@attrs.frozen
class Channels:
    """One channel, or all but some."""

    names: tuple[str, ...]
    are_meant: bool = True
    """False for all that are not among the names."""

    def condition(self) -> tuple[str, str]:
        """Return the condition of a statement, and its one value."""
        return (_MEANT if self.are_meant else _NOT_MEANT), to_json(list(self.names))


def list_due(tx: Transaction, channels: Channels, now_s: float, most: int) -> list[Delivery]:
    """Return what is due now: one alarm's messages in order; alarms do not wait for each other.

    A channel that refuses one message for good would otherwise never hear of another alarm.
    """
    condition, names = channels.condition()
    rows = tx.run(
        "SELECT * FROM deliveries WHERE due_s <= ? AND delivery_id IN (SELECT min(delivery_id)"  # noqa: S608 - one of two constants
        f" FROM deliveries WHERE due_s IS NOT NULL AND {condition} GROUP BY channel, alarm_id)"
        " ORDER BY due_s LIMIT ?",
        *(now_s, names, most),
    )
    return [Delivery(**dict(row)) for row in rows]


def next_due_s(tx: Transaction, channels: Channels) -> float | None:
    """Return when something is to be tried next."""
    condition, names = channels.condition()
    (row,) = tx.run(
        "SELECT min(due_s) AS due_s FROM deliveries WHERE delivery_id IN (SELECT min(delivery_id)"  # noqa: S608 - one of two constants
        f" FROM deliveries WHERE due_s IS NOT NULL AND {condition} GROUP BY channel, alarm_id)",
        names,
    )
    due_s: float | None = row["due_s"]
    return due_s


def record_receipt(tx: Transaction, delivery: Delivery, receipt: str) -> None:
    """Note that a delivery arrived."""
    receipt = receipt[:RECEIPT_CHARS_MAX]
    tx.run(
        "UPDATE deliveries SET due_s = NULL, delivered_s = ?, attempts = attempts + 1, receipt = ?"
        " WHERE delivery_id = ?",
        *(tx.at_s, receipt, delivery.delivery_id),
    )
    _note(tx, delivery, "delivered", receipt)


def record_failure(tx: Transaction, delivery: Delivery, reason: str, random: Random) -> None:
    """Note that a try failed, and when the next one is due."""
    reason = reason[:RECEIPT_CHARS_MAX]
    is_over = tx.at_s - delivery.made_s >= GIVE_UP_S
    due_s = None if is_over else tx.at_s + compute_retry_s(delivery.attempts, random)
    tx.run(
        "UPDATE deliveries SET due_s = ?, attempts = attempts + 1, receipt = ?"
        " WHERE delivery_id = ?",
        *(due_s, reason, delivery.delivery_id),
    )
    if is_over:
        _note(tx, delivery, "delivery given up", reason)


def compute_retry_s(attempts: int, random: Random) -> float:
    """Wait longer after each try, half of it by chance, so that many do not come back at once."""
    longest_s = min(RETRY_S_MAX, FIRST_RETRY_S * (1 << min(attempts, 30)))
    return longest_s * (0.5 + 0.5 * random.random())


def _note(tx: Transaction, delivery: Delivery, kind: str, text: str) -> None:
    content = {"delivery": delivery.delivery_id, "channel": delivery.channel, "receipt": text}
    tx.note(kind, str(delivery.alarm_id), "seda", content)
