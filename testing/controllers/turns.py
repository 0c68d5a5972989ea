"""A hub that tests turn by hand, and a shell's recorder."""

from collections.abc import Callable

from controller.core.happenings import Happening
from controller.hub import Hub
from testing.waiting import wait_until


class EngineRecorder:
    """Keeps what an engine would be told."""

    def __init__(self) -> None:
        self.heard: list[Happening] = []

    def __call__(self, happening: Happening) -> None:
        """Keep one."""
        self.heard.append(happening)


def turn_until(hub: Hub, is_so: Callable[[], object]) -> None:
    """Turn until something is so."""
    wait_until(is_so, "what this hub was turned for", between=lambda: _turn(hub))


def _turn(hub: Hub) -> None:
    hub.turn(0.01)
    hub.finish_turn()
