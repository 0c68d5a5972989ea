"""The mapped kept_state: what a successor finds, wherever its predecessor was killed."""

import mmap
import os
from collections.abc import Iterator

import pytest

from controller.mapped_state import KeptStateError, MappedState
from seda import kept_state_memory as layout
from seda.messages import Settlement
from testing.faults.corruption import flipped


@pytest.fixture
def memory() -> Iterator[int]:
    """Return an empty kept state's descriptor."""
    descriptor = layout.create()
    yield descriptor
    os.close(descriptor)


def test_a_successor_knows_how_events_were_settled(memory: int) -> None:
    """An id that comes again is answered as it was then; a long reason is cut."""
    MappedState(memory).note_settled(Settlement("a", "dropped", "ü" * 100))
    found = MappedState(memory).settled("a")
    assert found is not None
    assert (found.outcome, found.reason) == ("dropped", "ü" * (layout.REASON_BYTES // 2))
    assert MappedState(memory).settled("b") is None


def test_the_oldest_settled_ids_give_way(memory: int) -> None:
    """The ring keeps the newest, and its place survives too."""
    kept_state = MappedState(memory)
    for number in range(layout.SETTLED_SLOTS + 10):
        kept_state.note_settled(Settlement(f"e{number}", "done"))
    successor = MappedState(memory)
    assert successor.settled("e9") is None
    assert successor.settled("e10") is not None
    successor.note_settled(Settlement("new", "done"))
    assert successor.settled("e10") is None
    assert MappedState(memory).settled("new") is not None


def test_an_id_settled_twice_is_known_as_long_as_the_newer_slot(memory: int) -> None:
    """The older slot's end does not take the newer one's entry along."""
    kept_state = MappedState(memory)
    kept_state.note_settled(Settlement("twice", "done"))
    for number in range(layout.SETTLED_SLOTS - 1):
        kept_state.note_settled(Settlement(f"e{number}", "done"))
        if number == 100:
            kept_state.note_settled(Settlement("twice", "done"))
    assert kept_state.settled("twice") is not None


def test_a_successor_knows_what_was_counted(memory: int) -> None:
    """The newest of it, however large; what is too large is refused and changes nothing."""
    kept_state = MappedState(memory)
    assert kept_state.counters() == b""
    kept_state.note_counters(b"a" * 100_000)
    kept_state.note_counters(b"b")
    assert MappedState(memory).counters() == b"b"
    with pytest.raises(KeptStateError):
        kept_state.note_counters(b"c" * layout.COUNTERS_BYTES)
    assert MappedState(memory).counters() == b"b"


def test_a_slot_that_was_being_written_does_not_count(memory: int) -> None:
    """A controller killed in the middle of a note leaves the others readable."""
    kept_state = MappedState(memory)
    kept_state.note_settled(Settlement("whole", "done"))
    kept_state.note_settled(Settlement("half", "done"))
    with mmap.mmap(memory, layout.SIZE_BYTES) as raw:
        raw[layout.SETTLED_OFFSET + 2 * layout.SETTLED_SLOT.size] = 0
    successor = MappedState(memory)
    assert successor.settled("whole") is not None
    assert successor.settled("half") is None


def test_deaths_are_counted_until_the_event_is_settled(memory: int) -> None:
    """Each controller that dies while a handler has an event counts once (quarantine at three)."""
    MappedState(memory).note_dispatched("poison")
    for deaths in (1, 2, 3):
        kept_state = MappedState(memory)
        assert kept_state.deaths("poison") == deaths
        kept_state.note_dispatched("poison")
    kept_state.note_returned("poison")
    assert MappedState(memory).deaths("poison") == 3
    kept_state.note_settled(Settlement("poison", "quarantined"))
    assert MappedState(memory).deaths("poison") == 0


def test_what_returned_before_the_death_is_not_counted(memory: int) -> None:
    """Only events that a handler has when the controller dies are suspected."""
    kept_state = MappedState(memory)
    kept_state.note_dispatched("innocent")
    kept_state.note_returned("innocent")
    assert MappedState(memory).deaths("innocent") == 0


def test_events_that_never_came_back_do_not_fill_the_table(memory: int) -> None:
    """What a predecessor left and no sender submits again gives way to what is in flight now."""
    first = MappedState(memory)
    for number in range(layout.FLIGHT_SLOTS):
        first.note_dispatched(f"e{number}")
    second = MappedState(memory)
    second.note_dispatched("new")
    assert second.deaths("e0") == 0
    assert MappedState(memory).deaths("new") == 1


def test_more_in_flight_than_the_table_holds_is_an_error(memory: int) -> None:
    """Nothing is left out in silence."""
    kept_state = MappedState(memory)
    for number in range(layout.FLIGHT_SLOTS):
        kept_state.note_dispatched(f"e{number}")
    with pytest.raises(KeptStateError, match="in flight"):
        kept_state.note_dispatched("one more")


def test_service_times_survive_a_death_between_the_writes(memory: int) -> None:
    """The buffer that was written last counts, the other one is the fallback."""
    kept_state = MappedState(memory)
    assert kept_state.service_times() == b""
    kept_state.note_service_times(b"older")
    kept_state.note_service_times(b"newer")
    assert MappedState(memory).service_times() == b"newer"
    with mmap.mmap(memory, layout.SIZE_BYTES) as raw:
        layout.BUFFER_HEADER.pack_into(
            raw, layout.TIMES_OFFSET, 0, 5
        )  # sequence 2 is being written
    assert MappedState(memory).service_times() == b"older"
    with pytest.raises(KeptStateError, match="room for"):
        kept_state.note_service_times(bytes(layout.TIMES_BYTES))


def test_memory_that_is_no_ledger_is_refused() -> None:
    """Another version's or somebody else's memory is not overwritten."""
    descriptor = os.memfd_create("other")
    try:
        with pytest.raises(KeptStateError, match="size"):
            MappedState(descriptor)
        os.ftruncate(descriptor, layout.SIZE_BYTES)
        with pytest.raises(KeptStateError, match="version"):
            MappedState(descriptor)
    finally:
        os.close(descriptor)


def test_no_damage_of_the_memory_keeps_a_successor_from_starting(memory: int) -> None:
    """It outlives controllers, so that what one cannot read none could."""
    kept_state = MappedState(memory)
    kept_state.note_settled(Settlement("gäte", "done"))
    kept_state.note_dispatched("yärd")
    for offset in (layout.SETTLED_OFFSET + layout.SETTLED_SLOT.size, layout.FLIGHT_OFFSET):
        content = os.pread(memory, layout.SETTLED_SLOT.size, offset)
        for wrong in flipped(content[:20]):  # lengths, marks, and a beginning of the id
            os.pwrite(memory, wrong, offset)
            successor = MappedState(memory)
            successor.settled("gäte")
            successor.note_settled(Settlement("new", "done"))
        os.pwrite(memory, content, offset)
