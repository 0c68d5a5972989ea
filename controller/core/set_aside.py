"""Keys whose calls were ended at their deadline again and again: set aside for a while, and why.

One call that does not end costs a handler for a deadline's length, and its repeat another. A camera
whose every chunk does that would have a handler to itself. So once a key's calls were ended twice,
what it sends is dropped with that reason, and after a wait that doubles each time one is tried
again. Kills a while apart are the machine's doing; a key that behaved for long begins anew.
"""

import attrs

KILLS_ALLOWED = 2
FIRST_S, LONGEST_S = 10.0, 600.0
FORGIVE_S = 120.0
"""After so long without a kill, one more is a first one."""
CALM_S = 1800.0
"""After so long without a kill a key is as good as new, and its waits begin short again."""


@attrs.define(eq=False)
class _Record:
    killed_s: float
    kills: int = 0
    times: int = 0
    until_s: float = 0.0


class SetAsideKeys:
    """Which keys are set aside until when."""

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def note_kill(self, key: str, now_s: float) -> float | None:
        """Count a call that was ended at its deadline; return for how long the key waits now."""
        self._forget(now_s)
        record = self._records.setdefault(key, _Record(now_s))
        is_long_ago = now_s - max(record.killed_s, record.until_s) > FORGIVE_S
        record.kills = 1 if is_long_ago else record.kills + 1
        record.killed_s = now_s
        if record.kills < KILLS_ALLOWED:
            return None
        wait_s = min(FIRST_S * 2.0**record.times, LONGEST_S)
        record.times += 1
        record.until_s = now_s + wait_s
        return wait_s

    def holds(self, key: str, now_s: float) -> bool:
        """Say whether a key is set aside."""
        record = self._records.get(key)
        return record is not None and now_s < record.until_s

    def knows(self, key: str) -> bool:
        """Say whether a key was set aside and has not behaved for long enough since."""
        record = self._records.get(key)
        return record is not None and record.times > 0

    def waits_s(self, now_s: float) -> dict[str, float]:
        """Return the keys that are set aside, and for how long yet."""
        left = {key: record.until_s - now_s for key, record in self._records.items()}
        return {key: wait_s for key, wait_s in left.items() if wait_s > 0}

    def _forget(self, now_s: float) -> None:
        for key, record in [*self._records.items()]:
            if now_s - max(record.killed_s, record.until_s) > CALM_S:
                del self._records[key]
