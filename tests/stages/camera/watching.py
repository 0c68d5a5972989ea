"""Runs a watch against a scripted camera, in invented time where nothing real has to pass."""

import itertools
import random
from collections.abc import Callable
from typing import TypeVar

import trio
import trio.testing

from conf.schema import Camera
from stages.camera.source.happenings import ChunkReady, Connected, Happening, Lost, Noted
from stages.camera.source.watch import RealClock, Surroundings, watch
from testing.cameras.scripted import Script, serving

T = TypeVar("T", bound=Happening)
IDLE_S = 0.05
"""Real time without any activity after which invented time jumps to the next deadline."""


def surroundings() -> Surroundings:
    """Return real clocks, fixed chance and epochs from 1."""
    counter = itertools.count(1)
    return Surroundings(RealClock(), random.Random(1), lambda: next(counter))


def happenings(
    script: Script,
    until: Callable[[list[Happening]], bool],
    path: str = "/",
    **settings: object,
) -> list[Happening]:
    """Return what happened at a camera with this script until the condition held."""

    async def run() -> list[Happening]:
        async with serving(script) as url:
            camera = Camera(name="gate", url=url + path, **settings)  # type: ignore[arg-type]  # a test's own keywords
            return await collect(camera, until)

    return trio.run(run, clock=trio.testing.MockClock(autojump_threshold=IDLE_S))


async def collect(camera: Camera, until: Callable[[list[Happening]], bool]) -> list[Happening]:
    """Return what happens at this camera until the condition holds."""
    found: list[Happening] = []
    async with watch(camera, surroundings()) as channel:
        async for happening in channel:
            found.append(happening)
            if until(found):
                break
    return found


def of(kind: type[T], found: list[Happening]) -> list[T]:
    """Return those of one kind."""
    return [item for item in found if isinstance(item, kind)]


def chunks(number: int) -> Callable[[list[Happening]], bool]:
    """Return the condition that so many chunks came."""
    return lambda found: len(of(ChunkReady, found)) >= number


def losses(number: int) -> Callable[[list[Happening]], bool]:
    """Return the condition that the camera was lost so often."""
    return lambda found: len(of(Lost, found)) >= number


def noted(found: list[Happening]) -> list[str]:
    """Return the names of what was noted."""
    return [item.finding.name for item in of(Noted, found)]


def connected(found: list[Happening]) -> Connected:
    """Return the first connection."""
    return of(Connected, found)[0]
