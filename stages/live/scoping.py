"""What was gathered, as far as somebody may know it. Pure.

One place for all answers: whatever is made of a `Gathering` is kept to a scope by being made of
this one, pages that are added later too.
"""

from collections.abc import Mapping
from copy import copy
from typing import TypeVar

import attrs

from stages.live.change_log import Audience
from stages.live.metrics.gathering import Gathering, Heard

Drops = dict[str, dict[str, int]]
ELSEWHERE = ""
"""Stands for all keys of drops that are no camera in scope."""

T = TypeVar("T")


def within(gathering: Gathering, audience: Audience) -> Gathering:
    """Return what this audience may know: of stages all, of cameras those in its scope."""
    if audience.scope is None:
        return gathering
    found = copy(gathering)
    found.cameras = gathering.cameras.within(audience.may_see)
    found.scores = _seen(gathering.scores, audience)
    found.waiting = _seen(gathering.waiting, audience)
    found.stages = {name: _stage(heard, audience) for name, heard in gathering.stages.items()}
    return found


def _seen(by_camera: Mapping[str, T], audience: Audience) -> dict[str, T]:
    return {camera: it for camera, it in by_camera.items() if audience.may_see(camera)}


def _stage(heard: Heard, audience: Audience) -> Heard:
    drops = _drops(heard.figures.drops, audience)
    return attrs.evolve(heard, figures=attrs.evolve(heard.figures, drops=drops))


def _drops(drops: Drops, audience: Audience) -> Drops:
    """Sum up what is of others; a key may be a camera, a person or an address."""
    found: Drops = {}
    for reason, keys in drops.items():
        mine = found[reason] = _seen(keys, audience)
        if others := sum(keys.values()) - sum(mine.values()):
            mine[ELSEWHERE] = others
    return found
