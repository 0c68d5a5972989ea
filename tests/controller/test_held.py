"""Descriptors by event: each is closed exactly once, when the last holder lets go."""

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.held_descriptors import SPENT, HeldDescriptors
from seda.messages import Event, Payload


def memory() -> int:
    """Return a descriptor."""
    return os.memfd_create("held")


def is_open(descriptor: int) -> bool:
    """Say whether this process has it open."""
    return os.path.exists(f"/proc/self/fd/{descriptor}")  # noqa: PTH110 - a link to nowhere


def event(event_id: str, *of_input: int, kind: str = "memory") -> Event:
    """Return an event with so many payloads."""
    payloads = tuple(
        Payload("connection" if kind == "connection" else "memory", 1, it) for it in of_input
    )
    return Event(event_id, "work", "key", payloads=payloads)


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """See that a test leaves as many descriptors open as it found."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    yield
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_the_descriptors_of_a_repeat_are_closed_at_once() -> None:
    """An event that comes twice is held once."""
    held, first, second = HeldDescriptors(), memory(), memory()
    held.keep_input("e", [first])
    held.keep_input("e", [second])
    assert is_open(first)
    assert not is_open(second)
    assert len(held) == 1
    held.release_input("e")
    assert not is_open(first)


@pytest.mark.parametrize("is_input_first", [True, False])
def test_a_payload_passed_on_is_closed_by_its_last_holder(*, is_input_first: bool) -> None:
    """Input and output share one descriptor, whoever is settled first."""
    held, given_one, own = HeldDescriptors(), memory(), memory()
    held.keep_input("in", [given_one])
    output = event("out", 0, -1)
    held.keep_output(output, iter((own,)), "in")
    assert held.of_output(output) == [given_one, own]
    assert len(held) == 2
    release: list[Callable[[], None]] = [
        lambda: held.release_input("in"),
        lambda: held.release_output("out"),
    ]
    for index, step in enumerate(release if is_input_first else reversed(release)):
        assert is_open(given_one), index
        step()
    assert not is_open(given_one)
    assert not is_open(own)
    assert len(held) == 0


def test_a_connection_is_closed_once_it_was_given_away() -> None:
    """Who serves a connection ends it: nobody on the way keeps a copy."""
    held, connection = HeldDescriptors(), memory()
    output = event("out", -1, kind="connection")
    held.keep_output(output, iter((connection,)))
    held.spend_connections(output)
    assert not is_open(connection)
    assert held.of_output(output) == [SPENT]
    assert len(held) == 0
    held.release_output("out")


def test_what_is_forgotten_is_told_apart_from_what_never_had_a_payload() -> None:
    """An output that was dropped meanwhile is not sent; one without payloads is."""
    held = HeldDescriptors()
    assert held.of_output(event("out")) == []
    assert held.of_output(event("out", -1)) is None


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.booleans()), max_size=12))
def test_whatever_the_order_nothing_leaks(steps: list[tuple[str, int, bool]]) -> None:
    """Any order of arrivals, outputs and releases ends with every descriptor closed."""
    held = HeldDescriptors()
    for name, what, is_shared in steps:
        if what == 0:
            held.keep_input(name, [memory()])
        elif what == 1 and held.count_input(name):
            output = event(f"{name}.0", *((0, -1) if is_shared else (-1,)))
            held.keep_output(output, iter((memory(),)), name)
        else:
            held.release_input(name)
    for name in "ab":
        held.release_input(name)
        held.release_output(f"{name}.0")
    assert len(held) == 0
