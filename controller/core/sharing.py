"""Who may share a handler where events last: keys that were lost together are parted.

Theory of operation. A handler that dies or falls silent takes all that it holds with it, and nobody
knows over which of them it ended. Given to one handler again they would end together again, for
ever: one camera could blind fifty. So after such an end half as many of them at most may share a
handler, and after a few ends the one at fault is alone. What happens to it then is its own: it is
set aside for longer and longer (set_aside.py), and is alone whenever it is tried again. The others
go on, and after a while without an end no key is in doubt any more. An end from outside parts none.
"""

from collections.abc import Iterable

import attrs

from controller.core.pool import Handler
from controller.core.set_aside import SetAsideKeys

DOUBT_S = 120.0
_FROM_OUTSIDE = frozenset({"", "signal-9", "signal-15"})
"""Somebody killed it, or it was asked to stop."""


def is_own_end(cause: str) -> bool:
    """Say whether a handler ended over what it held."""
    return cause not in _FROM_OUTSIDE


@attrs.frozen
class _Doubt:
    most: int
    until_s: float


class HandlerSharing:
    """What is known of the keys of one stage."""

    def __init__(self, set_aside: SetAsideKeys) -> None:
        self._set_aside = set_aside
        self._doubts: dict[str, _Doubt] = {}

    def note_end(self, keys: Iterable[str], now_s: float) -> None:
        """A handler ended over one of these."""
        lost = [*keys]
        self._doubts = {key: it for key, it in self._doubts.items() if now_s < it.until_s}
        for key in lost:
            most = max(1, min(self._most(key, now_s) or len(lost), len(lost)) // 2)
            self._doubts[key] = _Doubt(most, now_s + DOUBT_S)

    def find(self, key: str, handlers: Iterable[Handler], now_s: float) -> Handler | None:
        """Return the handler with the fewest among those that may have this key."""
        fitting = [it for it in handlers if self._fits(key, it, now_s)]
        return min(fitting, key=lambda handler: len(handler.calls), default=None)

    def _fits(self, key: str, handler: Handler, now_s: float) -> bool:
        there = [item.event.key for call in handler.calls.values() for item in call.items]
        bounds = [self._most(it, now_s) for it in (*there, key)]
        return len(there) < min((it for it in bounds if it is not None), default=len(there) + 1)

    def _most(self, key: str, now_s: float) -> int | None:
        """Return how many may share a handler with this key, itself among them; None: no bound."""
        if self._set_aside.knows(key):
            return 1
        doubt = self._doubts.get(key)
        return doubt.most if doubt is not None and now_s < doubt.until_s else None
