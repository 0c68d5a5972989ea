"""What a controller is told, whoever reads it and however often."""

import os

import attrs
import pytest

from conf.schema import StageSettings
from seda import payload, stage_config
from seda.codec import Undecodable
from seda.payload import PayloadError
from seda.pipeline import LIVE
from seda.stage_config import StageConfig

CONFIG = StageConfig(
    row=LIVE,
    settings=StageSettings(handlers_max=2, target_s=0.5),
    successors={"live": "/run/seda/live"},
    streams=("first", "second"),
    others=1,
    run_directory="/run/seda",
    data_directory="/var/lib/seda",
    listening=7,
    kept_state=8,
    sockets={"operations": 9},
    content=b"\x00\xff",
)


def test_a_charter_is_read_as_often_as_somebody_starts() -> None:
    """By a controller that came back, and by its template after it."""
    descriptor = CONFIG.seal()
    assert stage_config.read(descriptor) == CONFIG
    assert stage_config.read(descriptor) == CONFIG
    os.close(descriptor)


def test_a_charter_that_is_not_sealed_is_refused() -> None:
    """Somebody may still be writing it."""
    descriptor = os.memfd_create("config", os.MFD_ALLOW_SEALING)
    with pytest.raises(PayloadError):
        stage_config.read(descriptor)
    os.close(descriptor)


def test_something_else_than_a_charter_is_refused() -> None:
    """And settings out of range are."""
    impossible = attrs.evolve(CONFIG, settings=StageSettings(handlers_max=0))
    for descriptor in (payload.make(b"\x80"), impossible.seal()):
        with pytest.raises(Undecodable, match="StageConfig"):
            stage_config.read(descriptor)
        os.close(descriptor)
