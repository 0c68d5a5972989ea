"""What a controller is told, whoever reads it and however often."""

import os

import attrs
import pytest

from conf.schema import StageSettings
from seda import payload
from seda import stage_config as charter
from seda.codec import Undecodable
from seda.payload import PayloadError
from seda.pipeline import LIVE
from seda.stage_config import Charter

CHARTER = Charter(
    row=LIVE,
    settings=StageSettings(handlers_max=2, target_s=0.5),
    successors={"live": "/run/seda/live"},
    streams=("first", "second"),
    others=1,
    run_directory="/run/seda",
    data_directory="/var/lib/seda",
    listening=7,
    ledger=8,
    sockets={"operations": 9},
    content=b"\x00\xff",
)


def test_a_charter_is_read_as_often_as_somebody_starts() -> None:
    """By a controller that came back, and by its template after it."""
    descriptor = CHARTER.seal()
    assert charter.read(descriptor) == CHARTER
    assert charter.read(descriptor) == CHARTER
    os.close(descriptor)


def test_a_charter_that_is_not_sealed_is_refused() -> None:
    """Somebody may still be writing it."""
    descriptor = os.memfd_create("charter", os.MFD_ALLOW_SEALING)
    with pytest.raises(PayloadError):
        charter.read(descriptor)
    os.close(descriptor)


def test_something_else_than_a_charter_is_refused() -> None:
    """And settings out of range are."""
    impossible = attrs.evolve(CHARTER, settings=StageSettings(handlers_max=0))
    for descriptor in (payload.make(b"\x80"), impossible.seal()):
        with pytest.raises(Undecodable, match="Charter"):
            charter.read(descriptor)
        os.close(descriptor)
