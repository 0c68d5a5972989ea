"""Follows the clock in each transaction, and describes its jumps in words."""

from collections.abc import Callable
from datetime import UTC, datetime

from seda import boot, logs
from store.file.database import Transaction
from store.service_time import Instant, find_leap, follow

_DAY_S = 86_400.0

_log = logs.get(__name__)


class ClockWatch:
    """Knows whether the clock jumped recently; called by the writer, in its thread."""

    def __init__(self, look: Callable[[], Instant], say_trouble: Callable[[str], None]) -> None:
        self._look = look
        self._say_trouble = say_trouble
        self._is_told = False
        self._is_known = False
        """What was told before this process began is told on."""

    def follow(self, tx: Transaction) -> None:
        """Take in what the clock shows; where it jumped, say so until that is long ago."""
        leapt_s = follow(tx, self._look())
        if leapt_s:
            _log.warning("the clock leapt", by_s=round(leapt_s), to_s=round(tx.at_s))
        if leapt_s is None and self._is_known:
            return
        self._is_known = True
        words = describe(find_leap(tx), tx.at_s)
        if words or self._is_told:  # the stage may have other troubles
            self._say_trouble(words)
        self._is_told = bool(words)


def make_look() -> Callable[[], Instant]:
    """Return what looks at the machine's own count."""
    this = boot.find_boot()
    return lambda: Instant(this, boot.boot_s())


def describe(leapt_s: float, at_s: float) -> str:
    """Return a description of the jump and what to do; empty where there was none that matters."""
    if not leapt_s:
        return ""
    far = abs(leapt_s)
    days = f"{far / _DAY_S:.0f} days" if far >= 2 * _DAY_S else f"{far / 3600:.1f} hours"
    now = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")
    way = "forward" if leapt_s > 0 else "back"
    return (
        f"the clock leapt {way} by {days} and shows {now}: set it if that is wrong; nothing that is"
        " kept goes sooner for that, and this is told for a day"
    )
