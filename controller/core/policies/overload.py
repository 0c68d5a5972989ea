"""What a stage does when more comes than it can do.

The adaptive overload controller of Welsh & Culler (USITS 2003): the 90th percentile of the
response time, smoothed 0.7 to 0.3, against a target. Above it first the pressure level rises, one
step a period, and whoever feeds this stage leaves something out (the ladder in the pipeline table).
Only at the highest level is work refused, by a token bucket whose rate is divided by 1.2 above the
target and rises by a step below it. After a calm time the levels step back one by one. A step back
that had to be taken again was too early: the next one waits twice as long.

Refused only once the pool is at its maximum: otherwise scaling and refusing would fight.

Where what is old gives way to newer events (`fresh_s`), nothing is refused besides: the target only
moves the level. What such a queue holds stays little, so for how long most keys wait stands for
what will become of it. A window that its senders filled for a whole period raises the level too:
they wait at their end then, where nobody sees for how long.
"""

import math

import attrs

PERIODS_PER_TARGET = 2
LEAST_PERIOD_S = 0.1
LONGEST_PERIOD_S = 1.0
KEEP = 0.7
DIVIDE = 1.2
RISE_SHARE = 0.02
"""The additive rise, as a share of the throughput."""
LOW_WATER = 0.9
HARMLESS_SHARE = 0.3
"""Of the target: what waits less is never refused, however low the rate was set. So the handlers
do not run dry, and the queue is long enough to tell who asks for more than a fair share."""
CALM_S, LONGEST_CALM_S = 5.0, 40.0
HIGHEST_LEVEL = 4
_BURST_S = 0.05


@attrs.frozen
class Backlog:
    """What a stage has before it."""

    events: int
    wait_s: float = 0.0
    """For how long most keys wait."""
    share: float = 0.0
    """How much of its senders' window is taken."""


class Overload:
    """Level, rate and tokens of one stage; `target_s` None means that nothing is ever refused."""

    def __init__(self, target_s: float | None, now_s: float, *, refuses: bool = True) -> None:
        self._target_s = target_s
        self.refuses = refuses
        self._period_s = min(
            max((target_s or 0) / PERIODS_PER_TARGET, LEAST_PERIOD_S), LONGEST_PERIOD_S
        )
        self._from_s = now_s
        self._calm_from_s = now_s
        self._calm_s = CALM_S
        self._has_stepped_back = False
        self._least_share = math.inf
        self._responses_s: list[float] = []
        self._p90_s = 0.0
        self._tokens = 0.0
        self._tokens_s = now_s
        self._throughput_per_s = 0.0
        self._was_waiting = False
        self.rate_per_s: float | None = None
        self.level = 0
        self.is_late = False
        """The target was missed in the last period."""

    @property
    def next_s(self) -> float:
        """Return when the present period ends."""
        return math.inf if self._target_s is None else self._from_s + self._period_s

    @property
    def harmless(self) -> int:
        """Return how many may wait without any harm to the target."""
        return int(self._throughput_per_s * (self._target_s or 0) * HARMLESS_SHARE)

    def note(self, response_s: float) -> None:
        """Count an event that was handled, with its time since arrival."""
        if self._target_s is not None:
            self._responses_s.append(response_s)

    def admit(self, now_s: float) -> bool:
        """Say whether one more may come in without another going."""
        if self.rate_per_s is None:
            return True
        burst = max(1.0, self.rate_per_s * _BURST_S)
        earned = (now_s - self._tokens_s) * self.rate_per_s
        self._tokens = min(self._tokens + earned, burst)
        self._tokens_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def look(self, backlog: Backlog, now_s: float, *, is_at_maximum: bool) -> int:
        """At a period's end adjust level and rate; return how many of the queued are too many."""
        target_s = self._target_s
        elapsed_s = now_s - self._from_s
        self._least_share = min(self._least_share, backlog.share)
        if target_s is None or elapsed_s < self._period_s:
            return 0
        self._measure(elapsed_s, now_s)
        response_s = max(self._p90_s, self._expected_s(backlog))
        self.is_late = response_s > target_s
        is_full = fill_level(self._least_share, self.level) > self.level
        self._least_share = math.inf
        if (self.is_late and is_at_maximum) or is_full:
            self._calm_from_s = now_s
            return self._press(backlog.events, now_s)
        self._relieve(response_s, now_s)
        return 0

    def _expected_s(self, backlog: Backlog) -> float:
        """Return how long it will take what waits, as far as that can be told."""
        if not self.refuses:
            return backlog.wait_s
        # What waits tells how long it will take only if the handlers had no pause meanwhile.
        is_backlog = self._was_waiting and backlog.events > 0 and self._throughput_per_s > 0
        self._was_waiting = backlog.events > 0
        return backlog.events / self._throughput_per_s if is_backlog else 0.0

    def _measure(self, elapsed_s: float, now_s: float) -> None:
        responses_s = sorted(self._responses_s)
        p90_s = responses_s[math.ceil(0.9 * len(responses_s)) - 1] if responses_s else 0.0
        self._p90_s = KEEP * self._p90_s + (1 - KEEP) * p90_s
        if responses_s:
            self._throughput_per_s = len(responses_s) / elapsed_s
        self._responses_s.clear()
        self._from_s = now_s

    def _press(self, queued: int, now_s: float) -> int:
        """One level up; at the highest refuse, at first all that would wait beyond the target."""
        if self.level < HIGHEST_LEVEL:
            self.level += 1
            if self._has_stepped_back:
                self._calm_s = min(2 * self._calm_s, LONGEST_CALM_S)
            self._has_stepped_back = False
            return 0
        if not self.refuses:
            return 0
        if self.rate_per_s is None:
            self.rate_per_s = self._throughput_per_s
            self._tokens, self._tokens_s = 0.0, now_s
            return max(0, queued - math.ceil(self._throughput_per_s * (self._target_s or 0)))
        self.rate_per_s /= DIVIDE
        return 0

    def _relieve(self, response_s: float, now_s: float) -> None:
        """Admit more; step back once nothing had to be refused for a while."""
        if self.rate_per_s is not None and response_s < LOW_WATER * (self._target_s or 0):
            self.rate_per_s += max(1.0, RISE_SHARE * self._throughput_per_s)
        if now_s - self._calm_from_s < self._calm_s:
            return
        self._calm_from_s = now_s
        if self._has_stepped_back or not self.level:
            self._calm_s = CALM_S
        if self.rate_per_s is not None:
            if self.rate_per_s > DIVIDE * self._throughput_per_s:
                self.rate_per_s = None
        elif self.level:
            self.level -= 1
            self._has_stepped_back = True


def fill_level(share: float, present: int) -> int:
    """Return the level of a stage without a target from how full its queue is, with hysteresis."""
    for level, threshold in ((4, 0.95), (3, 0.8), (2, 0.65), (1, 0.5)):
        if share >= threshold - (0.1 if present >= level else 0.0):
            return level
    return 0
