"""A hub that tests turn by hand, and a shell's ear."""

import time
from collections.abc import Callable

from controller.core.happenings import Happening
from controller.hub import Hub
from testing.waiting import PATIENCE_S


class Ear:
    """Hears what an engine would."""

    def __init__(self) -> None:
        self.heard: list[Happening] = []

    def __call__(self, happening: Happening) -> None:
        """Hear one."""
        self.heard.append(happening)


def turn_until(hub: Hub, is_so: Callable[[], object]) -> None:
    """Turn until something is so; fail when that takes absurdly long."""
    end_s = time.monotonic() + PATIENCE_S
    while not is_so():
        hub.turn(0.01)
        hub.finish_turn()
        assert time.monotonic() < end_s
