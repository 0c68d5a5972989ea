"""A moment on both clocks. Pure: it is made by stages/live/stage.py."""

import attrs


@attrs.frozen
class Now:
    """Now."""

    monotonic_s: float
    """Monotonic: by this everything is decided."""
    wall_s: float
    """What people read, and what an incident's root is told apart by."""
