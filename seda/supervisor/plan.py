"""What the supervisor decides: which controllers to start, to stop and to kill now. Pure.

`reconcile` compares what is wanted with what runs and returns the difference as actions; whoever
carries them out reports back by `started`, `told`, `killed` and `died`. It may be called at any
moment and as often as one likes: what is under way is not asked for twice.

Running: every stage has a controller. A new one waits until no descendant of a dead one is left,
because two handlers must never have the same event at once.

Stopping: from the source to the sink, one at a time, so that what a stage still has finds the next
one alive; for the same reason a controller that dies meanwhile is started again as long as anything
before it runs. Each may take half of the time that is left, so that one that hangs leaves the
others time to drain.
"""

import attrs

SERVED_S = 1.0
"""A controller that lived so long did serve: its next death is not counted as one of a row."""
BACKOFF_FIRST_S = 0.1
BACKOFF_LARGEST_S = 5.0
SUSPENDED_LIMIT_S = 1.0
"""A controller that somebody stopped (SIGSTOP) and did not continue by then is replaced."""
SILENT_LOOKS = 5
"""Looks in a row, one a second, at which a controller had not turned its loop since the one before.

Looks and not seconds, because a machine that stood still has not looked either.
"""
SILENT_LOOKS_AT_START = 30
"""As long as it has not turned for the first time: imports on a machine that is busy."""

_NEVER_S = float("inf")


@attrs.frozen
class Child:
    """One stage's controller, as the supervisor sees it."""

    name: str
    since_s: float
    """When it was started or, without a pid, when it died."""
    pid: int | None = None
    start_at_s: float = 0.0
    """Without a pid: not to be started earlier."""
    early_deaths: int = 0
    """Deaths in a row before the controller had served."""
    restarts: int = 0
    told_s: float | None = None
    """When it was asked to drain and exit."""
    is_killed: bool = False
    suspended_s: float | None = None
    """Since when it has been stopped by a signal."""
    beat_s: float = 0.0
    """When its loop turned last, as far as it was looked at."""
    silent_looks: int = 0
    """Looks in a row that found the same beat."""


@attrs.frozen
class Situation:
    """Everything that the decision depends on."""

    children: tuple[Child, ...]
    """In the pipeline's order, from the source to the sink."""
    has_orphans: bool = False
    """Descendants of dead controllers are still to be reaped."""
    stop_by_s: float | None = None
    """Stopping, and everything has to be over by then."""

    def child(self, name: str) -> Child:
        """Return the child of this name."""
        return next(child for child in self.children if child.name == name)

    def with_child(self, changed: Child) -> "Situation":
        """Return the situation with this child in the place of its namesake."""
        children = tuple(changed if it.name == changed.name else it for it in self.children)
        return attrs.evolve(self, children=children)

    @property
    def is_over(self) -> bool:
        """Tell whether a stop is complete."""
        no_child = all(child.pid is None for child in self.children)
        return self.stop_by_s is not None and no_child and not self.has_orphans


@attrs.frozen
class Start:
    """Start this stage's controller."""

    name: str


@attrs.frozen
class Tell:
    """Ask this controller to drain and exit."""

    name: str


@attrs.frozen
class Kill:
    """Kill this controller."""

    name: str


Action = Start | Tell | Kill


def reconcile(situation: Situation, now_s: float) -> list[Action]:
    """Return what has to be done now."""
    if situation.stop_by_s is None:
        stuck: list[Action] = [
            Kill(child.name)
            for child in situation.children
            if (now_s >= _suspended_until_s(child) or _is_silent(child)) and not child.is_killed
        ]
        return stuck + _starts(situation, situation.children, now_s)
    alive = [child for child in situation.children if child.pid is not None]
    if not alive:
        return []
    if now_s >= situation.stop_by_s:
        return [Kill(child.name) for child in alive if not child.is_killed]
    first = alive[0]
    after = situation.children[situation.children.index(first) + 1 :]
    ends: list[Action] = []
    if first.told_s is None:
        ends = [Tell(first.name)]
    elif (
        now_s >= min(_limit_s(situation, first), _suspended_until_s(first)) and not first.is_killed
    ):
        ends = [Kill(first.name)]
    return ends + _starts(situation, after, now_s)


def next_due_s(situation: Situation, now_s: float) -> float | None:
    """Return when reconcile will want something more, if nothing happens before."""
    dues = [] if situation.has_orphans else _start_times(situation)
    for child in situation.children:
        if child.pid is not None and not child.is_killed:
            dues += [_suspended_until_s(child), _limit_s(situation, child)]
            dues += [] if situation.stop_by_s is None else [situation.stop_by_s]
    return min((due for due in dues if now_s < due < _NEVER_S), default=None)


def started(child: Child, pid: int, now_s: float) -> Child:
    """Return the child with its process."""
    return attrs.evolve(
        child,
        pid=pid,
        since_s=now_s,
        told_s=None,
        is_killed=False,
        suspended_s=None,
        silent_looks=0,
    )


def told(child: Child, now_s: float) -> Child:
    """Return the child that was asked to exit."""
    return attrs.evolve(child, told_s=now_s)


def killed(child: Child) -> Child:
    """Return the child that was sent SIGKILL."""
    return attrs.evolve(child, is_killed=True)


def suspended(child: Child, now_s: float | None) -> Child:
    """Return the child that was stopped by a signal or, None, continued."""
    return attrs.evolve(child, suspended_s=now_s)


def looked(child: Child, beat_s: float) -> Child:
    """Return the child after a look at its beat."""
    silent_looks = child.silent_looks + 1 if beat_s == child.beat_s else 0
    return attrs.evolve(child, beat_s=beat_s, silent_looks=silent_looks)


def died(child: Child, now_s: float) -> Child:
    """Return the child without its process: the first restart is at once, then they back off."""
    early = child.early_deaths + 1 if now_s - child.since_s < SERVED_S else 0
    return attrs.evolve(
        child,
        pid=None,
        since_s=now_s,
        suspended_s=None,
        start_at_s=now_s + backoff_s(early),
        early_deaths=early,
        restarts=child.restarts + (child.told_s is None),
    )


def backoff_s(early_deaths: int) -> float:
    """Return how long to wait after so many deaths in a row."""
    if early_deaths < 2:
        return 0.0
    # The exponent is bounded: a stage may fail for days, and 2.0 ** 1100 is an OverflowError.
    return min(BACKOFF_FIRST_S * 2.0 ** min(early_deaths - 2, 32), BACKOFF_LARGEST_S)


def _starts(situation: Situation, children: tuple[Child, ...], now_s: float) -> list[Action]:
    """Start what is missing, the sink first, so that nobody waits for a successor."""
    if situation.has_orphans:
        return []
    missing = (child for child in children if child.pid is None and now_s >= child.start_at_s)
    return [Start(child.name) for child in reversed(tuple(missing))]


def _start_times(situation: Situation) -> list[float]:
    return [child.start_at_s for child in situation.children if child.pid is None]


def _limit_s(situation: Situation, child: Child) -> float:
    """Return when this child's own share of the stop is used up."""
    if situation.stop_by_s is None or child.told_s is None:
        return _NEVER_S
    is_last = child is [it for it in situation.children if it.pid is not None][-1]
    share = 1.0 if is_last else 0.5
    return child.told_s + (situation.stop_by_s - child.told_s) * share


def _suspended_until_s(child: Child) -> float:
    """Return until when a stopped controller may be continued by whoever stopped it."""
    if child.pid is None or child.suspended_s is None:
        return _NEVER_S
    return child.suspended_s + SUSPENDED_LIMIT_S


def _is_silent(child: Child) -> bool:
    """Tell whether a controller's loop stands still, whatever it does instead."""
    has_turned = child.beat_s >= child.since_s
    limit = SILENT_LOOKS if has_turned else SILENT_LOOKS_AT_START
    return child.pid is not None and child.silent_looks >= limit
