"""The bound on every camera's wait that design/assignment.md proves, as a number to publish."""

from stages.assignment.policy.limits import Limits


def bound_rotation_turns(cameras: int, returned: int) -> int:
    """Return the rotation turns that others have at most before a waiting camera has its own.

    Counted are those of spotters who may see what waits. `returned` are the rotation leases that
    came back meanwhile because someone left or was idle.
    """
    return cameras - 1 + returned


def bound_wait_s(
    limits: Limits,
    *,
    cameras: int,
    spotters: int,
    decision_s: float,
    returned: int = 0,
    is_sample: bool = False,
) -> float:
    """Return the longest until a frame of a camera that waits is on a screen.

    So many spotters who may see it keep deciding, none longer than `decision_s`; the limit of a
    lease is always such a number. Where no more than an ordinary frame of it waits (`is_sample`),
    each of the turns that it may get comes up to `sample_every_s` later.
    """
    turns_each = (bound_rotation_turns(cameras, returned) + 1) / spotters + 1
    decisions_each = limits.rotation_every * turns_each * _tests_factor(limits)
    apart_s = turns_each * limits.sample_every_s if is_sample else 0.0
    return decision_s * (decisions_each + 3) + apart_s


def _tests_factor(limits: Limits) -> float:
    """Return the dispatches for each that is no test frame, at worst."""
    if not limits.test_every:
        return 1.0
    gap = max(1, limits.test_every // 2)
    return (gap + 1) / gap
