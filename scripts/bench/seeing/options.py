"""What may be chosen about the bench: chance, and how much is rendered."""

import secrets
from pathlib import Path

import attrs

from testing.films.rendered import cache_folder

LARGEST_SEED = 1_000_000


def draw_seed() -> int:
    """Draw a seed that nobody has chosen anything with."""
    return secrets.randbelow(LARGEST_SEED)


@attrs.frozen
class Options:
    """Everything rendered or invented follows from the seed, which is told beside the figures."""

    seed: int = attrs.field(factory=draw_seed)
    count: int = 200
    """Of staged incidents."""
    minutes: float = 20.0
    """Of ordinary footage a camera, the last incidents after it."""
    hours: float = 2.0
    """The age of the oldest camera of the row `hours`."""
    films: Path = attrs.field(factory=cache_folder)
