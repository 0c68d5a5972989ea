"""A memory's age follows the receiver's clock where a camera's is absurd."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.types import Batch
from anomaly.usual.clock import LATE_S, FootageClock, fit_times
from tests.anomaly.judged import judge
from tests.anomaly.street import INTERVAL_S, street_batch

PICTURES = 20
CHUNK_S = PICTURES * INTERVAL_S


def paced(sequence: int, pace: float, began_s: float = 5000.0) -> Batch:
    """Give a chunk whose times run at a pace of their own; it arrives when it should."""
    batch = street_batch(sequence, count=PICTURES)
    first_s = batch.pictures[0].at_s
    pictures = tuple(
        attrs.evolve(it, at_s=first_s + (it.at_s - first_s) * pace) for it in batch.pictures
    )
    return attrs.evolve(batch, pictures=pictures, arrived_s=began_s + sequence * CHUNK_S)


@pytest.mark.parametrize("pace", [100.0, 10_000.0])
def test_an_absurd_clock_makes_no_camera_old(graph: MotionGraph, pace: float) -> None:
    """Every account, and what is known of places, is as old as the camera was here (R31)."""
    memory = CameraMemory("gate")
    chunks = 12
    for sequence in range(chunks):
        judge(paced(sequence, pace), memory, graph)
    most_s = chunks * CHUNK_S + LATE_S
    assert memory.habits is not None
    assert memory.tracks is not None
    ages_s = [memory.history.seen_s, memory.standing.seen_s, memory.habits.footage_s]
    ages_s += [
        memory.tracks.memory.states.footage_s,
        *(it.seen_s for it in memory.streams.values()),
    ]
    assert max(ages_s) <= most_s + 1
    assert judge(paced(chunks, pace), memory, graph).is_learning


def test_a_camera_whose_clock_is_right_is_judged_as_before(graph: MotionGraph) -> None:
    """Nothing is drawn together where times keep to the receiver's; bursts come whole, too."""
    by_times, by_arrival = CameraMemory("gate"), CameraMemory("gate")
    for sequence in range(6):
        batch = paced(sequence, 1.0)
        burst_s = 5000.0 + sequence // 3 * 3 * CHUNK_S
        one = judge(attrs.evolve(batch, arrived_s=None), by_times, graph)
        other = judge(attrs.evolve(batch, arrived_s=burst_s), by_arrival, graph)
        assert (one.course, one.threats, one.at_s) == (other.course, other.threats, other.at_s)
    assert by_times.history.seen_s == by_arrival.history.seen_s


def test_the_clock_is_kept_with_the_memory_and_may_be_missing() -> None:
    """Memories of before have none, and begin one."""
    memory = CameraMemory("gate", clock=FootageClock(7000.0, 3.0))
    assert unpack_memory(pack_memory(memory), "gate").clock == memory.clock
    without = pack_memory(memory).replace(b"clock.", b"other.")
    assert unpack_memory(without, "gate").clock == FootageClock()


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 1e6)), min_size=1, max_size=30))
def test_footage_never_outruns_the_receiver(chunks: list[tuple[float, float]]) -> None:
    """Whatever the times say: the time that passed here and what may come late, no more."""
    clock, now_s, footage_s = FootageClock(), 1000.0, 0.0
    for passed_s, said_s in chunks:
        now_s += passed_s
        counted_s = min(said_s, clock.most_s(now_s))
        clock.note(now_s, counted_s)
        footage_s += counted_s
    assert footage_s <= now_s - 1000.0 + LATE_S + 1e-3


def test_a_start_of_the_machine_gives_no_time_away() -> None:
    """The monotonic clock begins anew; the camera goes on, no older and no younger."""
    clock = FootageClock(90_000.0, 12.0)
    assert clock.most_s(5.0) == 12.0
    clock.note(5.0, 2.0)
    assert clock.most_s(7.0) == 12.0


@given(st.lists(st.floats(0.001, 100), min_size=1, max_size=20), st.floats(0, 100))
def test_times_stay_in_order(steps_s: list[float], most_s: float) -> None:
    """Drawn together they still rise, from where they began."""
    times, at_s = [], 1e9
    for step_s in steps_s:
        at_s += step_s
        times.append(at_s)
    fitted = fit_times(times, most_s)
    assert fitted == sorted(fitted)
    assert fitted[0] == times[0]
    assert fitted[-1] - fitted[0] <= max(most_s, 1e-3 * len(times)) + 1e-3
