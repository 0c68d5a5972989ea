"""A power cut at the writes of what has to last: nothing that was answered is lost (R27)."""

import attrs
import pytest

from scripts.bench.siege.power.power import strike

COUNTED = ("writes", "cuts", "answered", "taught")

pytestmark = pytest.mark.slow


def test_a_power_cut_loses_nothing_that_was_answered() -> None:
    """Verdicts, alarms, evidence and digests are there; no lease id or decided frame comes again.

    Files are left as they were synced, or as chance wants; what people send afterwards is answered
    truly, and seda starts on every image.
    """
    tally = strike(steps=70, every=23, seed=5)
    assert tally.cuts > 60
    assert tally.answered > 20
    faults = attrs.asdict(tally, filter=lambda field, _: field.name not in COUNTED)
    assert not any(faults.values()), faults
