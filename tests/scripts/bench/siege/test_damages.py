"""The damages of the siege: as many as promised, and each of them one."""

import random

from scripts.bench.siege.damage.damages import DAMAGES

CONTENT = b'{"camera": "gate", "at_s": 1500000000.5, "number": 3}' * 8


def test_there_are_thirty_damages_and_each_changes_a_file() -> None:
    """An attack that leaves the file alone would show nothing."""
    chance = random.Random(1)
    damaged = [damage(CONTENT, chance) for damage in DAMAGES.values()]
    assert len(damaged) == 30
    assert CONTENT not in damaged


def test_every_damage_takes_a_file_without_content() -> None:
    """Some files of ours are empty, and stay files."""
    for damage in DAMAGES.values():
        assert isinstance(damage(b"", random.Random(1)), bytes)
