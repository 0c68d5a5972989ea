"""What the transcoder leaves out under pressure, step by step. Pure.

Fewer frames first, because a spotter misses them least; then smaller ones. Every chunk gives one
frame at any step, so that nobody looks at a camera that seems to have stopped.
"""

import attrs

from media.frames.plan import Plan

ONE_A_SECOND = 1.0
NARROW_PX = 960
ONE_A_CHUNK = 0.01
"""Frames a second; whatever is less than one a chunk gives one."""


def eased(plan: Plan, pressure: int) -> Plan:
    """Return what is left of a plan at this pressure, 0 to 4."""
    if pressure >= 1:
        plan = attrs.evolve(plan, rate_per_s=plan.rate_per_s / 2)
    if pressure >= 2:
        plan = attrs.evolve(plan, rate_per_s=min(plan.rate_per_s, ONE_A_SECOND))
    if pressure >= 3:
        plan = attrs.evolve(plan, width_max_px=min(plan.width_max_px, NARROW_PX))
    if pressure >= 4:
        plan = attrs.evolve(plan, rate_per_s=min(plan.rate_per_s, ONE_A_CHUNK))
    return plan
