"""What was gathered, as far as somebody may know it. Pure.

One place for all answers: whatever is made of a `Gathering` is kept to a scope by being made of
this one, pages that are added later too.
"""

from collections.abc import Mapping
from copy import copy
from typing import TypeVar

import attrs

from seda.messages import StageFigures
from stages.live.board import Audience
from stages.live.metrics.gathering import Gathering, Heard
from stages.live.metrics.lines import Drops

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
    before = heard.line.before and _figures(heard.line.before, audience)
    line = attrs.evolve(heard.line, before=before, newest=_figures(heard.line.newest, audience))
    return attrs.evolve(heard, line=line)


def _figures(figures: StageFigures, audience: Audience) -> StageFigures:
    return attrs.evolve(figures, drops=_drops(figures.drops, audience))


def _drops(drops: Drops, audience: Audience) -> Drops:
    """Sum up what is of others; a key may be a camera, a person or an address."""
    found: Drops = {}
    for reason, keys in drops.items():
        mine = found[reason] = _seen(keys, audience)
        if others := sum(keys.values()) - sum(mine.values()):
            mine[ELSEWHERE] = others
    return found
