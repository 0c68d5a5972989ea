"""The wait that all tests share."""

import pytest
import trio.testing

from testing.waiting import PATIENCE_S, wait_until, wait_until_async


def test_what_is_so_is_returned_as_soon_as_it_is() -> None:
    """And what is done between two looks may be what brings it about."""
    steps: list[int] = []
    assert wait_until(lambda: steps[2:], "a step", between=lambda: steps.append(len(steps))) == [2]
    assert steps == [0, 1, 2]


def test_what_does_not_come_is_named_with_what_was_instead() -> None:
    """Whoever reads the error knows what was waited for."""
    words = "waited 0 s in vain for a picture: only sound"
    with pytest.raises(TimeoutError, match=words):
        wait_until(bool, "a picture", limit_s=0.0, so_far=lambda: "only sound")


async def test_a_wait_in_trio_ends_too(autojump_clock: trio.testing.MockClock) -> None:
    """On its clock, with the same words."""
    began_s = autojump_clock.current_time()
    with pytest.raises(TimeoutError, match="in vain for a picture"):
        await wait_until_async(bool, "a picture")
    assert autojump_clock.current_time() - began_s >= PATIENCE_S
