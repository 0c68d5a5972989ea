"""When evidence gives way to a full disk, and how much of it: never more than helps.

Theory of operation. Removing evidence helps only if seda gets the room. So evidence goes a step at
a time, and if the room of one step is gone at the next look, because somebody else fills the disk,
the wait until the next step doubles: nobody's runaway log is to eat a year of evidence in a night.
What newer evidence needs is another matter: as long as its reserve is not whole, what nobody
flagged goes at every look, and its room into the reserve at once. Flagged evidence never goes for
that, and only once the disk has been full for long enough for a person to come.
"""

import attrs

from store.retention import Missing

STEP_BYTES = 8 * 1024 * 1024
WAIT_S, WAIT_S_MAX = 5.0, 3600.0
FLAGGED_AFTER_S = 600.0


@attrs.frozen
class Found:
    """What a look at the disk found."""

    missing: Missing
    room_bytes: int
    """Free, or in the reserve."""
    is_reserve_whole: bool


@attrs.define
class GivingWay:
    """How it went so far, since the disk is full."""

    _since_s: float | None = None
    _wait_s: float = WAIT_S
    _next_s: float = float("-inf")
    _expected_bytes: int = 0
    """So much room there is if the last step helped."""

    def look(self, found: Found, now_s: float) -> Missing | None:
        """Return what is to be removed now; None for nothing."""
        if not found.missing.evidence_bytes:
            self._since_s, self._wait_s, self._next_s = None, WAIT_S, float("-inf")
            self._expected_bytes = 0
            return None
        if self._since_s is None:
            self._since_s = now_s
        if now_s < self._next_s:
            return None if found.is_reserve_whole else self._step(found, is_flagged_due=False)
        helped = found.room_bytes >= self._expected_bytes
        self._wait_s = WAIT_S if helped else min(2 * self._wait_s, WAIT_S_MAX)
        self._next_s = now_s + self._wait_s
        given = self._step(found, is_flagged_due=now_s - self._since_s >= FLAGGED_AFTER_S)
        self._expected_bytes = found.room_bytes + given.evidence_bytes // 2
        return given

    @staticmethod
    def _step(found: Found, *, is_flagged_due: bool) -> Missing:
        flagged_bytes = found.missing.flagged_bytes if is_flagged_due else 0
        return Missing(
            evidence_bytes=min(found.missing.evidence_bytes, STEP_BYTES),
            flagged_bytes=min(flagged_bytes, STEP_BYTES),
        )
