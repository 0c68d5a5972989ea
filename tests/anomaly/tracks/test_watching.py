"""Chunks of drawn scenes through the whole package: what stands out, and that it does alone."""

import copy
from collections.abc import Callable, Sequence

import attrs
import numpy as np
import pytest

from anomaly.appearance import LOOKS, Look
from anomaly.tracks import (
    KINDS,
    Blobs,
    Kind,
    Sightings,
    TrackState,
    describe,
    due_pictures,
    no_blobs,
    pack_state,
    start_state,
    unpack_state,
    watch,
)
from anomaly.types import Floats
from tests.anomaly.tracks.drawn import COLUMNS, ROWS, THINGS, Person, blobs_of, picture_of

NOON = 12.0


def walkers(chance: np.random.Generator) -> Person:
    """Draw somebody who crosses the picture on one of two paths."""
    way = 1 if chance.random() < 0.5 else -1
    x = 5 if way > 0 else 170
    return Person(x, chance.uniform(60, 80), vx=way * chance.uniform(14, 20))


def play(
    state: TrackState,
    pictures: Sequence[Blobs],
    rate: float = 5.0,
    start_s: float = 0.0,
    *,
    frozen: bool = False,
) -> tuple[Floats, Sightings]:
    """Watch pictures in chunks of two seconds; give all strongest and the last sightings."""
    size = max(1, int(2 * rate))
    strongest = []
    for start in range(0, len(pictures), size):
        chunk = pictures[start : start + size]
        at_s = [start_s + (start + number) / rate for number in range(len(chunk))]
        sightings = watch(state, chunk, at_s, NOON, frozen=frozen)
        strongest.append(sightings.strongest)
    return np.concatenate(strongest), sightings


def ordinary(minutes: int = 8, rate: float = 5.0) -> TrackState:
    """Give a state that has seen people walk for minutes."""
    chance = np.random.default_rng(1)
    state, at_s = start_state(ROWS, COLUMNS), 1000.0
    while at_s < 1000 + minutes * 60:
        person = walkers(chance)
        pictures = []
        for number in range(int(8 * rate)):
            x, foot, head, width = person.box(number / rate)
            jitter = chance.normal(0, 0.5, 3)
            seen = (x + jitter[0], foot + jitter[1], head + jitter[2], width)
            pictures.append(blobs_of([seen] if 0 < x < 180 else []))
        play(state, pictures, rate, at_s)
        at_s += 8
    return state


@pytest.fixture(scope="module")
def street() -> TrackState:
    """Give a state that knows a street with two paths."""
    return ordinary()


def peak(
    state: TrackState, picture_at: Callable[[float], Blobs], rate: float = 5.0, seconds: float = 5.0
) -> tuple[Floats, TrackState, Sightings]:
    """Watch something new on a copy of the state, frozen; give the largest surprise by kind."""
    state = copy.deepcopy(state)
    pictures = [picture_at(number / rate) for number in range(int(seconds * rate))]
    found, sightings = play(state, pictures, rate, 5000.0, frozen=True)
    return found.max(0), state, sightings


@pytest.mark.parametrize("rate", [1.0, 2.0, 5.0, 12.0, 25.0])
def test_a_runner_stands_out_at_any_rate(street: TrackState, rate: float) -> None:
    """Three times the usual speed surprises by its motion, a walker does not."""
    runner, _, _ = peak(street, lambda t: picture_of([Person(5, 70, vx=50)], t), rate, 3.5)
    walker, _, _ = peak(street, lambda t: picture_of([Person(5, 70, vx=17)], t), rate, 3.5)
    assert runner[Kind.MOTION] > walker[Kind.MOTION] + 5


def test_a_crowd_makes_nobody_rarer(street: TrackState) -> None:
    """A runner among ten walkers surprises as much as one alone."""

    def among(count: int) -> Callable[[float], Blobs]:
        others = [Person(5 + 14 * n, 66 + n, vx=15) for n in range(count)]
        return lambda t: picture_of([Person(5, 110, vx=50), *others], t)

    alone, _, _ = peak(street, among(0), seconds=3)
    crowded, _, _ = peak(street, among(10), seconds=3)
    assert crowded[Kind.MOTION] == pytest.approx(alone[Kind.MOTION], rel=0.05)


def test_a_fall_stands_out_by_its_posture(street: TrackState) -> None:
    """Who lies down within a second surprises by the change of outline, who walks does not."""

    def falling(at_s: float) -> Blobs:
        share = float(np.clip(at_s - 2, 0, 1))
        return blobs_of([(60 + 4 * share, 70, 50 + 13 * share, 8 + 12 * share)])

    fall, _, _ = peak(street, falling)
    walk, _, _ = peak(street, lambda t: picture_of([Person(5, 70, vx=17)], t))
    assert fall[Kind.POSTURE] > walk[Kind.POSTURE] + 4


def test_who_stays_is_told_with_the_usual_time(street: TrackState) -> None:
    """Somebody who stays for a minute where all pass by."""
    _, state, sightings = peak(street, lambda t: picture_of([Person(90, 70)], t), seconds=60)
    fact = describe(state, sightings, 0)
    assert fact.dwell_s == pytest.approx(60, abs=3)
    assert fact.usual_dwell_s < 20


def test_a_way_that_nobody_takes_stands_out(street: TrackState) -> None:
    """Somebody walks down the picture where all walk across; along the path is usual."""
    found, _, _ = peak(street, lambda t: picture_of([Person(90, 40, vy=14)], t))
    usual, _, _ = peak(street, lambda t: picture_of([Person(5, 70, vx=17)], t))
    assert found[Kind.PATH] > 2 > usual[Kind.PATH]


def test_a_speed_that_nobody_has_stands_out(street: TrackState) -> None:
    """Three times as fast as all others there."""
    found, _, _ = peak(street, lambda t: picture_of([Person(5, 70, vx=50)], t))
    usual, _, _ = peak(street, lambda t: picture_of([Person(5, 70, vx=17)], t))
    assert found[Kind.SPEED] > 2 > usual[Kind.SPEED]


def looked_at(blobs: Blobs, look: Look) -> Blobs:
    """Give blobs that somebody has looked at closely."""
    looks = np.zeros((len(blobs), LOOKS), np.float32)
    looks[:, look] = 1
    return attrs.evolve(blobs, looks=looks)


def test_how_long_somebody_looks_low_is_told() -> None:
    """It grows while looks agree, is nothing for others, and ends when one gets up."""
    person = Person(40, 70, vx=5.0, height=8, width=16)
    shown = [picture_of([person], n / 5) for n in range(40)]
    upright, low = (
        [looked_at(one, look) if n % 5 == 0 else one for n, one in enumerate(shown)]
        for look in (Look.UPRIGHT, Look.LOW)
    )
    assert play(start_state(ROWS, COLUMNS), upright)[0][:, Kind.LOW].max() == 0
    strongest, _ = play(start_state(ROWS, COLUMNS), low)
    assert strongest[-1, Kind.LOW] == pytest.approx(6.8, abs=0.1)
    got_up = play(start_state(ROWS, COLUMNS), [*low[:20], *upright[20:]])[0][:, Kind.LOW]
    assert got_up.max() > 3
    assert got_up[-1] == 0


def test_facts_are_those_of_the_track(street: TrackState) -> None:
    """Speed, direction and box of what stood out are told in heights and pixels."""
    _, state, sightings = peak(street, lambda t: picture_of([Person(5, 70, vx=50)], t), seconds=3)
    fact = describe(state, sightings, int(sightings.telling[-1, Kind.MOTION]))
    assert fact.speed == pytest.approx(2.5, abs=0.1)
    assert fact.usual_speed == pytest.approx(0.85, abs=0.2)
    assert fact.towards is not None
    assert fact.towards[0] > 2
    assert fact.kinds == pytest.approx((1 / THINGS,) * THINGS)
    left, top, right, bottom = fact.corners_px
    assert (bottom - top, right - left) == pytest.approx((20, 8))


def test_what_is_watched_frozen_teaches_nothing(street: TrackState) -> None:
    """A frozen state keeps all that it has learned as it was."""
    state = copy.deepcopy(street)
    before = {k: v.copy() for k, v in pack_state(state).items() if k.startswith("memory.")}
    play(state, [picture_of([Person(5, 70, vx=50)], n / 5) for n in range(20)], frozen=True,
         start_s=5000)  # fmt: skip
    after = pack_state(state)
    assert all((after[name] == value).all() for name, value in before.items())


def test_a_fast_camera_is_followed_a_few_times_a_second_and_every_chunk_once() -> None:
    """Of 25 a second every seventh, of five every one; a chunk of one picture has it followed."""
    state = start_state(ROWS, COLUMNS)
    due = due_pictures(state, [100 + number / 25 for number in range(50)])
    assert due[0] == 0
    assert 7 <= len(due) <= 9
    assert due_pictures(state, [200 + number / 5 for number in range(10)]) == list(range(10))
    state.tracks.at_s = 100.0
    assert due_pictures(state, [100.04]) == [0]


def test_an_empty_chunk_has_no_sightings() -> None:
    """Without anything there the surprise is zero and nobody is named."""
    sightings = watch(start_state(ROWS, COLUMNS), [no_blobs(THINGS)] * 3, [1.0, 1.2, 1.4], NOON)
    assert sightings.strongest.shape == (3, KINDS)
    assert not sightings.strongest.any()
    assert (sightings.telling == -1).all()


def test_a_state_goes_on_from_its_arrays_as_if_nothing_had_been() -> None:
    """Packed in the middle of a scene, a state gives the same surprises to the last bit."""
    people = [Person(5, 70, vx=17), Person(150, 66, vx=-30)]
    pictures = [picture_of(people, n / 5) for n in range(40)]
    state = ordinary(minutes=2)
    play(state, pictures[:20], start_s=5000)
    other = unpack_state(pack_state(state), ROWS, COLUMNS)
    one, _ = play(state, pictures[20:], start_s=5004)
    two, _ = play(other, pictures[20:], start_s=5004)
    assert (one == two).all()
    assert {k: v.tobytes() for k, v in pack_state(state).items()} == {
        k: v.tobytes() for k, v in pack_state(other).items()
    }


def test_a_state_is_small() -> None:
    """All of it stays under 300 KB, of which it needs a third."""
    assert sum(array.nbytes for array in pack_state(ordinary(minutes=1)).values()) < 100_000


@pytest.mark.parametrize("spoil", ["missing", "shape", "kind", "infinite"])
def test_a_state_that_does_not_fit_is_refused(spoil: str) -> None:
    """A missing array, another shape or type, or what is not finite is named."""
    arrays = pack_state(start_state(ROWS, COLUMNS))
    name = "tracks.box"
    if spoil == "missing":
        del arrays[name]
    elif spoil == "shape":
        arrays[name] = arrays[name][:5]
    elif spoil == "kind":
        arrays[name] = arrays[name].astype(np.float64)
    else:
        arrays[name] = np.full_like(arrays[name], np.inf)
    with pytest.raises(ValueError, match=r"tracks\.box"):
        unpack_state(arrays, ROWS, COLUMNS)
