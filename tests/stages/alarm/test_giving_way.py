"""Evidence gives way to a full disk as far as that helps, and is not fed to somebody else."""

from stages.alarm.evidence.giving_way import (
    FLAGGED_AFTER_S,
    STEP_BYTES,
    WAIT_S_MAX,
    Found,
    GivingWay,
)
from store.retention import Missing

MISSING = Missing(evidence_bytes=10 * STEP_BYTES, flagged_bytes=4 * STEP_BYTES)
EVERY_S = 5.0


def full(room_bytes: int = 0, *, is_reserve_whole: bool = True) -> Found:
    return Found(MISSING, room_bytes, is_reserve_whole=is_reserve_whole)


def steps(giving_way: GivingWay, until_s: float, *, is_reserve_whole: bool = True) -> list[Missing]:
    """Look every few seconds while somebody else takes whatever is free."""
    found = full(is_reserve_whole=is_reserve_whole)
    looks = (giving_way.look(found, n * EVERY_S) for n in range(int(until_s / EVERY_S)))
    return [it for it in looks if it is not None]


def test_nothing_goes_while_there_is_room() -> None:
    """Whatever lies there."""
    assert GivingWay().look(Found(Missing(), 0, is_reserve_whole=False), 0.0) is None


def test_as_long_as_it_helps_a_step_goes_at_every_look() -> None:
    """R25: until the disk has its room again."""
    giving_way = GivingWay()
    for number in range(10):
        given = giving_way.look(full(number * STEP_BYTES), number * EVERY_S)
        assert given == Missing(evidence_bytes=STEP_BYTES)


def test_evidence_is_not_fed_to_who_fills_the_disk() -> None:
    """A night of that costs some steps; the waits between them double."""
    assert len(steps(GivingWay(), 60.0)) <= 4
    night = steps(GivingWay(), 8 * 3600.0)
    assert len(night) <= 11 + 8 * 3600 / WAIT_S_MAX


def test_newer_evidence_needs_the_room_of_older() -> None:
    """As long as its reserve is not whole, at every look; flagged evidence never goes for it."""
    given = steps(GivingWay(), 60.0, is_reserve_whole=False)
    assert given == [Missing(evidence_bytes=STEP_BYTES)] * 12


def test_flagged_evidence_waits_for_a_person() -> None:
    """It goes once the disk has been full for long, and not when it is full again later."""
    giving_way = GivingWay()
    assert all(not it.flagged_bytes for it in steps(giving_way, FLAGGED_AFTER_S))
    late = [giving_way.look(full(), FLAGGED_AFTER_S + n * EVERY_S) for n in range(1000)]
    assert any(it is not None and it.flagged_bytes == STEP_BYTES for it in late)
    later_s = FLAGGED_AFTER_S + 1000 * EVERY_S
    giving_way.look(Found(Missing(), 0, is_reserve_whole=True), later_s)
    again = giving_way.look(full(), later_s + EVERY_S)
    assert again == Missing(evidence_bytes=STEP_BYTES)
