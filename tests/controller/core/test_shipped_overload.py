"""The rows as they are shipped, under more than they can do: age, levels, fairness, films."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import attrs
import pytest

from controller.core import happenings as h
from controller.core.policies.overload import LONGEST_CALM_S
from controller.core.settling import OVERTAKEN
from seda.messages import Event, Payload
from seda.pipeline import ANOMALY, TRANSCODER, Stage
from seda.protocol import Window
from testing.arithmetic import jain_index, percentile
from testing.controllers.world import Behave, World, event

CAMERAS = 32
CHUNK_S = 2.0
WORTH = (1.0, 0.8, 0.15, 0.12, 0.04)
"""Of a chunk's work, what is left at each pressure."""
FROM_S, UNTIL_S = 1.0, 61.0


def times(row: Stage, overload: float, cameras: int = CAMERAS) -> float:
    """Return what a chunk has to take for so many cameras to be so many times too much."""
    return overload * row.settings.handlers_max * CHUNK_S / cameras


def eased(service_s: float) -> Behave:
    """A chunk takes less the harder the stage is pressed."""
    return lambda events, pressure: (
        service_s * WORTH[pressure] * sum(it.units for it in events),
        "done",
    )


def arrived_eased(service_s: float) -> Behave:
    """A batch takes what whoever made it left in it."""
    return lambda events, _: (service_s * sum(it.units for it in events), "done")


def film(stage: World, cameras: int = CAMERAS, **more: object) -> None:
    """Have cameras send a chunk every two seconds, one after the other, for a minute."""

    def send(number: int, camera: str, at_s: float) -> Callable[[], None]:
        is_batch = stage.row.takes[0] == "batch"

        def arrive() -> None:
            units = WORTH[stage.engine.pressure] if is_batch else 1.0
            header: dict[str, Any] = {"units": units, "born_s": at_s, **more}
            made = attrs.evolve(event(number, camera), kind=stage.row.takes[0], **header)
            stage.born_s[made.id] = made.born_s
            stage.tell(h.Arrived(1, made))

        return arrive

    for place in range(cameras):
        at_s, number = FROM_S + CHUNK_S * place / cameras, 0
        while at_s < UNTIL_S:
            stage.at(at_s, send(number, f"camera{place}", at_s))
            at_s, number = at_s + CHUNK_S, number + 1


def levels(stage: World) -> list[int]:
    """Let the minute pass, and return each level of the pressure in turn."""
    seen = [stage.engine.pressure]
    while stage.now_s < UNTIL_S:
        stage.run(stage.now_s + 0.25)
        if stage.engine.pressure != seen[-1]:
            seen.append(stage.engine.pressure)
    return seen


def done(stage: World) -> list[str]:
    """Return the ids of what was done."""
    return [key for key, it in stage.settled.items() if it.outcome == "done"]


SHIPPED = [(TRANSCODER, eased), (ANOMALY, arrived_eased)]


@pytest.mark.parametrize(("row", "behave"), SHIPPED, ids=["transcoder", "anomaly"])
def test_ten_times_too_much_is_answered_by_the_ladder(
    row: Stage, behave: Callable[[float], Behave]
) -> None:
    """Step by step to the highest level and back; what is done is fresh, and fair (R11, R24)."""
    stage = World(row, row.settings, behave(times(row, 10.0)))
    film(stage)
    seen = levels(stage)
    assert seen[:5] == [0, 1, 2, 3, 4]
    assert all(abs(after - before) == 1 for before, after in pairwise(seen))
    finished = done(stage)
    ages_s = [stage.settled_s[key] - stage.born_s[key] for key in finished]
    assert percentile(ages_s, 0.95) <= 5.0 - CHUNK_S
    counted = Counter(key.split(":")[0] for key in finished)
    assert jain_index([counted[f"camera{place}"] for place in range(CAMERAS)]) >= 0.98
    stage.run(UNTIL_S + 3 * LONGEST_CALM_S)
    assert stage.engine.pressure == 0


@pytest.mark.parametrize("row", [TRANSCODER, ANOMALY], ids=["transcoder", "anomaly"])
@pytest.mark.parametrize("cameras", [3, CAMERAS])
def test_where_the_ladder_does_not_help_the_newest_chunk_of_each_camera_is_kept(
    row: Stage, cameras: int
) -> None:
    """What is dropped had a newer one behind it; the last of each camera is done."""
    stage = World(row, row.settings, arrived_eased(times(row, 3.0, cameras)))
    film(stage, cameras, units=1.0)
    assert max(levels(stage)) == 4
    stage.run(UNTIL_S + 60.0)
    reasons = {it.reason for it in stage.settled.values() if it.outcome == "dropped"}
    assert reasons == {OVERTAKEN}
    last = int((UNTIL_S - FROM_S) / CHUNK_S) - 1
    finished = set(done(stage))
    assert {f"camera{place}:e:{last}" for place in range(cameras)} <= finished


@pytest.mark.parametrize("row", [TRANSCODER, ANOMALY], ids=["transcoder", "anomaly"])
def test_films_that_are_played_fast_are_all_done_and_press_nobody(row: Stage) -> None:
    """They have no age, and wait at their source: what is recorded is neither left out nor lost."""
    settings = attrs.evolve(row.settings, queue_events=4096)  # no window holds these back
    stage = World(row, settings, arrived_eased(times(row, 3.0)))
    film(stage, born_s=0.0, units=1.0)
    assert set(levels(stage)) == {0}
    stage.run(UNTIL_S + 600.0)
    assert Counter(it.outcome for it in stage.settled.values()) == {
        "done": CAMERAS * int((UNTIL_S - FROM_S) / CHUNK_S)
    }


def test_few_cameras_that_take_long_press_nobody() -> None:
    """Three of twenty whose every chunk takes seconds leave the others their frames."""

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        return (1.5 if int(events[0].key[6:]) >= 17 else 0.05, "done")

    stage = World(TRANSCODER, TRANSCODER.settings, behave)
    film(stage, 20)
    assert set(levels(stage)) == {0}


@pytest.mark.parametrize(
    "window",
    [Window(20, 10**9, 1000), Window(1000, 20 * 10**6, 1000), Window(1000, 10**9, 20)],
    ids=["events", "bytes", "descriptors"],
)
def test_a_window_that_stays_full_presses(window: Window) -> None:
    """Whatever fills it: whoever sends must wait then, however short the time is that it takes."""
    stage = World(TRANSCODER, TRANSCODER.settings, eased(0.05))
    stage.context.window = window
    stage.successor_delay_s = 60.0  # what is made is not taken, so all that came is outstanding
    payload = Payload("memory", 10**6)
    for number in range(20):
        made = event(number, f"camera{number}", born_s=1.0, payloads=(payload,))
        stage.submit(1.0, attrs.evolve(made, kind="chunk"))
    seen = levels(stage)
    assert seen[:5] == [0, 1, 2, 3, 4]
